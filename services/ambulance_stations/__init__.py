"""Stations of the four tiers, their units and crews, and the circle that each one reaches."""
