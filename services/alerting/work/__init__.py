"""What alerting does: use cases that span the store and the domain, and its waiting parts."""
