"""The HTTP interface of the rescuers' service."""

from __future__ import annotations

from services.rescuer_location.api.entries import entries_router
from services.rescuer_location.api.own import own_router
from services.rescuer_location.api.presence import presence_router

routers = (entries_router, own_router, presence_router)

__all__ = ["routers"]
