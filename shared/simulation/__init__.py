"""Simulation by discrete events. Pure: no files, no clock, no randomness that is not keyed.

Nothing is imported here: a replay of a few calls must not wait for the decision to load.
"""
