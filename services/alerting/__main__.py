"""`python -m services.alerting` runs the service."""

from __future__ import annotations

from services.alerting.main import build

if __name__ == "__main__":
    build().run()
