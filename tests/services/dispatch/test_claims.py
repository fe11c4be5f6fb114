"""Nobody and nothing is held twice, however many plan at once, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from services.dispatch.store import claims
from services.dispatch.store.claims import AED, RESCUER, UNIT, Claim
from shared.clock import ManualClock
from shared.identity.tokens import make_key_pair
from tests.services.dispatch.world import NOON, World, moved, running

pytestmark = pytest.mark.integration

ROWS, COLUMNS = 4, 6
RESCUERS, AEDS, AMBULANCES = 18, 4, 7


@asynccontextmanager
async def session(world: World, schema: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(world.dsn, server_settings={"search_path": schema})
    try:
        yield connection
    finally:
        await connection.close()


async def test_many_calls_at_once_on_two_instances_share_nobody(
    kafka_bootstrap: str, database_url: str, schema: str, topics_ready: str
) -> None:
    clock, keys = ManualClock(NOON), make_key_pair()
    where = (kafka_bootstrap, database_url, schema, topics_ready)
    async with (
        running(*where, clock=clock, keys=keys) as one,
        running(*where, clock=clock, keys=keys, instance="2") as two,
    ):
        await asyncio.gather(
            *(one.add_rescuer(f"r{n:02}", 60 * n) for n in range(RESCUERS)),
            *(one.add_aed(f"a{n}", 200 * n) for n in range(AEDS)),
            *(one.add_unit(f"amb{n}", 1_500 + 400 * n) for n in range(AMBULANCES)),
        )
        await two.settle(
            lambda: (
                two.picture.rescuers.placed == RESCUERS
                and len(two.picture.rescuers) == RESCUERS
                and len(two.picture.aeds) == AEDS
                and len(two.picture.units) == AMBULANCES
            )
        )
        # Far enough from each other to be different patients, all around the same few people.
        places = [
            moved(200 * row, 200 * column) for row in range(ROWS) for column in range(COLUMNS)
        ]
        calls = await asyncio.gather(
            *(
                (one, two)[n % 2].call(place={"latitude": a, "longitude": b, "datum": "wgs84"})
                for n, (a, b) in enumerate(places)
            )
        )
        assert all(call["plan"] is not None for call in calls)
        # They also change at once: everybody's first answer is no, and others are asked.
        await asyncio.gather(
            *(
                (two, one)[n % 2].rescuer(alert["rescuer_id"], alert["id"], "decline")
                for n, call in enumerate(calls)
                for alert in call["incident"]["alerts"][:1]
            )
        )
        async with session(one, schema) as connection:
            await _consistent(connection)
            ordered = await connection.fetchval(
                "SELECT count(DISTINCT unit_id) FROM orders WHERE ended_at IS NULL"
            )
            plans = await connection.fetchval("SELECT count(DISTINCT incident_id) FROM plans")
        # No ambulance is left standing while somebody waits for one.
        assert ordered == AMBULANCES
        assert plans == ROWS * COLUMNS


async def _consistent(connection: asyncpg.Connection[Any]) -> None:
    """Claims are exactly what active alerts and orders need, each by one incident."""
    held = {
        (row["kind"], row["entity_id"], row["incident_id"])
        for row in await connection.fetch("SELECT * FROM claims WHERE released_at IS NULL")
    }
    needed = {
        (row["kind"], row["entity_id"], row["incident_id"])
        for row in await connection.fetch(
            """SELECT 'rescuer' AS kind, rescuer_id AS entity_id, incident_id FROM alerts
               WHERE ended_at IS NULL
               UNION SELECT 'aed', aed_id, incident_id FROM alerts
               WHERE ended_at IS NULL AND aed_id IS NOT NULL
               UNION SELECT 'unit', unit_id, incident_id FROM orders WHERE ended_at IS NULL"""
        )
    }
    assert held == needed
    assert len({(kind, entity) for kind, entity, _ in held}) == len(held)


class TestTaking:
    @pytest.fixture
    async def incidents(self, world: World) -> list[str]:
        """Two incidents that hold nothing."""
        return [(await world.call(conscious=True))["incident"]["id"] for _ in range(2)]

    async def test_all_or_none(self, world: World, schema: str, incidents: list[str]) -> None:
        first, second = incidents
        async with session(world, schema) as connection, connection.transaction():
            assert not await claims.take(connection, first, {Claim(RESCUER, "r1", "x")}, NOON)
            wanted = {Claim(RESCUER, "r1", "y"), Claim(UNIT, "u1", "y"), Claim(AED, "a1", second)}
            lost = await claims.take(connection, second, wanted, NOON)
            assert lost == {Claim(RESCUER, "r1", "y")}
            others, own = await claims.held(connection, second)
            assert own == set()
            assert others == {"rescuer": {"r1": first}, "aed": {}, "unit": {}}
            await claims.release(connection, "x", NOON)
            assert not await claims.take(connection, second, wanted, NOON)
            _, own = await claims.held(connection, second)
            assert own == wanted

    async def test_two_that_wait_for_each_other_both_go_on(
        self, world: World, schema: str, incidents: list[str]
    ) -> None:
        first, second = incidents
        async with session(world, schema) as a, session(world, schema) as b:
            async with a.transaction(), b.transaction():
                assert not await claims.take(a, first, {Claim(RESCUER, "r1", "x")}, NOON)
                assert not await claims.take(b, second, {Claim(RESCUER, "r2", "y")}, NOON)
                lost = await asyncio.gather(
                    claims.take(a, first, {Claim(RESCUER, "r2", "x")}, NOON),
                    claims.take(b, second, {Claim(RESCUER, "r1", "y")}, NOON),
                )
                assert {claim.entity_id for part in lost for claim in part} == {"r1", "r2"}
            others, _ = await claims.held(a, "none")
            assert others["rescuer"] == {"r1": first, "r2": second}

    async def test_an_instance_that_hangs_holds_nobody_up(
        self, world: World, schema: str, incidents: list[str]
    ) -> None:
        first, second = incidents
        async with session(world, schema) as stuck, session(world, schema) as lively:
            hanging = stuck.transaction()
            await hanging.start()
            assert not await claims.take(stuck, first, {Claim(RESCUER, "r1", "x")}, NOON)
            async with lively.transaction():
                wanted = {Claim(RESCUER, name, "y") for name in ("r1", "r2", "r3")}
                lost = await claims.take(lively, second, wanted, NOON)
                assert lost == {Claim(RESCUER, "r1", "y")}
                assert not await claims.take(lively, second, wanted - lost, NOON)
            await hanging.rollback()
            # What the stuck one never committed is free again.
            assert not await claims.take(lively, second, lost, NOON)
