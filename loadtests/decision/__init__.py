"""How long a decision takes beside what one would take otherwise: PostGIS and Redis."""
