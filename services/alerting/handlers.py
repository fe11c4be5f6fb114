"""Kafka in: messages to rescuers."""

from __future__ import annotations

from collections.abc import Sequence

from services.alerting.work.desk import Desk
from shared.contracts.records import AlertRecord
from shared.messaging.events import Event


class AlertsHandler:
    """Takes batches of alerts in, each batch in one transaction."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle(self, events: Sequence[Event[AlertRecord]]) -> None:
        """Keeps them and puts them on the streams; what is already kept changes nothing."""
        alerts = [event.data for event in events if event.data is not None]
        if alerts:
            await self._desk.take_in(alerts)
