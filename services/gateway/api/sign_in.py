"""A rescuer's phone signs in, stays signed in, signs out. Found with and without ``/api``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.gateway.work.sessions import Sessions, Signed
from shared.http.auth import requires
from shared.http.parts import use
from shared.http.problems import conflict, problems
from shared.http.routing import new_router
from shared.http.strict import Strict
from shared.identity.roles import Role
from shared.identity.tokens import Identity

sign_in_router = new_router("session", responses=problems(429))

_CONFIRM: Final = "/session/enrolments/{enrolment_id}"
PUBLIC_PATHS: Final = (_CONFIRM, "/api" + _CONFIRM)
"""The code is the proof."""

TheSessions = Annotated[Sessions, use(Sessions)]
Rescuer = Annotated[Identity, requires(Role.RESCUER)]


class CodeIn(Strict):
    """The code that came to the phone."""

    model_config = ConfigDict(hide_input_in_errors=True)

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] = Field(repr=False)


class TokenOut(BaseModel):
    """A token for the phone."""

    model_config = ConfigDict(extra="forbid", title="Token")

    token: str = Field(repr=False, description="Authorization: Bearer TOKEN")
    rescuer_id: str
    expires_at: datetime


class SignedOutOut(BaseModel):
    """What signing out has done."""

    model_config = ConfigDict(extra="forbid", title="SignedOut")

    ended: bool = Field(
        description="false for a token from the command line: it is good until it expires"
    )


@sign_in_router.post(_CONFIRM, responses=problems(403, 409, 410))
@sign_in_router.post("/api" + _CONFIRM, include_in_schema=False)
async def confirm_code(
    sessions: TheSessions,
    enrolment_id: Annotated[str, Path(pattern=r"^enrol-[0-9a-f]{32}$")],
    given: CodeIn,
) -> TokenOut:
    """The code for a token. 403: wrong (five wrong ones end it); 410: ended, ask for another."""
    return _out(await sessions.confirm(enrolment_id, given.code))


@sign_in_router.post("/session/refresh", responses=problems(409))
@sign_in_router.post("/api/session/refresh", include_in_schema=False)
async def refresh_token(sessions: TheSessions, who: Rescuer) -> TokenOut:
    """A new token for one that has not ended yet; 409 for one from the command line."""
    if who.session is None:
        raise conflict(
            "no-session",
            "This token is not of a phone that signed in",
            "It is good until it expires; then make another with ./lifering token.",
        )
    return _out(await sessions.refresh(who))


@sign_in_router.post("/session/sign-out")
@sign_in_router.post("/api/session/sign-out", include_in_schema=False)
async def sign_out(sessions: TheSessions, who: Rescuer) -> SignedOutOut:
    """The phone's tokens are taken no more: here at once, at other gateways within seconds."""
    if who.session is not None:
        await sessions.end(who)
    return SignedOutOut(ended=who.session is not None)


def _out(signed: Signed) -> TokenOut:
    return TokenOut(token=signed.token, rescuer_id=signed.rescuer_id, expires_at=signed.expires_at)
