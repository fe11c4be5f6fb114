"""Phones that sign in, refresh and sign out: asked by the gateway, which signs the tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.rescuer_location.domain.codes import CODE_PATTERN
from services.rescuer_location.domain.rescuer import Moment
from services.rescuer_location.store import RescuerStore, sessions
from services.rescuer_location.work.enrolments import Enrolments
from services.rescuer_location.work.newcomers import Newcomers
from services.rescuer_location.work.retention import SESSIONS_FOR
from shared.http.auth import requires
from shared.http.parts import Now, use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.http.strict import Identifier, Strict
from shared.identity.roles import Role
from shared.identity.tokens import Identity

sessions_router = new_router("sessions")

MOST_ENDED: Final = 10_000

Gateway = Annotated[Identity, requires(Role.SERVICE)]
SessionId = Annotated[str, Path(pattern=r"^ses-[0-9a-f]{32}$", examples=["ses-" + "0" * 32])]
EnrolmentId = Annotated[
    str,
    StringConstraints(pattern=r"^enrol-[0-9a-f]{32}$"),
    Field(examples=["enrol-" + "0" * 32]),
]


class ConfirmIn(Strict):
    """A code that somebody has typed."""

    model_config = ConfigDict(hide_input_in_errors=True)

    enrolment_id: EnrolmentId
    code: Annotated[str, StringConstraints(pattern=CODE_PATTERN)] = Field(repr=False)


class WhoseIn(Strict):
    """Whose session it is, as the checked token says."""

    rescuer_id: Identifier


class SessionOut(BaseModel):
    """A phone's session."""

    model_config = ConfigDict(extra="forbid", title="PhoneSession")

    session_id: str
    rescuer_id: str


class EndedOut(BaseModel):
    """Sessions whose tokens must not be taken any more."""

    model_config = ConfigDict(extra="forbid", title="EndedSessions")

    session_ids: list[str]
    told_until: datetime = Field(description="Every end up to then is told; ask from there on")
    more: bool = Field(description="There are more than fitted in: ask again at once")


@sessions_router.post("/sessions", status_code=201, responses=problems(404, 409, 410))
async def confirm_code(
    _: Gateway, enrolments: Annotated[Enrolments, use(Enrolments)], now: Now, given: ConfirmIn
) -> SessionOut:
    """The code is right: who it is, and a session. 403 wrong, 410 ended; five wrong ones end it."""
    found = await enrolments.confirm(given.enrolment_id, given.code, now)
    return SessionOut(session_id=found.session_id, rescuer_id=found.rescuer_id)


@sessions_router.post("/sessions/{session_id}/refresh")
async def refresh_session(
    _: Gateway,
    newcomers: Annotated[Newcomers, use(Newcomers)],
    now: Now,
    session_id: SessionId,
    whose: WhoseIn,
) -> SessionOut:
    """Whether the phone may have another token; 401 once it is signed out or its owner has left."""
    await newcomers.refresh(session_id, whose.rescuer_id, now)
    return SessionOut(session_id=session_id, rescuer_id=whose.rescuer_id)


@sessions_router.post("/sessions/{session_id}/end")
async def end_session(
    _: Gateway,
    newcomers: Annotated[Newcomers, use(Newcomers)],
    now: Now,
    session_id: SessionId,
    whose: WhoseIn,
) -> SessionOut:
    """The phone signs out; again changes nothing."""
    await newcomers.sign_out(session_id, whose.rescuer_id, now)
    return SessionOut(session_id=session_id, rescuer_id=whose.rescuer_id)


@sessions_router.get("/sessions/ended")
async def list_ended(
    _: Gateway,
    store: Annotated[RescuerStore, use(RescuerStore)],
    now: Now,
    since: Annotated[Moment, Query()],
) -> EndedOut:
    """Which sessions have ended since a moment, oldest first, at most 10,000 at once."""
    # Times at the ends of the calendar are none that a database can be asked about.
    bounded = min(max(since, now - SESSIONS_FOR), now)
    async with store.transaction() as connection:
        found = await sessions.ended_since(connection, bounded, MOST_ENDED)
    more = len(found) == MOST_ENDED
    return EndedOut(
        session_ids=[session_id for session_id, _ in found],
        told_until=found[-1][1] if more else now,
        more=more,
    )
