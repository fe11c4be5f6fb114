"""The HTTP interface of the rescuers' service."""

from __future__ import annotations

from services.rescuer_location.api.contacts import contacts_router
from services.rescuer_location.api.enrolments import PUBLIC_PATHS, enrolments_router
from services.rescuer_location.api.entries import entries_router
from services.rescuer_location.api.own import own_router
from services.rescuer_location.api.presence import presence_router
from services.rescuer_location.api.sessions import sessions_router
from services.rescuer_location.api.verification import PHOTO_LIMITS, verification_router

routers = (
    # Its one path is not the id of a rescuer.
    contacts_router,
    entries_router,
    verification_router,
    own_router,
    presence_router,
    enrolments_router,
    sessions_router,
)

__all__ = ["PHOTO_LIMITS", "PUBLIC_PATHS", "routers"]
