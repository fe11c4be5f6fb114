"""Who comes to a patient, read for a dispatcher: it tells where people are, and is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.dispatch.api.incidents import DeskPart, Dispatcher
from services.dispatch.domain.models import Alert, Incident, Order
from services.dispatch.store import alerts, incidents, orders
from shared.http.audit import audit
from shared.http.problems import not_found


@dataclass(frozen=True, slots=True)
class Coming:
    """An incident and everybody who is on the way to it."""

    incident: Incident
    asked: list[Alert]
    """Those who accepted."""
    sent: list[Order]
    """Orders that have not ended."""
    now: datetime


async def read_coming(incident_id: str, who: Dispatcher, desk: DeskPart, **detail: bool) -> Coming:
    """All of them, with an audit row when anybody has accepted; 404 when there is no incident.

    ``detail`` is added to the audit row, such as what of their places was read.
    """
    now = desk.clock.now()
    async with desk.read() as connection:
        incident = await incidents.get(connection, incident_id)
        if incident is None:
            raise not_found("incident", incident_id)
        asked = [a for a in await alerts.of_incident(connection, incident_id) if a.accepted]
        sent = [o for o in await orders.of_incident(connection, incident_id) if o.active]
        if asked:
            rescuers = " ".join(sorted(alert.rescuer_id for alert in asked))
            await audit(
                connection,
                actor=who.actor,
                action="read_location",
                subject=incident_id,
                now=now,
                detail={"rescuers": rescuers, **detail},
            )
    return Coming(incident, asked, sent, now)
