"""The rules of the edge: pure, no input or output."""
