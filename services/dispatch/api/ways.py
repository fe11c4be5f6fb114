"""The ways of those who come: all of an incident's for dispatchers, one's own for a rescuer."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from services.dispatch.api.coming import read_coming
from services.dispatch.api.incidents import DeskPart, Dispatcher, IncidentId
from services.dispatch.api.responses import Out
from services.dispatch.api.tasks import AlertId, Rescuer
from services.dispatch.domain.models import Alert, Incident, Order
from services.dispatch.store import alerts, incidents
from services.dispatch.work.picture import Picture
from services.dispatch.work.planning import Planner
from services.dispatch.work.ways import Way, ways_of
from shared.contracts.words import IncidentState, TransportMode
from shared.http.audit import audit
from shared.http.parts import Now, use
from shared.http.problems import conflict, not_found, problems
from shared.http.routing import new_router

router = new_router("ways")

PicturePart = Annotated[Picture, use(Picture)]
PlannerPart = Annotated[Planner, use(Planner)]


class LegOut(Out):
    """From where they are to the AED, or from there to the patient."""

    to: Literal["aed", "patient"]
    drawn: Literal["streets", "straight"] = Field(
        description="straight: no street is known there, the line is a guess"
    )
    metres: float
    seconds: float = Field(description="On the move; no turnout, no time at the AED")
    points: list[tuple[float, float]] = Field(description="WGS-84 latitude, longitude")


class WayOut(Out):
    """Of one responder who is on the way; what they have still to go."""

    kind: Literal["rescuer", "unit"]
    id: str = Field(description="Of the alert, or of the order")
    mode: TransportMode
    start: Literal["told", "believed"] = Field(
        description="Whether they told where they are, or the decision believes them there"
    )
    legs: list[LegOut]


class WaysOut(Out):
    """The ways of an incident."""

    incident_id: str
    now: AwareDatetime
    ways: list[WayOut] = Field(description="Rescuers, then units; nobody who is there already")


@router.get("/incidents/{incident_id}/ways")
async def read_ways(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    picture: PicturePart,
    planner: PlannerPart,
) -> WaysOut:
    """Who comes which way, from now on. It tells where people are, so that the read is audited."""
    coming = await read_coming(incident_id, who, desk, ways=True)
    found = await _ways(picture, planner, coming.incident, coming.asked, coming.sent, coming.now)
    return WaysOut(incident_id=incident_id, now=coming.now, ways=[_out(way) for way in found])


@router.get("/me/tasks/{alert_id}/way", responses=problems(409))
async def read_own_way(
    alert_id: AlertId,
    who: Rescuer,
    desk: DeskPart,
    picture: PicturePart,
    planner: PlannerPart,
    now: Now,
) -> WayOut:
    """The asker's own way, while the task is accepted; it leads to the address: audited as that."""
    async with desk.read() as connection:
        alert = await alerts.get(connection, alert_id)
        if alert is None or alert.rescuer_id != who.subject:
            raise not_found("task", alert_id)
        incident = await incidents.get(connection, alert.incident_id)
        assert incident is not None
        if not alert.accepted or incident.state is not IncidentState.ACTIVATED:
            raise conflict(
                "not-accepted", "No way to show", "The way is shown while the task is accepted."
            )
        await audit(
            connection,
            actor=who.actor,
            action="read_address",
            subject=incident.id,
            now=now,
            detail={"way": True},
        )
    found = await _ways(picture, planner, incident, [alert], [], now)
    if not found:
        raise conflict("no-way", "No way to show", "You are there, or nobody knows where you are.")
    return _out(found[0])


async def _ways(
    picture: Picture,
    planner: Planner,
    incident: Incident,
    asked: list[Alert],
    sent: list[Order],
    now: AwareDatetime,
) -> list[Way]:
    part = picture.part(
        rescuers={alert.rescuer_id for alert in asked},
        aeds={alert.aed_id for alert in asked if alert.aed_id is not None},
        units={order.unit_id for order in sent},
        router=planner.streets.router_at(incident.latitude, incident.longitude),
    )
    # Searches on streets take a while: calls go on beside them.
    return await asyncio.to_thread(ways_of, part, incident, asked, sent, now, planner.policy)


def _out(way: Way) -> WayOut:
    return WayOut.model_validate(way, from_attributes=True)
