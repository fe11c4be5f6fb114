"""The crews' side: orders to units and their steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from services.dispatch.api.attention import held_by_another
from services.dispatch.api.cursors import before_of, cursor_of
from services.dispatch.api.incidents import DeskPart
from services.dispatch.api.requests import OrderStepIn, Reason
from services.dispatch.api.responses import OrderForCrew, OrderOut
from services.dispatch.api.views import order_for_crew, order_out
from services.dispatch.domain.steps import ORDER_STEPS
from services.dispatch.store import attention, incidents, orders
from services.dispatch.work.desk import Desk
from services.dispatch.work.orders import Orders
from shared.contracts.words import OrderState
from shared.geometry.place import Place
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.paging import Page, PageQuery
from shared.http.parts import use
from shared.http.problems import forbidden, invalid, not_found, problems
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("orders")

Crew = Annotated[
    Identity, requires(Role.STATION, Role.DISPATCHER, Role.ADMINISTRATOR, Role.SERVICE)
]
OrderId = Annotated[str, Path(pattern=r"^order-[0-9a-f]{32}$", examples=["order-" + "0" * 32])]


def station_of(who: Identity) -> str | None:
    """Whose orders somebody sees: a station its own units', everybody else all (None)."""
    return (who.station or who.subject) if who.role is Role.STATION else None


@router.get("/orders")
async def list_orders(
    who: Crew,
    desk: DeskPart,
    page: PageQuery,
    active: Annotated[bool, Query(description="Only those that are still on")] = True,
) -> Page[OrderOut]:
    """Orders, newest first; a station sees its own units' only."""
    before = before_of(page)
    station_id = station_of(who)
    async with desk.read() as connection:
        found = await orders.page(
            connection,
            station_id=station_id,
            active_only=active,
            before=before,
            limit=page.limit + 1,
        )
    more = len(found) > page.limit
    found = found[: page.limit]
    return Page(
        items=[order_out(order) for order in found],
        next_cursor=cursor_of(found[-1].notified_at, found[-1].id) if more else None,
    )


@router.get("/orders/{order_id}")
async def read_order(order_id: OrderId, who: Crew, desk: DeskPart) -> OrderForCrew:
    """One order with the way to the patient, as long as it lasts."""
    return await _order(desk, order_id, who)


@router.post("/orders/{order_id}/cancel", responses=problems(409))
async def cancel_order(
    order_id: OrderId,
    reason: Reason,
    who: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR)],
    desk: DeskPart,
    work: Annotated[Orders, use(Orders)],
) -> OrderForCrew:
    """Calls one unit back that has not reached the patient; 409 when another holds the incident."""
    async with desk.read() as connection:
        order = await orders.get(connection, order_id)
        held = (
            None
            if order is None
            else await attention.holder_of(connection, order.incident_id, desk.clock.now())
        )
    if order is not None and held is not None and held[0] != who.actor:
        raise held_by_another(order.incident_id, held[0])
    await work.cancel(order_id, by=who.actor, because=reason.because)
    return await _order(desk, order_id, who)


@router.post("/orders/{order_id}/steps", responses=problems(409))
async def take_order_step(
    order_id: OrderId,
    said: OrderStepIn,
    who: Crew,
    desk: DeskPart,
    work: Annotated[Orders, use(Orders)],
) -> OrderForCrew:
    """Acknowledges, goes mobile, arrives, leaves for hospital, is free. Sent again, no change."""
    if said.step not in ORDER_STEPS:
        raise invalid(
            "step",
            "is not for a crew to say",
            f"send one of {', '.join(step.value for step in ORDER_STEPS)}",
        )
    await _order(desk, order_id, who)
    place: Place | None = said.place()
    by = who.actor
    await work.take(order_id, OrderState(said.step), by=by, at=said.at, place=place)
    return await _order(desk, order_id, who)


async def _order(desk: Desk, order_id: str, who: Identity) -> OrderForCrew:
    async with desk.read() as connection:
        order = await orders.get(connection, order_id)
        if order is None:
            raise not_found("order", order_id)
        if who.role is Role.STATION and order.station_id not in {who.station, who.subject}:
            raise forbidden("This order is another station's.")
        incident = await incidents.get(connection, order.incident_id)
        assert incident is not None
        if order.active and who.role is Role.STATION:
            await audit(
                connection,
                actor=who.actor,
                action="read_address",
                subject=incident.id,
                now=desk.clock.now(),
            )
    return order_for_crew(order, incident)
