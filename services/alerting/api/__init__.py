"""HTTP in: a rescuer's own messages, and what providers report."""
