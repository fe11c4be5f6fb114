"""Kafka in: orders to units and their steps."""

from __future__ import annotations

from services.ambulance_stations.work.states import UnitDesk
from shared.contracts.records import OrderRecord
from shared.messaging.events import Event


class OrdersHandler:
    """Sets what units are doing, each step in one transaction.

    One by one: a step is followed by people within seconds, and there are few of them.
    """

    def __init__(self, desk: UnitDesk) -> None:
        self._desk = desk

    async def handle(self, event: Event[OrderRecord]) -> None:
        """One step."""
        await self._desk.step(event)
