"""Use cases that span store and domain: what units do, and the circles."""
