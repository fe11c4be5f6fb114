"""Kafka in: positions, in batches."""

from __future__ import annotations

from collections.abc import Sequence

from services.rescuer_location.work.presence import Presence
from shared.contracts.records import PositionRecord
from shared.messaging.events import Event


class PositionsHandler:
    """Hands positions on in the order of their partitions; no position is ever deleted."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    async def handle(self, events: Sequence[Event[PositionRecord]]) -> None:
        """One batch; offsets are committed when this returns."""
        await self._presence.take([event.data for event in events if event.data is not None])
