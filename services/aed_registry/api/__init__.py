"""HTTP in: the register, what is told about devices, and what everybody may see."""

from __future__ import annotations

from fastapi import APIRouter

from services.aed_registry.api import condition, entries, public

PUBLIC_PATHS = public.PATHS
"""Paths that need no token."""


def routers() -> list[APIRouter]:
    """All routes of the service."""
    return [entries.router, condition.router, public.router]


__all__ = ["PUBLIC_PATHS", "routers"]
