"""What the rescuers' service does beyond its register: presence, and deleting it in time."""
