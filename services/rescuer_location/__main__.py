"""`python -m services.rescuer_location` runs the service."""

from __future__ import annotations

from services.rescuer_location.main import build

if __name__ == "__main__":
    build().run()
