"""What crews report, and what another dispatch system says of its units."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.domain.models import Order
from services.dispatch.domain.steps import Verdict, order_event, rule_on_order_step
from services.dispatch.store import deadlines, orders
from services.dispatch.work.answers import when
from services.dispatch.work.case import Case
from services.dispatch.work.desk import Desk, Replan
from shared.contracts.words import OrderState, TimelineEvent, UnitKind, UnitState
from shared.geometry.place import Place
from shared.http.problems import conflict, not_found

# What another system's unit states mean for the order that the unit is on.
_STATE_STEPS: dict[UnitState, OrderState] = {
    UnitState.ACKNOWLEDGED: OrderState.ACKNOWLEDGED,
    UnitState.MOBILE: OrderState.MOBILE,
    UnitState.ON_SCENE: OrderState.ON_SCENE,
    UnitState.TRANSPORTING: OrderState.TRANSPORTING,
    UnitState.AT_HOSPITAL: OrderState.AT_HOSPITAL,
    UnitState.AVAILABLE: OrderState.FREE,
    UnitState.RETURNING: OrderState.FREE,
}

_ON_THE_WAY = frozenset({OrderState.NOTIFIED, OrderState.ACKNOWLEDGED, OrderState.MOBILE})


class Orders:
    """Takes units' steps; a step taken again changes nothing, none is taken back."""

    def __init__(self, desk: Desk, replan: Replan, *, units_are_ours: bool = True) -> None:
        self._desk = desk
        self._replan = replan
        self._follows = not units_are_ours

    async def take(
        self,
        order_id: str,
        step: OrderState,
        *,
        by: str,
        at: datetime | None = None,
        place: Place | None = None,
    ) -> None:
        """Takes a step of a unit: 404 for no such order, 409 for a step that cannot follow."""
        incident_id = await self._desk.incident_of_order(order_id)
        if incident_id is None:
            raise not_found("order", order_id)
        async with self._desk.case(incident_id, may_be_ended=True) as case:
            order = next((o for o in case.orders if o.id == order_id), None)
            if order is None:
                raise not_found("order", order_id)
            ruling = rule_on_order_step(order, step)
            if ruling.verdict is Verdict.ALREADY_TAKEN:
                return
            if ruling.verdict is Verdict.REFUSE:
                raise conflict(
                    "step-refused",
                    "This step cannot be taken",
                    f"Order {order_id}: {ruling.because}.",
                )
            moment = when(at, earliest=order.notified_at, now=case.now)
            await self._apply(case, order, step, moment, by=by, place=place)

    async def follow_unit(self, order: Order, state: UnitState, at: datetime) -> None:
        """Takes a unit's state from the table over into its order, where others command units."""
        step = _STATE_STEPS.get(state)
        if step is None or not self._follows:
            return
        # A unit that is "available" right after it was ordered has simply not heard of it yet.
        if step is OrderState.FREE and order.state is OrderState.NOTIFIED:
            return
        async with self._desk.case(order.incident_id, may_be_ended=True) as case:
            current = next((o for o in case.orders if o.id == order.id), None)
            if current is None or not current.active:
                return
            if rule_on_order_step(current, step).verdict is Verdict.TAKE:
                await self._apply(
                    case,
                    current,
                    step,
                    min(max(at, current.notified_at), case.now),
                    by=f"unit:{order.unit_id}",
                    place=None,
                )

    async def cancel(self, order_id: str, *, by: str, because: str | None) -> None:
        """Calls one unit back that has not reached the patient; again changes nothing."""
        incident_id = await self._desk.incident_of_order(order_id)
        if incident_id is None:
            raise not_found("order", order_id)
        async with self._desk.case(incident_id, may_be_ended=True) as case:
            order = next((o for o in case.orders if o.id == order_id), None)
            if order is None:
                raise not_found("order", order_id)
            if order.state is OrderState.CANCELLED:
                return
            if not order.active or order.state not in _ON_THE_WAY:
                raise conflict(
                    "order-not-on-the-way",
                    "The unit cannot be called back",
                    f"Order {order_id} is {order.state.value}.",
                )
            await case.end_order(order, OrderState.CANCELLED, at=case.now)
            await case.note(
                TimelineEvent.ORDER_CANCELLED,
                by=by,
                unit_id=order.unit_id,
                order_id=order_id,
                because=because or "called_back",
            )

    async def _apply(
        self,
        case: Case,
        order: Order,
        step: OrderState,
        at: datetime,
        *,
        by: str,
        place: Place | None,
    ) -> None:
        detail = {"unit_id": order.unit_id, "order_id": order.id, "unit_kind": order.kind.value}
        await deadlines.drop(case.connection, order.id, "acknowledge")
        if step is OrderState.FREE:
            await case.end_order(order, OrderState.FREE, at=at)
            await case.note(TimelineEvent.UNIT_FREE, by=by, at=at, **detail)
            if await case.handed_over():
                # Also where the crew left without the patient: nobody else is to come.
                await case.cancel_orders(by="system", because="ambulance_left")
            await self._close_when_done(case)
            return
        order.state = step
        order.state_at = at
        order.sequence += 1
        await orders.save(case.connection, order)
        await case.publish_order(
            order,
            latitude=None if place is None else place.latitude,
            longitude=None if place is None else place.longitude,
        )
        await case.note(order_event(order, step), by=by, at=at, **detail)
        if order.kind is UnitKind.AMBULANCE:
            await self._hand_over(case, step)

    async def _hand_over(self, case: Case, step: OrderState) -> None:
        """The ambulance takes the patient: whoever is no longer needed is stood down."""
        if step is OrderState.ON_SCENE:
            for alert in case.alerts:
                if alert.active and alert.arrived_at is None:
                    await case.stand_down(alert, by="system", because="ambulance_arrived")
        elif step in {OrderState.AT_PATIENT, OrderState.TRANSPORTING}:
            await case.stand_down_all(by="system", because="ambulance_at_patient")
            # Units that are still on their way would come to an empty place.
            await case.cancel_orders(by="system", because="ambulance_at_patient")

    async def _close_when_done(self, case: Case) -> None:
        """Closes the incident when the last unit is free after it has been with the patient."""
        if case.incident.ended or any(o.active for o in case.orders):
            return
        reached = await case.happened(TimelineEvent.AMBULANCE_ARRIVED)
        if reached:
            await case.end(by="system", because="handed_over")
        else:
            # Nobody is on the way any more, and no ambulance has been there.
            await self._replan(case, TimelineEvent.UNIT_FREE.value)
