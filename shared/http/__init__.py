"""HTTP for all services: one application factory, one way to refuse, to page, to stream."""
