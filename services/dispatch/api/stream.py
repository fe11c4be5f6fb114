"""The dispatchers' stream: everything that happens in all incidents, at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

from fastapi import Request

from services.dispatch.api.incidents import DeskPart, Dispatcher
from services.dispatch.api.responses import StreamedEntry
from services.dispatch.store import timeline
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
    return event_stream(request, _entries(desk, news, position), limit_s=limit_s)


async def _entries(desk: Desk, news: News, position: int) -> AsyncIterator[StreamItem]:
    sent: dict[int, None] = {}
    start = position
    while True:
        heard = news.listen()
        async with desk.read() as connection:
            entries = await timeline.after(
                connection, position, recent_since=desk.clock.now() - LATE_COMMIT
            )
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
        while len(sent) > 10_000:
            del sent[next(iter(sent))]
        if not fresh:
            await heard.wait()
