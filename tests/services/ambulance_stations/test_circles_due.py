"""Asking for circles and answering, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from services.ambulance_stations.domain import stations as station_rules
from services.ambulance_stations.domain import units as unit_rules
from services.ambulance_stations.domain.circles import circles_of
from services.ambulance_stations.main import MIGRATIONS
from services.ambulance_stations.settings import Settings
from services.ambulance_stations.store import CircleStore, StationStore, UnitStore
from services.ambulance_stations.store.circles import ask_for_circles
from services.ambulance_stations.work.circles import CircleMaker
from shared.clock import ManualClock
from shared.database.migrate import apply
from shared.database.pool import make_pool
from shared.decision.policy import default_policy
from shared.service import REGISTRY_MIGRATIONS
from tests.services.ambulance_stations.conftest import NOW

pytestmark = pytest.mark.integration
Row = Callable[..., dict[str, Any]]


@pytest.fixture
async def pool(database_url: str, schema: str) -> AsyncIterator[asyncpg.Pool[Any]]:
    settings = Settings(service=schema, database_url=database_url)
    pool = await make_pool(settings, schema=schema)
    await apply(pool, schema, [REGISTRY_MIGRATIONS, MIGRATIONS])
    yield pool
    await pool.close()


@pytest.fixture
async def circles(pool: asyncpg.Pool[Any], station_row: Row, unit_row: Row) -> CircleStore:
    """A register with one station and one unit, in which nobody works circles out."""
    units = UnitStore(pool, source="test")
    stations = StationStore(pool, units, source="test")
    station = station_rules.StationRow.model_validate(station_row())
    await stations.create(station_rules.registered(station), by="test", now=NOW)
    unit = unit_rules.UnitRow.model_validate(unit_row())
    await units.create(unit_rules.registered(unit, NOW), by="test", now=NOW)
    return CircleStore(pool, source="test")


async def test_an_answer_to_an_earlier_asking_is_not_kept(
    circles: CircleStore, pool: asyncpg.Pool[Any]
) -> None:
    (early,) = await circles.due(10)
    answer = circles_of(early.latitude, early.longitude, early.fleets, default_policy())
    async with pool.acquire() as connection:
        await ask_for_circles(connection, ["ST-1", "ST-1"])
    assert not await circles.write(early, answer, policy="p", now=NOW)
    assert await circles.find("ST-1") is None
    (late,) = await circles.due(10)
    assert await circles.write(late, answer, policy="p", now=NOW)
    assert not await circles.write(late, answer, policy="p", now=NOW)
    found = await circles.find("ST-1")
    assert found is not None
    assert (found.version, list(found.circles)) == (1, answer)
    assert await circles.due(10) == []


async def test_the_same_answer_again_is_no_new_version_and_no_event(
    circles: CircleStore, pool: asyncpg.Pool[Any]
) -> None:
    maker = CircleMaker(circles, default_policy(), clock=ManualClock(NOW))
    assert await maker.make_some() == 1
    assert await maker.make_some() == 0
    async with pool.acquire() as connection:
        await ask_for_circles(connection, ["ST-1"])
    assert await maker.make_some() == 1
    found = await circles.find("ST-1")
    assert found is not None
    assert found.version == 1
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE topic = 'circles'") == 1


async def test_other_numbers_ask_for_every_circle_again(circles: CircleStore) -> None:
    maker = CircleMaker(circles, default_policy(), clock=ManualClock(NOW))
    await maker.make_some()
    await circles.ask_again_unless(maker.policy_name)
    assert await circles.due(10) == []
    await circles.ask_again_unless("other 1")
    assert [due.station_id for due in await circles.due(10)] == ["ST-1"]


async def test_an_answer_waits_for_who_changes_the_station_and_never_the_other_way(
    circles: CircleStore, pool: asyncpg.Pool[Any]
) -> None:
    """Locks are taken station first: otherwise this would be a deadlock."""
    (due,) = await circles.due(10)
    answer = circles_of(due.latitude, due.longitude, due.fleets, default_policy())
    async with pool.acquire() as changing, asyncio.TaskGroup() as group, changing.transaction():
        await changing.execute("SELECT 1 FROM stations WHERE id = 'ST-1' FOR UPDATE")
        written = group.create_task(circles.write(due, answer, policy="p", now=NOW))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        while not await changing.fetchval(waiting):  # noqa: ASYNC110 (the server tells)
            await asyncio.sleep(0.01)
        await ask_for_circles(changing, ["ST-1"])
    assert written.result() is False
    assert [each.asked > due.asked for each in await circles.due(10)] == [True]
