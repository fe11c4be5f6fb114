"""`python -m services.dispatch` runs the service."""

from __future__ import annotations

from services.dispatch.main import build

if __name__ == "__main__":
    build().run()
