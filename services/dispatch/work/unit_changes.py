"""What the table of units tells: who breaks down, goes elsewhere, or is free for those who wait."""

from __future__ import annotations

from services.dispatch.domain.models import Incident, Order
from services.dispatch.store import incidents, orders
from services.dispatch.work.case import Case
from services.dispatch.work.desk import Desk, Replan
from services.dispatch.work.orders import Orders
from services.dispatch.work.planning import Planner
from shared.contracts.records import UnitRecord
from shared.contracts.words import OrderState, TimelineEvent, UnitState
from shared.geometry.distance import great_circle_m
from shared.messaging.inbox import first_time

CONSUMER = "dispatch.units"
TRIGGER = "unit_available"

# A unit in these states does not come, whoever commands it.
_LOST = frozenset({UnitState.OUT_OF_SERVICE, UnitState.OFF_DUTY})
_FREE = frozenset({UnitState.AVAILABLE, UnitState.RETURNING})
_ON_THE_WAY = frozenset({OrderState.NOTIFIED, OrderState.ACKNOWLEDGED, OrderState.MOBILE})


class UnitChanges:
    """Takes over what becomes of units, and plans again where that matters."""

    def __init__(self, desk: Desk, orders: Orders, planner: Planner, replan: Replan) -> None:
        self._desk = desk
        self._orders = orders
        self._planner = planner
        self._replan = replan

    async def changed(self, unit: UnitRecord) -> None:
        """A unit's state, or the incident that it is on, has changed in the table."""
        async with self._desk.read() as connection:
            order = await orders.active_of_unit(connection, unit.id)
        if order is not None and unit.state_at >= order.notified_at:
            why = _not_coming(unit, order)
            if why is not None:
                await self._lose(order, why, by=f"unit:{unit.id}")
            else:
                await self._orders.follow_unit(order, unit.state, unit.state_at)
        if unit.state in _FREE:
            await self._offer(unit)

    async def gone(self, unit_id: str) -> None:
        """A unit is in the register no more."""
        async with self._desk.read() as connection:
            order = await orders.active_of_unit(connection, unit_id)
        if order is not None:
            await self._lose(order, "retired", by="system")

    async def _lose(self, order: Order, because: str, *, by: str) -> None:
        """A unit that does not come after all is replaced, and everybody told."""
        async with self._desk.case(order.incident_id, may_be_ended=True) as case:
            current = next((o for o in case.orders if o.id == order.id), None)
            if current is None or current.state not in _ON_THE_WAY or not current.active:
                return
            await case.end_order(current, OrderState.ESCALATED, at=case.now)
            await case.note(
                TimelineEvent.ORDER_ESCALATED,
                by=by,
                unit_id=current.unit_id,
                order_id=current.id,
                because=because,
            )
            await self._replan(case, TimelineEvent.ORDER_ESCALATED.value)

    async def _offer(self, unit: UnitRecord) -> None:
        """Plans again, once, each incident that waits for a unit and would get this one sooner."""
        async with self._desk.read() as connection:
            waiting = await incidents.waiting_for_ambulance(connection)
        for incident in waiting:
            if not self._near(unit, incident):
                continue
            async with self._desk.case(incident.id, may_be_ended=True) as case:
                if await self._matters(unit, case):
                    await self._replan(case, TRIGGER)

    def _near(self, unit: UnitRecord, incident: Incident) -> bool:
        straight_m = great_circle_m(
            unit.latitude, unit.longitude, incident.latitude, incident.longitude
        )
        return straight_m <= self._planner.policy.reach.unit_m

    async def _matters(self, unit: UnitRecord, case: Case) -> bool:
        if case.incident.ended or case.held or not self._planner.sooner(unit, case):
            return False
        # Each instance hears of the unit, and a restart hears of all of them again.
        event_id = f"{unit.id}/{unit.version}/{case.incident.id}"
        return await first_time(case.connection, CONSUMER, event_id)


def _not_coming(unit: UnitRecord, order: Order) -> str | None:
    """Why a unit that is ordered here will not come; None when it will.

    A system that commands its own units names ours by our number: any other is another patient.
    """
    if unit.state in _LOST:
        return unit.state.value
    ours = {None, order.incident_id, order.origin_incident_id}
    if unit.state not in _FREE and unit.incident_id not in ours:
        return "busy_elsewhere"
    return None
