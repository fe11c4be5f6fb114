"""Passing a request on to an instance of a service, and to another one when that is safe.

Bodies stream both ways and nothing is buffered beyond a small request body (so that it can be sent
again); an event stream reaches the client chunk by chunk. Only the beginning of an answer is waited
for here: once it has begun it is the client's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

import httpx

from services.gateway.domain.headers import Headers, to_client, to_upstream
from services.gateway.domain.retrying import SAFE_METHODS, may_repeat
from services.gateway.domain.upstreams import Upstreams
from shared.telemetry.logs import logger

log = logger(__name__)

EVENT_STREAM = "text/event-stream"

NEVER_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before the first byte was sent."""


class NoUpstream(Exception):  # noqa: N818 - a state of the world
    """No instance answered. ``reached``: whether the command may have been carried out."""

    def __init__(self, service: str, *, reached: bool, configured: bool = True) -> None:
        super().__init__(service)
        self.service = service
        self.reached = reached
        self.configured = configured


class _Body:
    """A request body that is sent as it comes in, and knows whether it can be sent again."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.started = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.started = True
        async for chunk in self._chunks:
            yield chunk


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A request to pass on."""

    method: str
    raw_target: bytes
    """Path and query as they came, percent-encoded, without the gateway's own prefix."""
    headers: Headers
    extra: Headers
    """Headers that the gateway itself adds."""
    body: bytes | AsyncIterator[bytes]
    ends: asyncio.Event | None = None
    """Set when whoever asks is signed out: what they listen to ends."""

    @property
    def has_idempotency_key(self) -> bool:
        """Whether its sender made it repeatable."""
        return any(name.lower() == b"idempotency-key" for name, _ in self.headers)

    @property
    def wants_event_stream(self) -> bool:
        """Whether its sender will go on listening."""
        return any(
            name.lower() == b"accept" and EVENT_STREAM.encode() in value
            for name, value in self.headers
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The beginning of an answer, and the rest of it as a stream."""

    status: int
    headers: Headers
    chunks: AsyncIterator[bytes]


class Forwarder:
    """Passes requests on to services."""

    def __init__(
        self,
        *,
        requests: httpx.AsyncClient,
        streams: httpx.AsyncClient,
        upstreams: Upstreams,
        stopping: asyncio.Event,
        now_s: Callable[[], float],
    ) -> None:
        """``now_s``: seconds of a monotonic clock; ``stopping`` ends the event streams.

        Two clients, because a connection pool walks through all of its connections for every
        request: thousands of open streams must not slow the requests down.
        """
        self._requests = requests
        self._streams = streams
        self._upstreams = upstreams
        self._stopping = stopping
        self._now_s = now_s

    async def forward(self, service: str, request: Forwarded) -> Answer:
        """The answer of the first instance that gives one.

        Raises :class:`NoUpstream` when none can be asked, or the one that was asked fell silent
        and the request must not be repeated.
        """
        urls = self._upstreams.order(service, self._now_s())
        if not urls:
            raise NoUpstream(service, reached=False, configured=False)
        body = request.body if isinstance(request.body, bytes) else _Body(request.body)
        repeatable_key = request.has_idempotency_key
        reached = False
        for last, url in ((position == len(urls), url) for position, url in enumerate(urls, 1)):
            try:
                response = await self._send(url, request, body)
            except httpx.TransportError as error:
                self._upstreams.failed(url, self._now_s())
                reached = reached or not isinstance(error, NEVER_REACHED)
                log.warning("upstream_failed", upstream=service, error=type(error).__name__)
                spent = isinstance(body, _Body) and body.started
                if spent or not may_repeat(
                    request.method, reached=reached, idempotency_key=repeatable_key
                ):
                    break
                continue
            if response.status_code == 503 and not last and request.method in SAFE_METHODS:
                # One that is starting or draining says so; another may be ready.
                await response.aclose()
                continue
            self._upstreams.answered(url)
            return Answer(
                status=response.status_code,
                headers=to_client(response.headers.raw),
                chunks=_chunks(response, service, self._stopping, request.ends),
            )
        raise NoUpstream(service, reached=reached)

    async def _send(self, url: str, request: Forwarded, body: bytes | _Body) -> httpx.Response:
        target = httpx.URL(url)
        prefix = target.raw_path.rstrip(b"/")
        client = self._streams if request.wants_event_stream else self._requests
        outgoing = client.build_request(
            request.method,
            target.copy_with(raw_path=prefix + request.raw_target),
            headers=to_upstream(request.headers, request.extra),
            content=body,
        )
        # httpx offers its own encodings and user agent; the client's wishes go on as they are.
        wished = {name.lower() for name, _ in request.headers}
        for name in ("accept", "accept-encoding", "user-agent"):
            if name.encode() not in wished:
                del outgoing.headers[name]
        if isinstance(body, bytes) and not body and b"content-length" not in wished:
            outgoing.headers.pop("content-length", None)
        return await client.send(outgoing, stream=True, follow_redirects=False)


async def _chunks(
    response: httpx.Response, service: str, *ends: asyncio.Event | None
) -> AsyncIterator[bytes]:
    """The bytes of an answer as they come; the connection is given back at its end.

    An event stream that breaks off just ends: clients resume it with ``Last-Event-ID``. Any other
    answer that breaks off must not look complete, so the error goes on to the server.
    """
    is_stream = response.headers.get("content-type", "").startswith(EVENT_STREAM)
    chunks = response.aiter_raw()
    try:
        async for chunk in until(ends, chunks) if is_stream else chunks:
            yield chunk
    except httpx.TransportError as error:
        log.warning("upstream_broke_off", upstream=service, error=type(error).__name__)
        if not is_stream:
            raise
    finally:
        # Also when the client left: the service must not go on streaming to nobody.
        await response.aclose()


async def until(
    ends: Iterable[asyncio.Event | None], chunks: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """The chunks until one of ``ends`` is set: an open stream must not hold up the end."""
    stops = {asyncio.ensure_future(end.wait()) for end in ends if end is not None}
    step: asyncio.Future[bytes] | None = None
    try:
        while not any(stop.done() for stop in stops):
            step = asyncio.ensure_future(anext(chunks))
            await asyncio.wait({step, *stops}, return_when=asyncio.FIRST_COMPLETED)
            if not step.done():
                return
            try:
                yield step.result()
            except StopAsyncIteration:
                return
    finally:
        waiting = [each for each in (*stops, step) if each is not None and not each.done()]
        for each in waiting:
            each.cancel()
        if waiting:
            await asyncio.wait(waiting)
