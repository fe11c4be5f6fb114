"""HTTP in: scenarios, runs, targets."""

from __future__ import annotations

from fastapi import APIRouter

from services.planning.api import exports, runs, scenarios, stream, targets


def routers() -> list[APIRouter]:
    """All routes of the service."""
    return [scenarios.router, runs.router, stream.router, exports.router, targets.router]


__all__ = ["routers"]
