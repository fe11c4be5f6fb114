"""A caller's one-time link: made by a dispatcher, opened on the caller's phone without a token."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import Path

from services.dispatch.api.incidents import DeskPart, Dispatcher, IncidentId
from services.dispatch.api.requests import CallerPlace
from services.dispatch.api.responses import LocationLink, PlaceTaken
from services.dispatch.store import location_links
from services.dispatch.work.case import Case
from services.dispatch.work.commands import Commands
from shared.geometry.place import PlaceIn
from shared.http.parts import Now, use
from shared.http.problems import Problem, conflict, problems
from shared.http.routing import new_router

router = new_router("caller")

LASTS = timedelta(minutes=15)
"""How long a link can be used (our choice: a call and a text message fit in)."""


@router.post("/incidents/{incident_id}/location-link", status_code=201, responses=problems(409))
async def make_location_link(
    incident_id: IncidentId, who: Dispatcher, desk: DeskPart, now: Now
) -> LocationLink:
    """A link for the caller's phone, good for one place within a quarter of an hour."""
    token = secrets.token_urlsafe(24)
    async with desk.case(incident_id) as case:
        await location_links.insert(
            case.connection,
            token_hash=_hash(token),
            incident_id=incident_id,
            made_at=now,
            made_by=who.actor,
            expires_at=now + LASTS,
        )
    return LocationLink(token=token, path=f"/locate/{token}", expires_at=now + LASTS)


@router.post("/locate/{token}", responses=problems(409))
async def locate_caller(
    token: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32}$")],
    place: CallerPlace,
    desk: DeskPart,
    commands: Annotated[Commands, use(Commands)],
    now: Now,
) -> PlaceTaken:
    """Takes the caller's place once; answers nothing about the incident."""
    wgs84 = PlaceIn(latitude=place.latitude, longitude=place.longitude, datum=place.datum).wgs84()
    async with desk.transaction() as connection:
        incident_id = await location_links.use(connection, _hash(token), now)
        case = None if incident_id is None else await Case.open(connection, incident_id, now)
        if case is None:
            raise Problem(
                404,
                "not-found",
                "The link cannot be used",
                "It is unknown, used already or too old; ask the dispatcher for a new one.",
            )
        if case.incident.ended:
            raise conflict("incident-ended", "The call has ended", "Call again if help is needed.")
        await commands.correct_place(case, by="caller", place=wgs84, details=None)
        await case.close()
    return PlaceTaken(taken=True)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
