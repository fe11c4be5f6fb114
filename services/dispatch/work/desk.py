"""The desk: opens cases on incidents, each in a transaction of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import asyncpg

from services.dispatch.store import Connection, alerts, orders
from services.dispatch.work.case import Case
from shared.clock import Clock
from shared.http.problems import conflict, not_found
from shared.telemetry.logs import about_incident, logger

log = logger(__name__)


class Desk:
    """Opens cases; after each commit it wakes the outbox relay and the deadline worker."""

    def __init__(
        self, *, pool: asyncpg.Pool[Any], clock: Clock, after_commit: Callable[[], None]
    ) -> None:
        self.pool = pool
        self.clock = clock
        self._after_commit = after_commit
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction whose commit wakes the relay and the deadline worker."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection
        self._after_commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection to read with."""
        async with self.pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def case(self, incident_id: str, *, may_be_ended: bool = False) -> AsyncIterator[Case]:
        """The case of an incident, written back and committed at the end.

        Raises a 404 problem when there is none, a 409 one when it has ended (unless it may).
        """
        # Twenty phones answer at once: they wait for the row here, not each with a connection.
        turn = self._turns.setdefault(incident_id, asyncio.Lock())
        async with turn, self.transaction() as connection:
            case = await Case.open(connection, incident_id, self.clock.now())
            if case is None:
                raise not_found("incident", incident_id)
            if case.incident.ended and not may_be_ended:
                raise conflict(
                    "incident-ended",
                    "The incident has ended",
                    f"Incident {incident_id} is {case.incident.state.value}; "
                    "take a new call if the patient needs help again.",
                )
            with about_incident(incident_id):
                yield case
                await case.close()
                if case.dirty:
                    log.info("incident changed", version=case.incident.version)

    @asynccontextmanager
    async def two_cases(self, first_id: str, second_id: str) -> AsyncIterator[tuple[Case, Case]]:
        """Two cases in one transaction, whatever their states; 404 when one does not exist.

        They are locked in the order of their ids, so that two commands cannot wait for each other.
        """
        async with self.transaction() as connection:
            cases: dict[str, Case] = {}
            for incident_id in sorted({first_id, second_id}):
                case = await Case.open(connection, incident_id, self.clock.now())
                if case is None:
                    raise not_found("incident", incident_id)
                cases[incident_id] = case
            yield cases[first_id], cases[second_id]
            for case in cases.values():
                await case.close()

    async def incident_of_alert(self, alert_id: str) -> str | None:
        """The incident that an alert belongs to now (a merge moves it)."""
        async with self.read() as connection:
            alert = await alerts.get(connection, alert_id)
        return None if alert is None else alert.incident_id

    async def incident_of_order(self, order_id: str) -> str | None:
        """The incident that an order belongs to now (a merge moves it)."""
        async with self.read() as connection:
            order = await orders.get(connection, order_id)
        return None if order is None else order.incident_id


Replan = Callable[[Case, str], Awaitable[None]]
"""Makes a new plan for a case, for the trigger that is named, and carries it out."""
