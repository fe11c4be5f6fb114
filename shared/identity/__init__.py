"""Who somebody is and what they may do: signed tokens with a role."""
