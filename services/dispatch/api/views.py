"""From what dispatch holds to what it answers: each role sees what it may."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.dispatch.api.requests import CallIn, Details
from services.dispatch.api.responses import (
    AlertOut,
    CallTaken,
    IncidentOut,
    InQueue,
    LinkOut,
    OrderForCrew,
    OrderOut,
    PlanOut,
    TimelineEntry,
    TimelineOut,
)
from services.dispatch.domain.activation import arrest_likelihood
from services.dispatch.domain.models import Alert, Incident, Order
from services.dispatch.store import Connection, alerts, incidents, orders, plans, timeline
from services.dispatch.store.queue import Progress
from shared.contracts.words import AlertState, IncidentState, TimelineEvent
from shared.geometry.place import Place
from shared.http.problems import not_found


def summary_fields(incident: Incident) -> dict[str, Any]:
    """What a queue shows of an incident."""
    return {
        "id": incident.id,
        "version": incident.version,
        "state": incident.state,
        "shard": incident.shard,
        "opened_at": incident.opened_at,
        "closed_at": incident.closed_at,
        "place": Place(latitude=incident.latitude, longitude=incident.longitude),
        "arrest_likelihood": 0.0
        if incident.not_an_arrest
        else arrest_likelihood(incident.conscious, incident.breathing_normally),
        "gates": sorted(incident.gates),
        "bystander_cpr": incident.bystander_cpr,
        "not_an_arrest": incident.not_an_arrest,
        "call_off_until": incident.call_off_until,
        "merged_into": incident.merged_into,
        "closed_because": incident.closed_because,
    }


def in_queue(incident: Incident, progress: Progress) -> InQueue:
    """An incident in the queue."""
    details = details_of(incident)
    return InQueue(
        **summary_fields(incident),
        **asdict(progress),
        address=details.address,
        building=details.building,
        floor=incident.floor,
        hold_until=incident.hold_until,
        target_missed=incident.target_missed,
    )


def details_of(incident: Incident) -> Details:
    """The personal part of an incident."""
    return Details(**{key: incident.details.get(key) for key in Details.model_fields})


def alert_out(alert: Alert) -> AlertOut:
    """A rescuer in an incident, as a dispatcher sees it."""
    place = None
    if alert.latitude is not None and alert.longitude is not None:
        place = Place(latitude=alert.latitude, longitude=alert.longitude)
    fields = {name: getattr(alert, name) for name in AlertOut.model_fields if name != "place"}
    return AlertOut(**fields, place=place)


def order_out(order: Order) -> OrderOut:
    """A unit in an incident."""
    return OrderOut(**{name: getattr(order, name) for name in OrderOut.model_fields})


def order_for_crew(order: Order, incident: Incident) -> OrderForCrew:
    """An order with the way to the patient, while the order lasts."""
    shown = order.active
    return OrderForCrew(
        **order_out(order).model_dump(),
        place=Place(latitude=incident.latitude, longitude=incident.longitude) if shown else None,
        details=details_of(incident) if shown else None,
    )


async def incident_out(connection: Connection, incident_id: str) -> IncidentOut:
    """An incident with all that belongs to it; 404 when there is none."""
    incident = await incidents.get(connection, incident_id)
    if incident is None:
        raise not_found("incident", incident_id)
    return IncidentOut(
        **summary_fields(incident),
        details=details_of(incident),
        conscious=incident.conscious,
        breathing_normally=incident.breathing_normally,
        widened=incident.widened,
        alerts=[alert_out(alert) for alert in await alerts.of_incident(connection, incident_id)],
        orders=[order_out(order) for order in await orders.of_incident(connection, incident_id)],
        same_patient=[
            LinkOut(
                incident_id=link["other_id"],
                distance_m=round(link["distance_m"], 1),
                decision=link["decision"],
            )
            for link in await incidents.links_of(connection, incident_id)
        ],
        notes=[str(note["text"]) for note in incident.details.get("notes", [])],
        calls=len(await incidents.calls_of(connection, incident_id)),
    )


def call_taken(row: dict[str, Any]) -> CallTaken:
    """A call as it was taken, from its row."""
    said = CallIn.model_validate(row["content"])
    return CallTaken(
        id=row["id"],
        received_at=row["received_at"],
        taken_by=row["taken_by"],
        caller_phone=row["caller_phone"],
        place=said.place.wgs84(),
        accuracy_m=said.place.accuracy_m,
        seen=said.details.seen,
    )


async def plan_out(
    connection: Connection, incident_id: str, number: int | None = None
) -> PlanOut | None:
    """A plan of an incident, the newest by default; None when there is none."""
    row = await plans.get(connection, incident_id, number)
    return None if row is None else PlanOut(**row)


async def timeline_out(connection: Connection, incident_id: str) -> TimelineOut:
    """What happened, with the seconds since the call; 404 when there is no such incident."""
    incident = await incidents.get(connection, incident_id)
    if incident is None:
        raise not_found("incident", incident_id)
    entries = await timeline.of_incident(connection, incident_id)
    called = next(
        (entry.at for entry in entries if entry.event is TimelineEvent.CALL_RECEIVED),
        incident.opened_at,
    )
    return TimelineOut(
        incident_id=incident_id,
        call_received_at=called,
        entries=[
            TimelineEntry(
                sequence=entry.sequence,
                event=entry.event,
                at=entry.at,
                recorded_at=entry.recorded_at,
                elapsed_s=round((entry.at - called).total_seconds(), 3),
                by=entry.by,
                detail=entry.detail,
            )
            for entry in entries
        ],
    )


OPEN_STATES = (IncidentState.OPEN, IncidentState.ACTIVATED, IncidentState.CALLED_OFF)

ACCEPTED_STATES = frozenset({AlertState.ACCEPTED, AlertState.AED_COLLECTED, AlertState.ARRIVED})
