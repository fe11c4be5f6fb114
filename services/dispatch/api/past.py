"""Past incidents with what their decisions knew: for planners, who decide them again.

No address, no door, no phone number and no words of the caller are in it. The patient's coordinates
are in the inputs, because a decision is made from them: each reading is on record.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, Field

from services.dispatch.api.incidents import DeskPart, IncidentId
from services.dispatch.api.responses import Out
from services.dispatch.store import incidents, plans
from shared.contracts.words import IncidentState
from shared.geometry.cells import cell_of
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.parts import Now
from shared.http.problems import invalid, not_found
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("past")

Planner = Annotated[Identity, requires(Role.PLANNER, Role.ADMINISTRATOR)]
CELL_RESOLUTION = 9
"""About 0.1 km²: enough for a map of incidents."""


class PastIncident(Out):
    """An incident for which somebody was sent, or could have been."""

    incident_id: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    state: IncidentState
    cell: str = Field(description="H3 cell, resolution 9, that it lies in")
    plans: int


class PastOut(Out):
    """Incidents with a plan, the newest first."""

    incidents: list[PastIncident]


class DecisionOut(Out):
    """One plan and what it was made from."""

    number: int
    made_at: AwareDatetime
    trigger: str
    policy: str
    widened: int = Field(description="How often the search had been widened by then")
    plan: dict[str, Any]
    inputs: dict[str, Any] = Field(description="As shared/decision/inputs.py keeps them")


class DecisionsOut(Out):
    """An incident's plans, in their order."""

    incident_id: str
    decisions: list[DecisionOut]


@router.get("/incidents/past")
async def list_past(
    who: Planner,
    desk: DeskPart,
    since: Annotated[AwareDatetime, Query(description="Opened at or after")],
    until: Annotated[AwareDatetime, Query(description="Opened before")],
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> PastOut:
    """Incidents that plans were made for, the newest first; where they were as cells only."""
    if until < since:
        raise invalid("until", "is before since", "give a later time", where="query")
    async with desk.read() as connection:
        found = await incidents.planned(connection, since=since, until=until, limit=limit)
    return PastOut(
        incidents=[
            PastIncident(
                incident_id=each.id,
                opened_at=each.opened_at,
                closed_at=each.closed_at,
                state=each.state,
                cell=cell_of(each.latitude, each.longitude, CELL_RESOLUTION),
                plans=each.last_plan,
            )
            for each in found
        ]
    )


@router.get("/incidents/{incident_id}/decisions")
async def read_decisions(
    incident_id: IncidentId,
    who: Planner,
    desk: DeskPart,
    now: Now,
    first: Annotated[bool, Query(description="The first one only")] = False,
) -> DecisionsOut:
    """What an incident's plans were made from, to make them again; the reading is on record."""
    async with desk.read() as connection, connection.transaction():
        incident = await incidents.get(connection, incident_id)
        if incident is None:
            raise not_found("incident", incident_id)
        numbers = range(1, (min(1, incident.last_plan) if first else incident.last_plan) + 1)
        kept = [(n, await plans.with_inputs(connection, incident_id, n)) for n in numbers]
        await audit(
            connection,
            actor=who.actor,
            action="read_decisions",
            subject=incident_id,
            now=now,
            detail={"decisions": len(kept)},
        )
    return DecisionsOut(
        incident_id=incident_id,
        decisions=[
            DecisionOut(
                number=number,
                made_at=each.made_at,
                trigger=each.trigger,
                policy=each.policy,
                widened=each.widened,
                plan=each.plan,
                inputs=each.inputs,
            )
            for number, each in kept
            if each is not None
        ],
    )
