"""What dispatch tells others, put into the outbox in the transaction of what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.dispatch.domain.models import Alert, Incident, Order
from services.dispatch.store import Connection
from services.dispatch.store.timeline import Entry
from shared.contracts import topics
from shared.contracts.records import AlertRecord, IncidentRecord, OrderRecord
from shared.contracts.words import MessageKind
from shared.messaging import outbox

SOURCE = "lifering/dispatch"
_DETAIL = dict[str, str | int | float | bool | None]


async def put_entry(connection: Connection, incident: Incident, entry: Entry) -> None:
    """Publishes an entry of the timeline."""
    await outbox.put(
        connection,
        topics.INCIDENTS,
        key=incident.id,
        shard=incident.shard,
        data=IncidentRecord(
            incident_id=incident.id,
            sequence=entry.sequence,
            event=entry.event,
            at=entry.at,
            by=entry.by,
            shard=incident.shard,
            detail=_plain(entry.detail),
        ),
        event_time=entry.recorded_at,
        version=entry.sequence,
        source=SOURCE,
    )


async def put_message(
    connection: Connection,
    incident: Incident,
    alert: Alert,
    *,
    message_id: str,
    kind: MessageKind,
    sent_at: datetime,
    expires_at: datetime,
) -> None:
    """Publishes a message to a rescuer; no address, no place and no code is in it."""
    await outbox.put(
        connection,
        topics.ALERTS,
        key=alert.id,
        shard=incident.shard,
        data=AlertRecord(
            message_id=message_id,
            alert_id=alert.id,
            incident_id=incident.id,
            rescuer_id=alert.rescuer_id,
            kind=kind,
            sequence=alert.sequence,
            task=alert.task,
            sent_at=sent_at,
            expires_at=expires_at,
            shard=incident.shard,
        ),
        event_time=sent_at,
        version=alert.sequence,
        source=SOURCE,
    )


async def put_order(
    connection: Connection,
    incident: Incident,
    order: Order,
    *,
    now: datetime,
    latitude: float | None = None,
    longitude: float | None = None,
) -> None:
    """Publishes an order's present step, with where it was taken if the crew said so."""
    await outbox.put(
        connection,
        topics.ORDERS,
        key=order.id,
        shard=incident.shard,
        data=OrderRecord(
            order_id=order.id,
            incident_id=incident.id,
            unit_id=order.unit_id,
            state=order.state,
            sequence=order.sequence,
            at=order.state_at,
            latitude=latitude,
            longitude=longitude,
            shard=incident.shard,
        ),
        event_time=now,
        version=order.sequence,
        source=SOURCE,
    )


def _plain(detail: dict[str, Any]) -> _DETAIL:
    """A detail as events carry it: plain values, a rounded number, no nesting."""
    return {
        key: round(value, 3)
        if isinstance(value, float)
        else value
        if value is None or isinstance(value, str | int | bool)
        else str(value)
        for key, value in detail.items()
    }
