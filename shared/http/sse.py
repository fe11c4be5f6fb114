"""Server-sent events: resumable, bounded when asked, ended when the service stops.

A stream is an async iterator of :class:`StreamItem`. While it has nothing to say a comment beats,
so that proxies keep the connection and the client notices a dead one. Clients resume with
``Last-Event-ID``; they read streams with ``fetch`` because ``EventSource`` cannot send a token.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Header, Query, Request
from starlette.responses import StreamingResponse

from shared.http.middleware import route_template
from shared.telemetry.metrics import HTTP_STREAMS

HEARTBEAT_S: Final = 15.0
"""Below the 30–60 s after which proxies close a silent connection."""

RETRY_MS: Final = 2_000
"""How long a client should wait before it comes back, milliseconds."""


_LINE_END: Final = re.compile(r"\r\n|\r|\n")  # str.splitlines would also break at U+2028


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One event of a stream."""

    id: str
    """Where to resume after this one; on one line."""
    event: str
    """What kind it is; on one line."""
    data: str
    """The payload, usually JSON."""

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        lines = "".join(f"data: {line}\n" for line in _LINE_END.split(self.data))
        return f"id: {_one_line(self.id)}\nevent: {_one_line(self.event)}\n{lines}\n".encode()


def _one_line(value: str) -> str:
    if any(character in value for character in "\r\n\0"):
        raise ValueError("id and event of a stream item must be on one line")
    return value


LimitQuery = Annotated[
    float | None,
    Query(
        alias="limit_s",
        gt=0,
        le=3_600,
        allow_inf_nan=False,
        description="End the stream after so many seconds; it goes on for ever when left out",
    ),
]
"""Parameter type of every stream: ``limit_s: LimitQuery = None``."""

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$",
        description="The id of the last event that was received; the stream goes on after it",
    ),
]
"""Parameter type of a resumable stream: ``last_event_id: LastEventId = None``."""

STREAM_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events; a comment `: beat` while there is nothing to say",
        "content": {
            "text/event-stream": {
                # Before OpenAPI 3.2 has itemSchema for it, the schema is that of one event.
                "schema": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "description": "Where to resume after it"},
                        "event": {"type": "string"},
                        "data": {"type": "string", "contentMediaType": "application/json"},
                        "retry": {"type": "integer", "description": "Milliseconds"},
                    },
                }
            }
        },
    }
}
"""The ``responses=`` of a stream's route, with ``response_class=EventStream``."""


class EventStream(StreamingResponse):
    """The response of a stream."""

    media_type = "text/event-stream"


def event_stream(
    request: Request,
    source: AsyncIterator[StreamItem],
    *,
    limit_s: float | None = None,
    heartbeat_s: float = HEARTBEAT_S,
) -> EventStream:
    """The stream of ``source``, until it ends, the client goes, ``limit_s`` is over or we stop."""
    stopping: asyncio.Event = request.app.state.stopping
    gauge = HTTP_STREAMS.labels(request.app.state.settings.service, route_template(request.scope))
    return EventStream(
        _beating(source, stopping, gauge, limit_s, heartbeat_s),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _beating(
    source: AsyncIterator[StreamItem],
    stopping: asyncio.Event,
    gauge: Any,
    limit_s: float | None,
    heartbeat_s: float,
) -> AsyncIterator[bytes]:
    """Items as they come, beats in between. Starlette cancels us when the client goes."""
    loop = asyncio.get_running_loop()
    ends_at = None if limit_s is None else loop.time() + limit_s
    stopped = asyncio.ensure_future(stopping.wait())
    upcoming: asyncio.Future[StreamItem] | None = None
    gauge.inc()
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while True:
            if upcoming is None:
                upcoming = asyncio.ensure_future(anext(source))
            wait_s = heartbeat_s if ends_at is None else min(heartbeat_s, ends_at - loop.time())
            if wait_s <= 0:
                return
            waited: set[asyncio.Future[Any]] = {upcoming, stopped}
            await asyncio.wait(waited, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if upcoming.done():
                try:
                    item = upcoming.result()
                except StopAsyncIteration:
                    upcoming = None
                    return
                upcoming = None
                yield item.encoded()
            elif stopped.done():
                return
            else:
                yield b": beat\n\n"
    finally:
        gauge.dec()
        stopped.cancel()
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.wait({upcoming})
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()
