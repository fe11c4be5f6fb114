"""What every Lifering service stands on; it imports no service."""
