"""Simulations asked for at the command line: read, run side by side, told."""
