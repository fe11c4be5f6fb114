"""Planning's questions put to scenarios, for the command line and the service alike."""
