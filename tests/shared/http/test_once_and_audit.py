"""Commands that are sent twice happen once; who looked is written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import BaseModel

from shared.database.migrate import apply
from shared.database.pool import make_pool
from shared.http.audit import audit, audited
from shared.http.idempotency import KEPT_FOR, Answer, once
from shared.http.problems import Problem
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.service import REGISTRY_MIGRATIONS
from shared.settings import ServiceSettings

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ANN = Identity(Role.RESCUER, "ann")


class Command(BaseModel):
    step: str


class Done(BaseModel):
    number: int


@pytest.fixture
async def pool(database_url: str, schema: str) -> AsyncIterator[asyncpg.Pool[Any]]:
    settings = ServiceSettings(service=schema, database_url=database_url)
    made = await make_pool(settings, schema=schema)
    await apply(made, schema, [REGISTRY_MIGRATIONS])
    await made.execute("CREATE TABLE deeds (number int GENERATED ALWAYS AS IDENTITY, step text)")
    yield made
    await made.close()


async def do(
    pool: asyncpg.Pool[Any],
    key: str | None,
    step: str = "arrived",
    *,
    who: Identity = ANN,
    now: datetime = NOW,
    fail: bool = False,
) -> Answer[Done]:
    async with pool.acquire() as connection, connection.transaction():

        async def work() -> Done:
            number = await connection.fetchval(
                "INSERT INTO deeds (step) VALUES ($1) RETURNING number", step
            )
            await asyncio.sleep(0.05)
            if fail:
                raise RuntimeError("as asked")
            return Done(number=number)

        return await once(
            connection,
            key=key,
            who=who,
            request="POST /me/tasks/a/arrived",
            body=Command(step=step),
            model=Done,
            now=now,
            work=work,
            status=201,
        )


async def deeds(pool: asyncpg.Pool[Any]) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM deeds")
    return found


async def test_sent_again_it_is_answered_again_and_done_once(pool: asyncpg.Pool[Any]) -> None:
    first = await do(pool, "k")
    again = await do(pool, "k")
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.body, again.status) == (first.body, 201)
    assert await deeds(pool) == 1


async def test_sent_twice_at_once_it_is_done_once(pool: asyncpg.Pool[Any]) -> None:
    answers = await asyncio.gather(*(do(pool, "k") for _ in range(4)))
    assert len({answer.body.number for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False, True, True, True]
    assert await deeds(pool) == 1


async def test_another_command_under_the_key_is_422(pool: asyncpg.Pool[Any]) -> None:
    await do(pool, "k")
    with pytest.raises(Problem) as refused:
        await do(pool, "k", "departed")
    assert (refused.value.status, refused.value.type) == (422, "idempotency-key-reused")
    assert await deeds(pool) == 1


async def test_keys_are_each_clients_own(pool: asyncpg.Pool[Any]) -> None:
    await do(pool, "k")
    await do(pool, "k", who=Identity(Role.RESCUER, "bob"))
    await do(pool, None)
    await do(pool, None)
    assert await deeds(pool) == 4


async def test_what_failed_is_done_when_sent_again(pool: asyncpg.Pool[Any]) -> None:
    with pytest.raises(RuntimeError):
        await do(pool, "k", fail=True)
    assert not (await do(pool, "k")).repeated
    assert await deeds(pool) == 1


async def test_old_answers_are_forgotten(pool: asyncpg.Pool[Any]) -> None:
    await do(pool, "old")
    await do(pool, "new", now=NOW + KEPT_FOR + timedelta(seconds=1))
    assert await pool.fetch("SELECT key FROM idempotency") == [("new",)]


async def test_who_looked_is_written_with_the_read(pool: asyncpg.Pool[Any]) -> None:
    async with pool.acquire() as connection:
        for actor in ("dispatcher:ann", "dispatcher:bob"):
            await audit(
                connection,
                actor=actor,
                action="presence.read",
                subject="r-1",
                now=NOW,
                detail={"incident_id": "inc-1"},
            )
        lines = await audited(connection, "r-1")
        assert [(line["actor"], line["detail"]) for line in lines] == [
            ("dispatcher:bob", {"incident_id": "inc-1"}),
            ("dispatcher:ann", {"incident_id": "inc-1"}),
        ]
        assert await audited(connection, "r-2") == []
