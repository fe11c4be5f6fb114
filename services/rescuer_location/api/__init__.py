"""The HTTP interface of the rescuers' service."""

from __future__ import annotations

from services.rescuer_location.api.enrolments import PUBLIC_PATHS, enrolments_router
from services.rescuer_location.api.entries import entries_router
from services.rescuer_location.api.own import own_router
from services.rescuer_location.api.presence import presence_router
from services.rescuer_location.api.sessions import sessions_router
from services.rescuer_location.api.verification import PHOTO_LIMITS, verification_router

routers = (
    entries_router,
    verification_router,
    own_router,
    presence_router,
    enrolments_router,
    sessions_router,
)

__all__ = ["PHOTO_LIMITS", "PUBLIC_PATHS", "routers"]
