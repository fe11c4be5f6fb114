"""Streams: items, beats, and an end."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from shared.http import sse
from shared.http.sse import StreamItem, _beating
from shared.telemetry.metrics import HTTP_STREAMS

Token = Callable[..., dict[str, str]]


async def endless() -> AsyncIterator[StreamItem]:
    await asyncio.Event().wait()
    yield StreamItem("never", "never", "")


async def collect(source: AsyncIterator[StreamItem], **bounds: float | None) -> bytes:
    stopping = asyncio.Event()
    gauge = HTTP_STREAMS.labels("test", "/stream")
    limit_s, heartbeat_s = bounds.get("limit_s"), bounds.get("heartbeat_s") or 15.0
    parts = [part async for part in _beating(source, stopping, gauge, limit_s, heartbeat_s)]
    return b"".join(parts)


async def test_items_are_encoded(client: httpx.AsyncClient, token: Token) -> None:
    response = await client.get("/stream?limit_s=5", headers=token())
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.startswith(
        "retry: 2000\n\nid: 0\nevent: tick\ndata: line 0\ndata: second\n\n"
    )
    assert response.text.count("id: ") == 3


async def test_beats_come_while_there_is_nothing_and_the_limit_ends_it() -> None:
    sent = await collect(endless(), limit_s=0.2, heartbeat_s=0.05)
    assert sent.count(b": beat\n\n") >= 1
    assert b"never" not in sent


async def test_a_slow_item_is_not_lost_to_a_beat() -> None:
    async def slow() -> AsyncIterator[StreamItem]:
        await asyncio.sleep(0.12)
        yield StreamItem("1", "late", "x")

    sent = await collect(slow(), heartbeat_s=0.03)
    assert sent.count(b": beat") >= 1
    assert sent.endswith(b"id: 1\nevent: late\ndata: x\n\n")


async def test_stopping_the_service_ends_streams() -> None:
    stopping = asyncio.Event()
    stream = _beating(endless(), stopping, HTTP_STREAMS.labels("test", "/s"), None, 60)
    assert await anext(stream) == f"retry: {sse.RETRY_MS}\n\n".encode()
    ended = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    stopping.set()
    with pytest.raises(StopAsyncIteration):
        await ended


async def test_a_client_that_goes_closes_the_source() -> None:
    closed = asyncio.Event()

    async def source() -> AsyncIterator[StreamItem]:
        try:
            await asyncio.Event().wait()
            yield StreamItem("x", "x", "x")
        finally:
            closed.set()

    gauge = HTTP_STREAMS.labels("test", "/gone")
    stream = _beating(source(), asyncio.Event(), gauge, None, 60)
    await anext(stream)
    assert gauge._value.get() == 1
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert closed.is_set()
    assert gauge._value.get() == 0


async def test_a_failing_source_fails_the_stream() -> None:
    async def failing() -> AsyncIterator[StreamItem]:
        yield StreamItem("1", "ok", "x")
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        await collect(failing())


def test_only_line_ends_end_a_line() -> None:
    encoded = StreamItem("1", "x", "a\u2028b\r\nc\n").encoded().decode()
    assert encoded == "id: 1\nevent: x\ndata: a\u2028b\ndata: c\ndata: \n\n"


def test_an_id_on_two_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="one line"):
        StreamItem("a\nb", "x", "x").encoded()


@pytest.mark.parametrize("limit", ["0", "-1", "3601", "nan", "inf", "x"])
async def test_a_bad_limit_is_422(client: httpx.AsyncClient, token: Token, limit: str) -> None:
    response = await client.get(f"/stream?limit_s={limit}", headers=token())
    assert response.status_code == 422
