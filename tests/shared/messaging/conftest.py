"""A fresh corner of the real servers for each messaging test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from shared.contracts.topics import DELIVERIES, PRESENCE
from shared.messaging.admin import ensure_topics
from tests.shared.messaging.corner import Corner, Settings, Until


@pytest.fixture
async def corner(
    kafka_bootstrap: str, database_url: str, schema: str, topic_prefix: str
) -> AsyncIterator[Corner]:
    """A fresh corner with its topics made."""
    async with AsyncExitStack() as stack:
        corner = Corner(
            Settings("dispatch", kafka_bootstrap, database_url, topic_prefix),
            schema,
            stack,
            replace(DELIVERIES, partitions=2),
            replace(PRESENCE, partitions=3),
        )
        await ensure_topics(kafka_bootstrap, [corner.events, corner.table], prefix=topic_prefix)
        yield corner


@pytest.fixture
def until() -> Until:
    """Waits until something is so; fails after 60 s."""

    async def wait(condition: Callable[[], bool | Awaitable[bool]]) -> None:
        async with asyncio.timeout(60):
            while True:
                answer = condition()
                if answer if isinstance(answer, bool) else await answer:
                    return
                await asyncio.sleep(0.02)

    return wait
