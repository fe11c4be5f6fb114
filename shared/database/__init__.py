"""PostgreSQL as every service uses it: one pool, one schema, numbered migrations."""
