"""``python -m services.planning`` runs the service."""

from __future__ import annotations

from services.planning.main import build

if __name__ == "__main__":
    build().run()
