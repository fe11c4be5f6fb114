"""What an AED is and what checks and reports do to it; no I/O."""
