"""What becomes of a message: pure decisions, told the time."""
