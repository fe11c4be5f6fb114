"""Where everybody is who comes, as it changes: for the map of an incident that is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Request
from pydantic import AwareDatetime, Field

from services.dispatch.api.incidents import DeskPart, Dispatcher, IncidentId
from services.dispatch.api.responses import Out
from services.dispatch.domain.models import Alert, Order
from services.dispatch.store import alerts, incidents, orders
from services.dispatch.work.desk import Desk
from services.dispatch.work.news import News
from services.dispatch.work.picture import Picture
from shared.contracts.words import AlertState, OrderState, Task, UnitKind
from shared.geometry.place import Place
from shared.http.audit import audit
from shared.http.parts import use
from shared.http.problems import not_found
from shared.http.routing import new_router
from shared.http.sse import (
    STREAM_RESPONSES,
    EventStream,
    LimitQuery,
    StreamItem,
    event_stream,
)
from shared.identity.tokens import Identity

router = new_router("live")

NOT_OFTENER_S: Final = 1.0
"""Positions come from many phones at once; a map needs no more than one picture a second."""


class RescuerNow(Out):
    """A rescuer who has accepted."""

    alert_id: str
    rescuer_id: str
    task: Task
    aed_id: str | None
    state: AlertState
    place: Place | None
    located_at: AwareDatetime | None
    expected_at: AwareDatetime | None


class UnitNow(Out):
    """A unit that was ordered, where it last told to be."""

    order_id: str
    unit_id: str
    kind: UnitKind
    state: OrderState
    place: Place | None = Field(description="Its station's, when it has told nothing")
    located_at: AwareDatetime | None
    expected_at: AwareDatetime | None


class LiveOut(Out):
    """Everybody who comes, whole each time."""

    incident_id: str
    rescuers: list[RescuerNow]
    units: list[UnitNow]


@router.get("/incidents/{incident_id}/live", response_class=EventStream, responses=STREAM_RESPONSES)
async def stream_live(
    request: Request,
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    news: Annotated[News, use(News)],
    picture: Annotated[Picture, use(Picture)],
    limit_s: LimitQuery = None,
) -> EventStream:
    """Events `live` with everybody's place, at most one a second, only when something changed.

    Reading places is audited: whenever the place of somebody is shown who was not shown before.
    """
    async with desk.read() as connection:
        if await incidents.get(connection, incident_id) is None:
            raise not_found("incident", incident_id)
    return event_stream(request, _pictures(desk, news, picture, incident_id, who), limit_s=limit_s)


async def _pictures(
    desk: Desk, news: News, picture: Picture, incident_id: str, who: Identity
) -> AsyncIterator[StreamItem]:
    shown: set[str] = set()
    last = ""
    number = 0
    while True:
        heard = news.listen()
        async with desk.read() as connection:
            now = desk.clock.now()
            people = [a for a in await alerts.of_incident(connection, incident_id) if a.accepted]
            crews = [o for o in await orders.of_incident(connection, incident_id) if o.active]
            located = {a.rescuer_id for a in people if a.located_at is not None}
            if located - shown:
                await audit(
                    connection,
                    actor=who.actor,
                    action="read_location",
                    subject=incident_id,
                    now=now,
                    detail={"rescuers": " ".join(sorted(located - shown)), "live": True},
                )
                shown |= located
        document = LiveOut(
            incident_id=incident_id,
            rescuers=[_rescuer(alert) for alert in people],
            units=[_unit(order, picture) for order in crews],
        ).model_dump_json()
        if document != last:
            last = document
            number += 1
            yield StreamItem(id=str(number), event="live", data=document)
            await asyncio.sleep(NOT_OFTENER_S)
        await heard.wait()


def _rescuer(alert: Alert) -> RescuerNow:
    place = None
    if alert.latitude is not None and alert.longitude is not None:
        place = Place(latitude=alert.latitude, longitude=alert.longitude)
    return RescuerNow(
        alert_id=alert.id,
        rescuer_id=alert.rescuer_id,
        task=alert.task,
        aed_id=alert.aed_id,
        state=alert.state,
        place=place,
        located_at=alert.located_at,
        expected_at=_expected(alert.sent_at, alert.eta_s),
    )


def _unit(order: Order, picture: Picture) -> UnitNow:
    record = picture.units.get(order.unit_id)
    return UnitNow(
        order_id=order.id,
        unit_id=order.unit_id,
        kind=order.kind,
        state=order.state,
        place=None
        if record is None
        else Place(latitude=record.latitude, longitude=record.longitude),
        located_at=None if record is None else record.state_at,
        expected_at=_expected(order.notified_at, order.eta_s),
    )


def _expected(sent_at: datetime, eta_s: float | None) -> datetime | None:
    return None if eta_s is None else sent_at + timedelta(seconds=eta_s)
