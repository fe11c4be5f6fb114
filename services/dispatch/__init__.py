"""Dispatch: calls, incidents, plans, claims, tasks, answers, deadlines, the Utstein timeline."""
