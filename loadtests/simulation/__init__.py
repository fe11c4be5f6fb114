"""Simulated ambulances beside SimPy."""
