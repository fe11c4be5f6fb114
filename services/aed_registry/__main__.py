"""``python -m services.aed_registry`` runs the service."""

from __future__ import annotations

from services.aed_registry.main import build

if __name__ == "__main__":
    build().run()
