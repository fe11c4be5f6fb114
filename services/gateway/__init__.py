"""The edge: who may come in, how often, positions in, and the way to every service."""
