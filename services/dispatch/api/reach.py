"""An incident's circle: where everyone who accepted, and every unit ordered, can be from now on."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from services.dispatch.api.coming import read_coming
from services.dispatch.api.incidents import DeskPart, Dispatcher, IncidentId
from services.dispatch.api.responses import Out
from services.dispatch.work.picture import Picture
from services.dispatch.work.planning import Planner
from services.dispatch.work.told import commitments_of, orders_of, patient_of
from shared.contracts.records import CircleBand
from shared.contracts.words import TransportMode
from shared.decision.circle import incident_reach
from shared.http.parts import use
from shared.http.routing import new_router

router = new_router("reach")


class ResponderReachOut(Out):
    """Where one responder can be; seconds count from ``now``."""

    kind: Literal["rescuer", "unit"]
    id: str
    mode: TransportMode
    bands: list[CircleBand] = Field(description="Empty when nobody knows where they are")


class ReachOut(Out):
    """The incident's circle and its parts: H3 cells (resolution 9), each in its first band."""

    incident_id: str
    now: AwareDatetime
    within_s: float
    basis: str = Field(description="streets or h3-grid: what the times were computed on")
    streets: str | None = Field(description="Version of the street graph")
    responders: list[ResponderReachOut]
    union: list[CircleBand]


@router.get("/incidents/{incident_id}/reach")
async def read_reach(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    picture: Annotated[Picture, use(Picture)],
    planner: Annotated[Planner, use(Planner)],
) -> ReachOut:
    """Who can be where, from now on. It tells where people are, so that the read is audited."""
    coming = await read_coming(incident_id, who, desk)
    incident, asked, sent, now = coming.incident, coming.asked, coming.sent, coming.now
    part = picture.part(
        rescuers={alert.rescuer_id for alert in asked},
        aeds={alert.aed_id for alert in asked if alert.aed_id is not None},
        units={order.unit_id for order in sent},
        router=planner.streets.router_at(incident.latitude, incident.longitude),
    )
    # Searches of minutes' reach on streets take a while: calls go on beside them.
    reach = await asyncio.to_thread(
        incident_reach,
        part,
        patient_of(incident),
        now,
        planner.policy,
        commitments_of(asked),
        orders_of(sent),
    )
    return ReachOut(
        incident_id=incident_id,
        now=now,
        within_s=reach.within_s,
        basis=reach.basis,
        streets=reach.streets,
        responders=[
            ResponderReachOut(
                kind=responder.kind,
                id=responder.id,
                mode=responder.mode,
                bands=list(responder.bands),
            )
            for responder in reach.responders
        ],
        union=list(reach.union),
    )
