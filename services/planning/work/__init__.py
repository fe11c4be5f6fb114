"""Bases taken, runs worked by processes of their own."""
