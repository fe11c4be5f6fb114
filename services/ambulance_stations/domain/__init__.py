"""What stations and units are, what order steps do to a unit, and how far one reaches; no I/O."""
