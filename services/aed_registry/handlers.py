"""Kafka in: what happens in incidents, for the devices that somebody did not find."""

from __future__ import annotations

from services.aed_registry.work import Desk
from shared.clock import Clock
from shared.contracts.records import IncidentRecord
from shared.contracts.words import TimelineEvent
from shared.messaging.errors import Poison
from shared.messaging.events import Event


class IncidentsHandler:
    """Takes in that a device was not found, each in one transaction; all else is passed over.

    No inbox: incidents are kept far longer than the inbox remembers, so the report itself says
    that it was told already.
    """

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    async def handle(self, event: Event[IncidentRecord]) -> None:
        """One line of an incident's timeline; raises ``Poison`` when it names no device."""
        told = event.data
        if told is None or told.event is not TimelineEvent.AED_MISSING:
            return
        aed_id = told.detail.get("aed_id")
        if not isinstance(aed_id, str):
            raise Poison("detail.aed_id: does not name the AED that was not found")
        await self._desk.not_found_in_incident(
            aed_id,
            incident_id=told.incident_id,
            by=told.by,
            at=told.at,
            now=self._clock.now(),
        )
