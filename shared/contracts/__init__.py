"""What services say to each other: topics, events and the words in them, declared once."""
