"""`python -m services.dispatch` runs the service."""

from __future__ import annotations

from services.dispatch.main import build
from shared.decision.policy import PolicyError

if __name__ == "__main__":
    try:
        service = build()
    except PolicyError as error:
        raise SystemExit(f"dispatch cannot start: {error}") from None
    service.run()
