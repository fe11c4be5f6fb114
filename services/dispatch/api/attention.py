"""Who has an incident open and who holds it, so that two dispatchers do not work against another.

Holding is a lock for commands, and lapses when the console that holds is not heard of any more. It
is taken over with one request, which the timeline notes: nobody waits for somebody's pause.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fastapi import Response

from services.dispatch.api.incidents import DeskPart, Dispatcher, IncidentId
from services.dispatch.api.requests import Hold
from services.dispatch.api.responses import AttentionOut
from services.dispatch.store import Connection, attention, incidents
from services.dispatch.work.desk import Desk
from shared.contracts.words import TimelineEvent
from shared.http.parts import Now
from shared.http.problems import Problem, conflict, not_found, problems
from shared.http.routing import new_router

router = new_router("attention")

LASTS: Final = timedelta(seconds=30)
"""How long a console counts as there after it was heard of (our choice: it says so every 10 s)."""


def attention_out(found: attention.Attention) -> AttentionOut:
    """As consoles see it."""
    return AttentionOut(
        incident_id=found.incident_id,
        seen_at=found.seen_at,
        seen_by=found.seen_by,
        holder=found.holder,
        held_since=found.held_since,
        viewers=list(found.viewers),
    )


@router.put("/incidents/{incident_id}/viewing")
async def keep_viewing(
    incident_id: IncidentId, who: Dispatcher, desk: DeskPart, now: Now
) -> AttentionOut:
    """The asker has the incident open; to be said again within 30 s, or it lapses."""
    async with desk.transaction() as connection:
        await _exists(connection, incident_id)
        if await attention.see(connection, incident_id, who.actor, now=now, until=now + LASTS):
            await attention.tell(connection)
        return await _of(connection, incident_id, desk)


@router.delete("/incidents/{incident_id}/viewing", status_code=204, response_class=Response)
async def stop_viewing(incident_id: IncidentId, who: Dispatcher, desk: DeskPart) -> None:
    """The asker has closed the incident's panel."""
    async with desk.transaction() as connection:
        await attention.leave(connection, incident_id, who.actor)
        await attention.tell(connection)


@router.put("/incidents/{incident_id}/holder", responses=problems(409))
async def hold(
    incident_id: IncidentId, hold: Hold, who: Dispatcher, desk: DeskPart, now: Now
) -> AttentionOut:
    """Holds an incident: others' commands are refused. To be said again within 30 s.

    409 when somebody else holds it, unless ``take_over`` is set; the timeline notes that.
    """
    until = now + LASTS
    async with desk.transaction() as connection:
        if await attention.keep(connection, incident_id, who.actor, now=now, until=until):
            return await _of(connection, incident_id, desk)
    async with desk.case(incident_id, may_be_ended=True) as case:
        held = await attention.holder_of(case.connection, incident_id, now)
        if held is not None and held[0] != who.actor:
            if not hold.take_over:
                raise held_by_another(incident_id, held[0])
            await case.note(TimelineEvent.TAKEN_OVER, by=who.actor, taken_from=held[0])
        await attention.hold(case.connection, incident_id, who.actor, now=now, until=until)
        await attention.tell(case.connection)
        return await _of(case.connection, incident_id, desk)


@router.delete("/incidents/{incident_id}/holder", status_code=204, response_class=Response)
async def let_go(incident_id: IncidentId, who: Dispatcher, desk: DeskPart) -> None:
    """The asker holds the incident no more; another's hold stays."""
    async with desk.transaction() as connection:
        await attention.let_go(connection, incident_id, who.actor)
        await attention.tell(connection)


def held_by_another(incident_id: str, holder: str) -> Problem:
    """The problem of whoever commands what somebody else holds."""
    return conflict(
        "held-by-another",
        "Somebody else holds the incident",
        f"{holder} holds incident {incident_id}; take it over first.",
    )


async def _exists(connection: Connection, incident_id: str) -> None:
    if await incidents.get(connection, incident_id) is None:
        raise not_found("incident", incident_id)


async def _of(connection: Connection, incident_id: str, desk: Desk) -> AttentionOut:
    found = await attention.of_open(connection, desk.clock.now(), incident_id)
    return attention_out(found[0])
