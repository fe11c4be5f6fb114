"""Kafka in: what became of messages, and what other systems say of their units."""

from __future__ import annotations

import asyncio

import structlog

from services.dispatch.domain.channels import heard
from services.dispatch.domain.models import Alert
from services.dispatch.store import alerts
from services.dispatch.work.case import Case
from services.dispatch.work.desk import Desk, Replan
from services.dispatch.work.unit_changes import UnitChanges
from shared.contracts.records import DeliveryRecord, UnitRecord
from shared.contracts.words import AlertState, DeliveryState, TimelineEvent
from shared.http.problems import Problem
from shared.messaging.errors import is_transient
from shared.messaging.events import Event
from shared.messaging.inbox import first_time

log = structlog.get_logger()
CONSUMER = "dispatch.deliveries"
AGAIN_S = 0.5
"""How long a unit's state waits for a database that is away."""

_EVENTS = {
    DeliveryState.SENT: TimelineEvent.ALERT_SENT,
    DeliveryState.DELIVERED: TimelineEvent.ALERT_DELIVERED,
    DeliveryState.SEEN: TimelineEvent.ALERT_SEEN,
    DeliveryState.FAILED: TimelineEvent.ALERT_UNDELIVERED,
}
_STATES = {
    DeliveryState.DELIVERED: AlertState.DELIVERED,
    DeliveryState.SEEN: AlertState.SEEN,
    DeliveryState.FAILED: AlertState.UNDELIVERED,
}
_RANK = [AlertState.SENT, AlertState.DELIVERED, AlertState.SEEN]


class Deliveries:
    """Takes receipts over into alerts and timelines, each once."""

    def __init__(self, desk: Desk, replan: Replan) -> None:
        self._desk = desk
        self._replan = replan

    async def handle(self, event: Event[DeliveryRecord]) -> None:
        """One receipt; about an alert that is not ours any more it is passed over."""
        receipt = event.data
        if receipt is None:
            return
        incident_id = await self._desk.incident_of_alert(receipt.alert_id)
        if incident_id is None:
            log.warning("receipt_without_alert", alert_id=receipt.alert_id)
            return
        async with self._desk.case(incident_id, may_be_ended=True) as case:
            if not await first_time(case.connection, CONSUMER, event.id):
                return
            alert = next((a for a in case.alerts if a.id == receipt.alert_id), None)
            if alert is not None:
                await self._take(case, alert, receipt)

    async def _take(self, case: Case, alert: Alert, receipt: DeliveryRecord) -> None:
        own = receipt.message_id == alert.message_id
        # An update that overtakes an alert takes its place on the phone, so its receipts count
        # for the alert; those of a stand-down come when the task has ended, and do not.
        if not own and not alert.active:
            return
        alert.channels = heard(
            alert.channels,
            channel=receipt.channel,
            state=receipt.state,
            at=receipt.at,
            reason=receipt.reason,
        )
        await alerts.save(case.connection, alert)
        event = _EVENTS.get(receipt.state)
        if event is None or await case.happened_to(event, alert):
            return
        await case.note(
            event,
            by=f"channel:{receipt.channel}",
            at=min(max(receipt.at, alert.sent_at), case.now),
            rescuer_id=alert.rescuer_id,
            alert_id=alert.id,
            channel=receipt.channel,
            reason=receipt.reason,
        )
        state = _STATES.get(receipt.state)
        if state is None or not alert.waiting:
            return
        if state is AlertState.UNDELIVERED:
            await case.end_alert(alert, AlertState.UNDELIVERED)
            await self._replan(case, TimelineEvent.ALERT_UNDELIVERED.value)
        elif _RANK.index(state) > _RANK.index(alert.state):
            alert.state = state
            await alerts.save(case.connection, alert)


class UnitFollower:
    """Works through the changes of units one by one, in their order.

    The ``units`` table tells each change; what was missed while this service was away is seen when
    the table is replayed, because a state is taken whenever it is ahead of the order's.
    """

    def __init__(self, changes: UnitChanges) -> None:
        self._changes = changes
        self._queue: asyncio.Queue[tuple[str, UnitRecord | None]] = asyncio.Queue()

    def changed(self, unit_id: str, unit: UnitRecord | None) -> None:
        """A unit has changed in the table; None when it is in it no more."""
        self._queue.put_nowait((unit_id, unit))

    async def run(self) -> None:
        """Works through the changes until cancelled."""
        while True:
            unit_id, unit = await self._queue.get()
            while not await self._followed(unit_id, unit):  # noqa: ASYNC110 - a back-off
                await asyncio.sleep(AGAIN_S)

    async def _followed(self, unit_id: str, unit: UnitRecord | None) -> bool:
        """Takes one change over; False when the database is away and it must be tried again."""
        try:
            if unit is None:
                await self._changes.gone(unit_id)
            else:
                await self._changes.changed(unit)
        except Problem as problem:
            log.info("unit_state_passed_over", unit_id=unit_id, why=problem.title)
        except Exception as error:
            if is_transient(error):
                log.warning("unit_state_waits", unit_id=unit_id, error=type(error).__name__)
                return False
            # One unit's trouble must not keep the states of all others from being followed.
            log.exception("unit_state_failed", unit_id=unit_id)
        return True
