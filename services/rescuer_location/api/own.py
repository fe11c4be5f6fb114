"""What rescuers see and change of themselves."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

from services.rescuer_location.api.models import RescuerOut, rescuer_out
from services.rescuer_location.domain.changes import OwnChange
from services.rescuer_location.store import RescuerStore
from services.rescuer_location.work.register import Register
from shared.http.auth import requires
from shared.http.etag import etag
from shared.http.parts import Now, use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

own_router = new_router("me")

Rescuer = Annotated[Identity, requires(Role.RESCUER)]


@own_router.get("/me/rescuer", responses=problems(404))
async def read_own_entry(
    who: Rescuer, store: Annotated[RescuerStore, use(RescuerStore)], now: Now, response: Response
) -> RescuerOut:
    """Everything that the register holds about the rescuer who asks."""
    entry = await store.get(who.subject)
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)


@own_router.patch("/me/rescuer", responses=problems(404, 409))
async def change_own_entry(
    who: Rescuer,
    register: Annotated[Register, use(Register)],
    now: Now,
    change: OwnChange,
    response: Response,
) -> RescuerOut:
    """Availability, quiet hours, transport mode, usual places, consent; what is left out stays.

    Withdrawing the consent to be located deletes the live place. No If-Match: fields are changed
    one by one under a lock, so that nobody's change is lost.
    """
    entry = await register.change_own(who, change, now)
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)
