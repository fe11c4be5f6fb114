"""A service for the tests of a service's life; started as a process."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import asyncpg
from fastapi import Request

from shared.http.parts import use
from shared.http.routing import new_router
from shared.http.sse import STREAM_RESPONSES, EventStream, StreamItem, event_stream
from shared.service import Service
from shared.settings import ServiceSettings
from shared.telemetry.logs import logger

router = new_router("sample")
log = logger(__name__)


class Counter:
    def __init__(self, pool: Any) -> None:
        self.pool = pool


@router.get("/count")
async def count(counter: Annotated[Counter, use(Counter)]) -> int:
    found: int = await counter.pool.fetchval("SELECT count(*) FROM outbox")
    return found


@router.get("/stream", response_class=EventStream, responses=STREAM_RESPONSES)
async def stream(request: Request) -> EventStream:
    async def nothing() -> AsyncIterator[StreamItem]:
        await asyncio.Event().wait()
        yield StreamItem("never", "never", "never")

    return event_stream(request, nothing())


async def fail_later() -> None:
    raise RuntimeError("as asked")


async def start(service: Service[ServiceSettings]) -> None:
    pool: asyncpg.Pool = await service.database()
    service.on_stop(lambda: log.info("stopping first"))
    service.on_stop(lambda: log.info("stopping second"))
    gate = Path(os.environ["SAMPLE_GATE"])
    while not await asyncio.to_thread(gate.exists):  # noqa: ASYNC110 (the test makes a file)
        await asyncio.sleep(0.02)
    match os.environ.get("SAMPLE_FAIL"):
        case "start":
            raise RuntimeError("as asked")
        case "part":
            service.spawn("part", fail_later())
    service.provide(Counter(pool))


if __name__ == "__main__":
    Service(
        ServiceSettings(),
        title="Sample",
        start=start,
        routers=[router],
        public=("/count", "/stream"),
    ).run()
