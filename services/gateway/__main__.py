"""`python -m services.gateway` runs the service."""

from __future__ import annotations

from services.gateway.main import build

if __name__ == "__main__":
    build().run()
