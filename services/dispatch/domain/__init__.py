"""What may happen in an incident; pure: takes ``now``, returns decisions, does no I/O."""
