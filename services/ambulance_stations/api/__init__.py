"""HTTP in: stations, units and their states, circles."""

from __future__ import annotations

from fastapi import APIRouter

from services.ambulance_stations.api import circles, stations, units


def routers() -> list[APIRouter]:
    """All routes of the service."""
    return [stations.router, units.router, circles.router]


__all__ = ["routers"]
