"""Siting beside what a planner would use otherwise."""
