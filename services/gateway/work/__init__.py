"""What the gateway does: passes requests on, takes positions in, asks services how they are."""
