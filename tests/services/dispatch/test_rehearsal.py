"""While no call comes, decisions are rehearsed; nothing comes of them but a number."""

from __future__ import annotations

import asyncio

import asyncpg
from prometheus_client import REGISTRY

from tests.services.dispatch.world import World


def rehearsed() -> float:
    return REGISTRY.get_sample_value("lifering_rehearsal_seconds_count") or 0.0


async def test_dispatch_rehearses_and_nobody_is_sent(city: World, schema: str) -> None:
    before = rehearsed()
    async with asyncio.timeout(60):
        while rehearsed() == before:  # noqa: ASYNC110 (a metric tells nobody)
            await asyncio.sleep(0.05)
    connection = await asyncpg.connect(city.dsn, server_settings={"search_path": schema})
    try:
        assert await connection.fetchval("SELECT count(*) FROM plans") == 0
        assert await connection.fetchval("SELECT count(*) FROM alerts") == 0
    finally:
        await connection.close()
