"""Plans asked for at the command line: what they are made on, made, and told."""
