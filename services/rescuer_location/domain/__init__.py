"""The rules about rescuers and presence: pure, no input or output."""
