"""Benchmarks of the running system; each says what it measures and against what."""
