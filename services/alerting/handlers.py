"""Kafka in: messages to rescuers."""

from __future__ import annotations

from services.alerting.work.desk import Desk
from shared.contracts.records import AlertRecord
from shared.messaging.events import Event
from shared.telemetry.logs import about_incident, logger

log = logger(__name__)


class AlertsHandler:
    """Takes alerts in, each in one transaction.

    One by one, because waiting for a batch to fill would delay the alert that matters now; the
    desk itself takes many at once.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle(self, event: Event[AlertRecord]) -> None:
        """Keeps it and puts it on the stream; what is already kept changes nothing."""
        if event.data is None:
            return
        with about_incident(event.data.incident_id):
            taken = await self._desk.take_in([event.data])
            log.info("message taken", message_id=event.data.message_id, new=len(taken.new))
