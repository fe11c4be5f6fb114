"""Scenarios, runs and targets: no input, no output."""
