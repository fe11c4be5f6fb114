"""What units are doing, told by orders, by their stations, or by another dispatch system."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from services.ambulance_stations.domain.states import (
    Commander,
    Refusal,
    after_step,
    after_telling,
    may_tell,
)
from services.ambulance_stations.domain.units import StateIn, Unit, now_doing
from services.ambulance_stations.store import UnitStore
from shared.clock import Clock
from shared.contracts.records import OrderRecord
from shared.http.problems import Problem, conflict, forbidden, invalid
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.messaging.errors import Poison, Transient
from shared.messaging.events import Event
from shared.messaging.inbox import first_time
from shared.registry.model import Change, Entry

CONSUMER: Final = "orders"
CLOCKS_APART: Final = timedelta(minutes=5)
"""How far ahead of ours another system's clock may be before its times are refused (our choice);
a state from the far future would make all that follow old news."""

_REFUSALS: Final = {
    Refusal.ORDERS_SAY: (
        "orders-say",
        "Orders say that",
        "This state comes from a step of the unit's order; send the step to dispatch.",
    ),
    Refusal.ON_ORDER: (
        "on-order",
        "The unit is on an order",
        "Its order must end first: send the step to dispatch. Only out_of_service may come before.",
    ),
}


class UnitDesk:
    """Takes in what units are doing."""

    def __init__(
        self,
        units: UnitStore,
        *,
        commander: Commander,
        clock: Clock,
        after_commit: Callable[[], None],
    ) -> None:
        self.units = units
        self.commander = commander
        self._clock = clock
        self.after_commit = after_commit

    async def tell(
        self, unit_id: str, told: StateIn, *, who: Identity, now: datetime
    ) -> tuple[Entry[Unit], bool]:
        """Somebody tells what a unit is doing; the entry, and whether it was news.

        Raises 403 for another station's unit, 404, 409 when it is retired or an order says what it
        is doing, 422 for a time ahead of us.
        """
        at = now if told.at is None else told.at
        if at > now + CLOCKS_APART:
            raise invalid("at", "lies in the future", "compare the clocks, or leave it out")
        at = min(at, now)
        if told.incident_id is not None and self.commander is Commander.OURS:
            raise invalid(
                "incident_id",
                "comes with the unit's order",
                "leave it out: this deployment commands its own units",
            )

        def alter(unit: Unit) -> Unit:
            if who.role is Role.STATION and unit.station_id != (who.station or who.subject):
                raise forbidden("This is a unit of another station.")
            refusal = may_tell(unit.live, told.state, self.commander)
            if refusal is not None:
                raise conflict(*_REFUSALS[refusal])
            after = after_telling(
                unit.live,
                told.state,
                at,
                incident_id=told.incident_id,
                place=told.wgs84(),
            )
            return unit if after is None else now_doing(unit, after)

        async with self.units.transaction() as connection:
            entry = await self.units.find(unit_id, connection=connection)
            if entry is not None and entry.retired:
                raise Problem(
                    409, "retired", "The unit is retired", "Write its entry anew to bring it back."
                )
            entry, change = await self.units.change(
                unit_id, alter, by=who.actor, now=now, connection=connection
            )
        self.after_commit()
        return entry, change is not Change.UNCHANGED

    async def step(self, event: Event[OrderRecord]) -> None:
        """A step of an order sets what its unit is doing; handled twice it changes nothing.

        Raises Poison for a unit that no register knows, Transient for one that is being moved.
        """
        if event.data is None or self.commander is Commander.EXTERNAL:
            return
        try:
            await self._step(event.id, event.data)
        except Problem as problem:
            if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise Transient(str(problem)) from problem
            raise
        self.after_commit()

    async def _step(self, event_id: str, order: OrderRecord) -> None:

        def alter(unit: Unit) -> Unit:
            after = after_step(unit.live, order)
            return unit if after is None else now_doing(unit, after)

        async with self.units.transaction() as connection:
            if not await first_time(connection, CONSUMER, event_id):
                return
            entry = await self.units.find(order.unit_id, connection=connection)
            if entry is None:
                raise Poison(f"unit_id: no such unit: {order.unit_id}")
            if entry.retired:
                return  # nobody sends it any more; writing its state would bring it back
            await self.units.change(
                order.unit_id,
                alter,
                by=f"order:{order.order_id}",
                now=self._clock.now(),
                connection=connection,
            )
