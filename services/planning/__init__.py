"""Planning: scenarios, changes to them, and runs that say what they would bring."""
