"""Where a rescuer is now: for dispatchers (every look is written down) and for the rescuer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.rescuer_location.api.entries import RescuerId
from services.rescuer_location.domain.rescuer import Rescuer, record_of
from services.rescuer_location.domain.whereabouts import CountedPlace, WhyPlace, whereabouts
from services.rescuer_location.store import RescuerStore
from services.rescuer_location.work.presence import Presence
from shared.contracts.records import PresenceRecord
from shared.decision.policy import Policy
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.parts import Now, use
from shared.http.problems import problems, unavailable
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.registry.model import Entry

presence_router = new_router("presence")

Store = Annotated[RescuerStore, use(RescuerStore)]
ThePresence = Annotated[Presence, use(Presence)]
ThePolicy = Annotated[Policy, use(Policy)]


class LivePlace(BaseModel):
    """The cell that a rescuer was last seen in."""

    model_config = ConfigDict(extra="forbid")

    cell: str = Field(description="H3 cell, resolution 10")
    recorded_at: datetime
    age_s: float = Field(description="Seconds; told again every few minutes while they report")


class CountingPlace(BaseModel):
    """The place that a plan made now would look for them at."""

    model_config = ConfigDict(extra="forbid")

    place: CountedPlace
    cell: str | None
    why: WhyPlace = Field(description="Why it is the live place, or why it is not")


class PresenceOut(BaseModel):
    """Where a rescuer is, as far as they let it be known."""

    model_config = ConfigDict(extra="forbid", title="Presence")

    rescuer_id: str
    live: LivePlace | None = Field(description="null without consent, or when nothing is known")
    counts: CountingPlace


@presence_router.get("/presence/{rescuer_id}")
async def read_presence(
    who: Annotated[Identity, requires(Role.DISPATCHER)],
    store: Store,
    presence: ThePresence,
    policy: ThePolicy,
    now: Now,
    rescuer_id: RescuerId,
) -> PresenceOut:
    """A rescuer's live cell and the place that counts now; every read is audited."""
    live = _live(presence, rescuer_id)
    async with store.transaction() as connection:
        entry = await store.get(rescuer_id, connection=connection)
        await audit(
            connection, actor=who.actor, action="presence.read", subject=rescuer_id, now=now
        )
    return _out(entry, live, now, policy)


@presence_router.get("/me/presence", responses=problems(404))
async def read_own_presence(
    who: Annotated[Identity, requires(Role.RESCUER)],
    store: Store,
    presence: ThePresence,
    policy: ThePolicy,
    now: Now,
) -> PresenceOut:
    """What is known of where the rescuer who asks is, and which place counts now."""
    return _out(await store.get(who.subject), _live(presence, who.subject), now, policy)


def _live(presence: Presence, rescuer_id: str) -> PresenceRecord | None:
    """What is known; 503 while the topic is being replayed, as "nothing" would not be true."""
    if not presence.table.ready:
        raise unavailable("Presence is being read in; try again shortly.")
    return presence.table.get(rescuer_id)


def _out(
    entry: Entry[Rescuer], live: PresenceRecord | None, now: datetime, policy: Policy
) -> PresenceOut:
    if entry.retired or not entry.document.consent.location:
        live = None
    record = record_of(entry.document, entry.version)
    counting = whereabouts(record, live, now, policy)
    return PresenceOut(
        rescuer_id=entry.id,
        live=None
        if live is None
        else LivePlace(
            cell=live.cell,
            recorded_at=live.recorded_at,
            age_s=max(0.0, (now - live.recorded_at).total_seconds()),
        ),
        counts=CountingPlace(place=counting.place, cell=counting.cell, why=counting.why),
    )
