"""The pool: its own schema, jsonb as Python, and no endless waits."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import pytest

from shared.database.pool import make_pool

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Settings:
    database_url: str
    service: str = "dispatch"
    instance: str = "1"


async def test_it_works_in_its_schema_and_speaks_json(database_url: str, schema: str) -> None:
    pool = await make_pool(Settings(database_url), schema=schema)
    try:
        await pool.execute("CREATE TABLE notes (body jsonb)")
        await pool.execute("INSERT INTO notes VALUES ($1)", {"词": [1, None, True]})
        assert await pool.fetchval("SELECT body FROM notes") == {"词": [1, None, True]}
        assert await pool.fetchval("SELECT current_schema()") == schema
        assert await pool.fetchval("SHOW timezone") == "UTC"
        name = await pool.fetchval("SHOW application_name")
        assert name == "lifering dispatch 1"
    finally:
        await pool.close()


async def test_waiting_for_a_connection_ends(database_url: str, schema: str) -> None:
    pool = await make_pool(Settings(database_url), schema=schema, min_size=1, max_size=1)
    try:
        async with pool.acquire():
            with pytest.raises(TimeoutError):
                await pool.acquire(timeout=0.05)
    finally:
        await pool.close()


async def test_a_database_that_is_away_is_an_error_after_the_wait() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            await make_pool(Settings(f"postgresql://x@127.0.0.1:{port}/x"), wait_s=0.3)
