"""A case: one incident, locked, with all that belongs to it, inside one transaction.

Everything that changes an incident goes through a case, so that each change is noted in the
timeline, published through the outbox and numbered, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.dispatch.domain.models import Alert, Incident, Order
from services.dispatch.store import (
    Connection,
    alerts,
    claims,
    deadlines,
    incidents,
    orders,
    timeline,
)
from services.dispatch.work.publishing import put_entry, put_message, put_order
from shared.contracts.words import (
    AlertState,
    IncidentState,
    MessageKind,
    OrderState,
    Task,
    TimelineEvent,
    UnitKind,
)
from shared.ids import new_id


@dataclass(slots=True)
class Case:
    """An incident under work; ``now`` is the moment of the whole transaction."""

    connection: Connection
    incident: Incident
    alerts: list[Alert]
    orders: list[Order]
    now: datetime
    dirty: bool = False
    aeds_let_go: bool = False
    """Whether a task may have lost its AED: what nobody needs is released before the commit."""

    @classmethod
    async def open(cls, connection: Connection, incident_id: str, now: datetime) -> Case | None:
        """Locks an incident and loads what belongs to it; None when there is none."""
        incident = await incidents.lock(connection, incident_id)
        if incident is None:
            return None
        return cls(
            connection=connection,
            incident=incident,
            alerts=await alerts.of_incident(connection, incident_id),
            orders=await orders.of_incident(connection, incident_id),
            now=now,
        )

    async def reload(self) -> None:
        """Reads alerts and orders again, after they have moved between incidents."""
        self.alerts = await alerts.of_incident(self.connection, self.incident.id)
        self.orders = await orders.of_incident(self.connection, self.incident.id)

    async def close(self) -> None:
        """Writes the incident back; the last thing before the commit."""
        if self.aeds_let_go:
            # Only now: within the transaction an AED may pass from one rescuer to another.
            await claims.release_aeds_but(
                self.connection, self.incident.id, self.aeds_in_use(), self.now
            )
        if self.dirty:
            await incidents.save(self.connection, self.incident)

    async def note(
        self, event: TimelineEvent, *, by: str, at: datetime | None = None, **detail: Any
    ) -> None:
        """Records that something happened, and publishes it. ``detail`` has no personal data."""
        self.dirty = True
        self.incident.last_sequence += 1
        entry = timeline.Entry(
            incident_id=self.incident.id,
            sequence=self.incident.last_sequence,
            event=event,
            at=at or self.now,
            recorded_at=self.now,
            by=by,
            detail=detail,
        )
        await timeline.append(self.connection, entry)
        await put_entry(self.connection, self.incident, entry)

    async def happened(self, event: TimelineEvent) -> bool:
        """Whether something is in the timeline already."""
        return await timeline.happened(self.connection, self.incident.id, event)

    async def happened_to(self, event: TimelineEvent, alert: Alert) -> bool:
        """Whether something has happened to one alert already."""
        return await timeline.happened_to(self.connection, self.incident.id, event, alert.id)

    @property
    def held(self) -> bool:
        """Whether the call may be about another's patient, and nobody has said yet."""
        until = self.incident.hold_until
        return until is not None and self.now < until

    async def handed_over(self) -> bool:
        """Whether an ambulance has been there and has left: the patient is no longer here."""
        if any(o.active for o in self.orders if o.kind is UnitKind.AMBULANCE):
            return False
        return await self.happened(TimelineEvent.AMBULANCE_ARRIVED)

    # --- AEDs -----------------------------------------------------------------------------------

    def aeds_in_use(self) -> set[str]:
        """AEDs that somebody of this incident is sent for, or has with them."""
        return {a.aed_id for a in self.alerts if a.active and a.aed_id is not None}

    def collected_by_colleague(self, alert: Alert, aed_id: str) -> bool:
        """Whether somebody else of this incident has taken that AED out of its cabinet."""
        return any(
            other.id != alert.id and other.aed_id == aed_id and other.collected_at is not None
            for other in self.alerts
        )

    async def hold_aed(self, aed_id: str) -> bool:
        """Holds an AED for this incident; False when another incident does."""
        if aed_id in self.aeds_in_use():
            return True
        incident_id = self.incident.id
        _, own = await claims.held(self.connection, incident_id)
        wanted = {claims.Claim(claims.AED, aed_id, incident_id)} - own
        return not await claims.take(self.connection, incident_id, wanted, self.now)

    # --- rescuers -------------------------------------------------------------------------------

    async def message(self, alert: Alert, kind: MessageKind, *, lasts_s: float) -> str:
        """Sends a rescuer a message about an alert; the sequence voids every earlier one.

        Returns the message's id, under which receipts come back.
        """
        message_id = new_id("msg")
        sequences = [
            other.sequence for other in self.alerts if other.rescuer_id == alert.rescuer_id
        ]
        alert.sequence = max([alert.sequence, *sequences], default=0) + 1
        await put_message(
            self.connection,
            self.incident,
            alert,
            message_id=message_id,
            kind=kind,
            sent_at=self.now,
            expires_at=self.now + timedelta(seconds=lasts_s),
        )
        return message_id

    async def end_alert(self, alert: Alert, state: AlertState) -> None:
        """Ends a rescuer's task: frees the rescuer, forgets deadlines and the place.

        The AED is freed with the last of those who were sent for it.
        """
        self.aeds_let_go |= alert.aed_id is not None
        alert.state = state
        alert.ended_at = self.now
        # The precise place exists only during an accepted task.
        alert.latitude = alert.longitude = alert.located_at = None
        await claims.release(self.connection, alert.id, self.now)
        await deadlines.drop(self.connection, alert.id)
        await alerts.save(self.connection, alert)

    async def stand_down(self, alert: Alert, *, by: str, because: str) -> None:
        """Stands a rescuer down and says so."""
        if not alert.active:
            return
        await self.message(alert, MessageKind.STAND_DOWN, lasts_s=3_600)
        await self.end_alert(alert, AlertState.STOOD_DOWN)
        await self.note(
            TimelineEvent.STOOD_DOWN,
            by=by,
            rescuer_id=alert.rescuer_id,
            alert_id=alert.id,
            because=because,
        )

    async def change_task(
        self, alert: Alert, task: Task, aed_id: str | None, *, because: str, lasts_s: float
    ) -> None:
        """Gives a rescuer another task for the same patient, and says so."""
        self.aeds_let_go |= alert.aed_id is not None and alert.aed_id != aed_id
        alert.task, alert.aed_id = task, aed_id
        await self.message(alert, MessageKind.UPDATE, lasts_s=lasts_s)
        await alerts.save(self.connection, alert)
        await self.note(
            TimelineEvent.TASK_CHANGED,
            by="system",
            rescuer_id=alert.rescuer_id,
            alert_id=alert.id,
            task=task.value,
            aed_id=aed_id,
            because=because,
        )

    async def stand_down_all(self, *, by: str, because: str) -> None:
        """Stands everybody down who is still on."""
        for alert in self.alerts:
            await self.stand_down(alert, by=by, because=because)

    async def tell_accepted(self) -> None:
        """Tells everybody who is on that something has changed; their apps fetch what."""
        for alert in self.alerts:
            if alert.active:
                await self.message(alert, MessageKind.UPDATE, lasts_s=3_600)
                await alerts.save(self.connection, alert)

    # --- units ----------------------------------------------------------------------------------

    async def publish_order(
        self, order: Order, *, latitude: float | None = None, longitude: float | None = None
    ) -> None:
        """Publishes an order's present step."""
        await put_order(
            self.connection,
            self.incident,
            order,
            now=self.now,
            latitude=latitude,
            longitude=longitude,
        )

    async def end_order(self, order: Order, state: OrderState, *, at: datetime) -> None:
        """Ends an order: frees the unit and tells its station."""
        order.state = state
        order.state_at = at
        order.ended_at = self.now
        order.sequence += 1
        await claims.release(self.connection, order.id, self.now)
        await deadlines.drop(self.connection, order.id)
        await orders.save(self.connection, order)
        await self.publish_order(order)

    async def cancel_orders(self, *, by: str, because: str) -> None:
        """Cancels every unit that has not reached the patient."""
        for order in self.orders:
            if order.active and order.state in {
                OrderState.NOTIFIED,
                OrderState.ACKNOWLEDGED,
                OrderState.MOBILE,
            }:
                await self.end_order(order, OrderState.CANCELLED, at=self.now)
                await self.note(
                    TimelineEvent.ORDER_CANCELLED,
                    by=by,
                    unit_id=order.unit_id,
                    order_id=order.id,
                    because=because,
                )

    # --- the end --------------------------------------------------------------------------------

    async def end(self, *, by: str, because: str) -> None:
        """Closes the incident: everybody stood down, units that are not there cancelled."""
        await self.stand_down_all(by=by, because=because)
        for alert in self.alerts:
            # A late yes was still open to them; their phones must not offer it any more.
            if alert.state in {AlertState.TIMED_OUT, AlertState.UNDELIVERED}:
                await self.message(alert, MessageKind.STAND_DOWN, lasts_s=3_600)
                await alerts.save(self.connection, alert)
        await self.cancel_orders(by=by, because=because)
        await deadlines.drop(self.connection, self.incident.id)
        self.incident.state = IncidentState.CLOSED
        self.incident.closed_at = self.now
        self.incident.closed_because = because
        self.incident.call_off_until = None
        await self.note(TimelineEvent.INCIDENT_CLOSED, by=by, because=because)
