"""The streams: everything that happens in all incidents, and a station's orders as they change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

from fastapi import Query, Request

from services.dispatch.api.attention import attention_out
from services.dispatch.api.incidents import DeskPart, Dispatcher
from services.dispatch.api.orders import Crew, station_of
from services.dispatch.api.responses import AllAttention, StreamedEntry
from services.dispatch.api.views import order_out
from services.dispatch.domain.models import Order
from services.dispatch.store import orders, timeline
from services.dispatch.store.attention import of_open as attention_of_open
from services.dispatch.work.desk import Desk
from services.dispatch.work.news import News
from shared.http.parts import use
from shared.http.problems import invalid
from shared.http.routing import new_router
from shared.http.sse import (
    STREAM_RESPONSES,
    EventStream,
    LastEventId,
    LimitQuery,
    StreamItem,
    event_stream,
)

router = new_router("stream")

LATE_COMMIT = timedelta(seconds=10)
"""How long an entry may become visible after a later one: transactions here take milliseconds."""


@router.get("/incidents/stream", response_class=EventStream, responses=STREAM_RESPONSES)
async def stream_incidents(
    request: Request,
    _: Dispatcher,
    desk: DeskPart,
    news: Annotated[News, use(News)],
    last_event_id: LastEventId = None,
    limit_s: LimitQuery = None,
    attention: Annotated[
        bool, Query(description="Also events `attention`: who has which incident open or holds it")
    ] = False,
) -> EventStream:
    """Timeline entries of all incidents as they are recorded; resumes after Last-Event-ID.

    After a reconnection the entries of the last ten seconds may come again: (incident, sequence)
    tells them apart.
    """
    if last_event_id is None:
        async with desk.read() as connection:
            position = await timeline.last_position(connection)
    elif last_event_id.isdigit() and len(last_event_id) < 19:
        position = int(last_event_id)
    else:
        raise invalid("Last-Event-ID", "is not one of ours", "send the last id", where="header")
    return event_stream(request, _entries(desk, news, position, told=attention), limit_s=limit_s)


async def _entries(
    desk: Desk, news: News, position: int, *, told: bool
) -> AsyncIterator[StreamItem]:
    sent: dict[int, None] = {}
    start = position
    last_told: str | None = None
    while True:
        heard = news.listen()
        async with desk.read() as connection:
            entries = await timeline.after(
                connection, position, recent_since=desk.clock.now() - LATE_COMMIT
            )
            held = await attention_of_open(connection, desk.clock.now()) if told else []
        fresh = [e for e in entries if e.position not in sent and e.position > start]
        for entry in fresh:
            sent[entry.position] = None
            position = max(position, entry.position)
            item = StreamedEntry(
                incident_id=entry.incident_id,
                sequence=entry.sequence,
                event=entry.event,
                at=entry.at,
                by=entry.by,
                detail=entry.detail,
            )
            yield StreamItem(id=str(position), event=entry.event.value, data=item.model_dump_json())
        if told:
            # Whole each time: it is small, and a console that comes back needs no second request.
            now_told = AllAttention(incidents=[attention_out(each) for each in held])
            document = now_told.model_dump_json()
            if document != last_told:
                last_told = document
                yield StreamItem(id=str(position), event="attention", data=document)
        while len(sent) > 10_000:
            del sent[next(iter(sent))]
        if not fresh:
            await heard.wait()


@router.get("/orders/stream", response_class=EventStream, responses=STREAM_RESPONSES)
async def stream_orders(
    request: Request,
    who: Crew,
    desk: DeskPart,
    news: Annotated[News, use(News)],
    limit_s: LimitQuery = None,
) -> EventStream:
    """Orders that are on, then every change of them; a station sees its own units' only.

    Each event `order` is the order as it is now, so nothing has to be resumed: a stream that comes
    back begins with all that are on. What ended while nobody listened is not told.
    """
    return event_stream(request, _orders(desk, news, station_of(who)), limit_s=limit_s)


async def _orders(desk: Desk, news: News, station_id: str | None) -> AsyncIterator[StreamItem]:
    told: dict[str, Order] = {}
    while True:
        heard = news.listen()
        async with desk.read() as connection:
            now_on = await orders.active(connection, station_id=station_id)
            gone = set(told) - {order.id for order in now_on}
            ended = [await orders.get(connection, order_id) for order_id in sorted(gone)]
        for order in (*ended, *now_on):
            if order is None or told.get(order.id) == order:
                continue
            if order.active:
                told[order.id] = order
            else:
                del told[order.id]
            yield StreamItem(
                id=f"{order.id}.{order.sequence}",
                event="order",
                data=order_out(order).model_dump_json(),
            )
        await heard.wait()
