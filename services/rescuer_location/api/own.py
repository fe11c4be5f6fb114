"""What rescuers see and change of themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Response

from services.rescuer_location.api.models import OwnRescuerOut, own_out
from services.rescuer_location.domain.availability import Duty
from services.rescuer_location.domain.changes import OwnChange
from services.rescuer_location.domain.rescuer import Rescuer as RescuerRow
from services.rescuer_location.domain.rescuer import record_of
from services.rescuer_location.domain.whereabouts import whereabouts
from services.rescuer_location.work.duties import Duties
from services.rescuer_location.work.presence import Presence
from services.rescuer_location.work.register import Register
from shared.decision.policy import Policy
from shared.http.auth import requires
from shared.http.etag import etag
from shared.http.parts import Now, use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.registry.model import Entry

own_router = new_router("me")

Rescuer = Annotated[Identity, requires(Role.RESCUER)]
TheRegister = Annotated[Register, use(Register)]
ThePresence = Annotated[Presence, use(Presence)]
ThePolicy = Annotated[Policy, use(Policy)]
TheDuties = Annotated[Duties, use(Duties)]


@own_router.get("/me/rescuer", responses=problems(404))
async def read_own_entry(
    who: Rescuer,
    register: TheRegister,
    presence: ThePresence,
    policy: ThePolicy,
    duties: TheDuties,
    now: Now,
    response: Response,
) -> OwnRescuerOut:
    """Everything held about the rescuer who asks, which place counts now, and whether they do."""
    entry = await register.store.get(who.subject)
    response.headers["ETag"] = etag(entry.version)
    return _own(entry, presence, policy, await duties.of(entry.id), now)


@own_router.patch("/me/rescuer", responses=problems(404, 409))
async def change_own_entry(
    who: Rescuer,
    register: TheRegister,
    presence: ThePresence,
    policy: ThePolicy,
    duties: TheDuties,
    now: Now,
    change: OwnChange,
    response: Response,
) -> OwnRescuerOut:
    """Availability, quiet hours, transport, usual places, languages, consent; the rest stays.

    Places come as H3 cells that the phone computes; coordinates are refused. Withdrawing the
    consent to be located deletes the live place. No If-Match: fields are changed one by one under
    a lock, so that nobody's change is lost.
    """
    entry = await register.change_own(who, change, now)
    response.headers["ETag"] = etag(entry.version)
    return _own(entry, presence, policy, await duties.of(entry.id), now)


def _own(
    entry: Entry[RescuerRow],
    presence: Presence,
    policy: Policy,
    duty: Duty | None,
    now: datetime,
) -> OwnRescuerOut:
    where = None
    if presence.table.ready:
        live = presence.table.get(entry.id)
        if entry.retired or not entry.document.consent.location:
            live = None
        where = whereabouts(record_of(entry.document, entry.version), live, now, policy)
    return own_out(entry, where, duty, now)
