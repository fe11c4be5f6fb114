"""The demonstration: one cardiac arrest, through public interfaces only."""
