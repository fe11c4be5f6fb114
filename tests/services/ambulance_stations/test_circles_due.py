"""Asking for circles and answering, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.ambulance_stations.domain import stations as station_rules
from services.ambulance_stations.domain import units as unit_rules
from services.ambulance_stations.domain.circles import circles_of
from services.ambulance_stations.main import MIGRATIONS
from services.ambulance_stations.settings import Settings
from services.ambulance_stations.store import CircleStore, MadeWith, StationStore, UnitStore
from services.ambulance_stations.store.circles import ask_for_circles
from services.ambulance_stations.work.circles import CircleMaker
from shared.clock import ManualClock
from shared.contracts.records import CircleRecord
from shared.database.migrate import apply
from shared.database.pool import make_pool
from shared.decision.policy import default_policy
from shared.service import REGISTRY_MIGRATIONS
from shared.streets.graph import save
from shared.streets.synthetic import synthetic_graph
from tests.services.ambulance_stations.conftest import HERE, NOW

pytestmark = pytest.mark.integration
Row = Callable[..., dict[str, Any]]


@pytest.fixture
async def pool(database_url: str, schema: str) -> AsyncIterator[asyncpg.Pool[Any]]:
    settings = Settings(service=schema, database_url=database_url)
    pool = await make_pool(settings, schema=schema)
    await apply(pool, schema, [REGISTRY_MIGRATIONS, MIGRATIONS])
    yield pool
    await pool.close()


OURS = MadeWith("p", None)
POLICY = default_policy()


@pytest.fixture
async def circles(pool: asyncpg.Pool[Any], station_row: Row, unit_row: Row) -> CircleStore:
    """A register with one station and one unit, in which nobody works circles out."""
    units = UnitStore(pool, source="test")
    stations = StationStore(pool, units, source="test")
    station = station_rules.StationRow.model_validate(station_row())
    await stations.create(station_rules.registered(station), by="test", now=NOW)
    unit = unit_rules.UnitRow.model_validate(unit_row())
    await units.create(unit_rules.registered(unit, NOW), by="test", now=NOW)
    store = CircleStore(pool, source="test")
    await store.begin(OURS)
    return store


async def maker_of(circles: CircleStore, streets: Path | str = "") -> CircleMaker:
    """One that has begun."""
    maker = CircleMaker(circles, POLICY, clock=ManualClock(NOW), streets=str(streets))
    await maker.load()
    await maker.begin()
    return maker


async def work(maker: CircleMaker) -> int:
    """Until nothing is due; how many were."""
    total = 0
    while done := await maker.make_some():
        total += done
    return total


async def published(pool: asyncpg.Pool[Any]) -> list[CircleRecord]:
    """What has gone to the outbox, in its order."""
    rows = await pool.fetch("SELECT value FROM outbox WHERE topic = 'circles' ORDER BY id")
    return [CircleRecord.model_validate_json(row["value"]) for row in rows if row["value"]]


async def test_an_answer_to_an_earlier_asking_is_not_kept(
    circles: CircleStore, pool: asyncpg.Pool[Any]
) -> None:
    (early,) = await circles.due(10, OURS)
    answer = circles_of(early.latitude, early.longitude, early.fleets, default_policy())
    async with pool.acquire() as connection:
        await ask_for_circles(connection, ["ST-1", "ST-1"])
    assert not await circles.write(early, answer, made_with=OURS, now=NOW)
    assert await circles.find("ST-1") is None
    (late,) = await circles.due(10, OURS)
    assert await circles.write(late, answer, made_with=OURS, now=NOW)
    assert not await circles.write(late, answer, made_with=OURS, now=NOW)
    found = await circles.find("ST-1")
    assert found is not None
    assert (found.version, list(found.circles)) == (1, answer)
    assert await circles.due(10, OURS) == []


async def test_the_same_answer_again_is_no_new_version_and_no_event(
    circles: CircleStore, pool: asyncpg.Pool[Any]
) -> None:
    maker = await maker_of(circles)
    assert await maker.make_some() == 1
    assert await maker.make_some() == 0
    async with pool.acquire() as connection:
        await ask_for_circles(connection, ["ST-1"])
    assert await maker.make_some() == 1
    found = await circles.find("ST-1")
    assert found is not None
    assert found.version == 1
    assert len(await published(pool)) == 1


async def test_other_numbers_ask_for_every_circle_again(circles: CircleStore) -> None:
    maker = await maker_of(circles)
    await work(maker)
    assert await circles.begin(maker.made_with) == 0
    for other in (MadeWith("other 1", None), MadeWith("other 1", "some streets")):
        assert await circles.begin(other) == 1
        (due,) = await circles.due(10, other)
        assert await circles.write(due, [], made_with=other, now=NOW)
        assert await circles.begin(other) == 0


async def test_new_streets_republish_every_circle_and_the_same_streets_none(
    circles: CircleStore, pool: asyncpg.Pool[Any], streets_folder: Path, tmp_path: Path
) -> None:
    assert await work(await maker_of(circles)) == 1
    assert await work(await maker_of(circles, streets_folder)) == 1
    assert await work(await maker_of(circles, streets_folder)) == 0
    other = synthetic_graph(1_000, seed=2, centre=HERE)
    assert await work(await maker_of(circles, save(other, tmp_path / "other"))) == 1
    assert await work(await maker_of(circles)) == 1
    records = await published(pool)
    assert [(each.version, each.basis, each.streets) for each in records] == [
        (1, "h3-grid", None),
        (2, "streets", streets_folder.name),
        (3, "streets", other.version),
        (4, "h3-grid", None),
    ]
    assert records[0].bands == records[3].bands != records[1].bands


async def test_streets_elsewhere_are_worked_out_once_and_change_nothing(
    circles: CircleStore, pool: asyncpg.Pool[Any], tmp_path: Path
) -> None:
    await work(await maker_of(circles))
    elsewhere = synthetic_graph(1_000, seed=2, centre=(34.34, 134.05))
    folder = save(elsewhere, tmp_path / "elsewhere")
    assert await work(await maker_of(circles, folder)) == 1
    assert await work(await maker_of(circles, folder)) == 0
    assert len(await published(pool)) == 1


async def test_an_instance_with_older_streets_leaves_the_work_to_the_newer_one(
    circles: CircleStore, pool: asyncpg.Pool[Any], streets_folder: Path
) -> None:
    older = await maker_of(circles)
    (taken,) = await circles.due(10, older.made_with)
    newer = await maker_of(circles, streets_folder)
    assert await older.make_some() == 0
    assert not await circles.write(taken, [], made_with=older.made_with, now=NOW)
    assert await work(newer) == 1
    async with pool.acquire() as connection:
        await ask_for_circles(connection, ["ST-1"])
    assert await older.make_some() == 0
    assert await newer.make_some() == 1
    assert [each.streets for each in await published(pool)] == [streets_folder.name]


async def test_what_an_older_version_published_is_published_with_all_modes(
    circles: CircleStore, pool: asyncpg.Pool[Any]
) -> None:
    maker = await maker_of(circles)
    await work(maker)
    await pool.execute("UPDATE circles SET form = 1")
    assert await circles.begin(maker.made_with) == 1
    assert await work(maker) == 1
    assert [each.version for each in await published(pool)] == [1, 2]
    assert await circles.begin(maker.made_with) == 0


async def test_an_answer_waits_for_who_changes_the_station_and_never_the_other_way(
    circles: CircleStore, pool: asyncpg.Pool[Any]
) -> None:
    """Locks are taken station first: otherwise this would be a deadlock."""
    (due,) = await circles.due(10, OURS)
    answer = circles_of(due.latitude, due.longitude, due.fleets, default_policy())
    async with pool.acquire() as changing, asyncio.TaskGroup() as group, changing.transaction():
        await changing.execute("SELECT 1 FROM stations WHERE id = 'ST-1' FOR UPDATE")
        written = group.create_task(circles.write(due, answer, made_with=OURS, now=NOW))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        while not await changing.fetchval(waiting):  # noqa: ASYNC110 (the server tells)
            await asyncio.sleep(0.01)
        await ask_for_circles(changing, ["ST-1"])
    assert written.result() is False
    assert [each.asked > due.asked for each in await circles.due(10, OURS)] == [True]
