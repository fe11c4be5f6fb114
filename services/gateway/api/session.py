"""Whose token it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.http.auth import requires
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

session_router = new_router("session", responses=problems(429))


class SessionOut(BaseModel):
    """Who is signed in, and until when."""

    model_config = ConfigDict(extra="forbid", title="Session")

    role: Role
    subject: str = Field(description="Who it is: a rescuer's id, a dispatcher's name")
    station: str | None = Field(description="The station that a station's token belongs to")
    expires_at: datetime = Field(description="The token is good until then")
    renewable: bool = Field(description="Whether POST /session/refresh gives a new token")


@session_router.get("/session")
@session_router.get("/api/session", include_in_schema=False)
async def read_session(who: Annotated[Identity, requires(*Role)]) -> SessionOut:
    """What the token says about who asks."""
    assert who.expires_at is not None  # every checked token has an end
    return SessionOut(
        role=who.role,
        subject=who.subject,
        station=who.station,
        expires_at=who.expires_at,
        renewable=who.session is not None,
    )
