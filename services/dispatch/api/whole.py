"""What decisions here are made from, whole: for planning, which asks what a call would get."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Response

from services.dispatch.api.incidents import DeskPart
from services.dispatch.work.whole import Whole
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.parts import Now, use
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.snapshots import encode

router = new_router("picture")


@router.get(
    "/incidents/picture/snapshot",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def read_snapshot(
    who: Annotated[Identity, requires(Role.PLANNER, Role.ADMINISTRATOR)],
    whole: Annotated[Whole, use(Whole)],
    desk: DeskPart,
    now: Now,
) -> Response:
    """Every record that a decision would be made from now; people's places in it: audited.

    For `./lifering plan decide --live`. It has some megabytes; take it from dispatch itself.
    """
    async with desk.read() as connection, connection.transaction():
        known = await whole.known(connection, now)
        await audit(
            connection,
            actor=who.actor,
            action="read_places",
            subject="everybody",
            now=now,
            detail={"rescuers": len(known.rescuers), "presence": len(known.presence)},
        )
    # Megabytes of JSON are made beside the loop: calls go on.
    document = await asyncio.to_thread(encode, known, now, "live", policy=whole.policy)
    return Response(document, media_type="application/json")
