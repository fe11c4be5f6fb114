"""Positions to presence on the real servers: what is published, what is not, what is forgotten."""

from __future__ import annotations

import pytest

from shared.contracts.topics import POSITIONS, PRESENCE, RESCUERS
from shared.geometry.cells import cell_of, shard_of_cell
from shared.identity.roles import Role
from tests.services.rescuer_location.world import (
    HOME,
    Running,
    World,
    eventually,
    far_cell,
    partition_of_cell,
    row,
)

pytestmark = pytest.mark.integration

NEXT_DOOR = cell_of(26.2650, 117.6400)


async def test_only_changes_of_cell_are_published(world: World, service: Running) -> None:
    await service.register(row("R-1"), row("S-1"), row("S-2"))
    await world.send(world.position("R-1", HOME, 20), world.position("R-1", HOME, 10))
    await service.until_handled("S-1")
    assert await service.live_cell("R-1") == HOME
    await world.send(world.position("R-1", HOME, 5), world.position("R-1", NEXT_DOOR, 1))
    await service.until_handled("S-2")
    mine = [each for each in await world.presences() if each[0] == "R-1"]
    assert mine == [
        ("R-1", partition_of_cell(HOME), HOME),
        ("R-1", partition_of_cell(NEXT_DOOR), NEXT_DOOR),
    ]


async def test_what_does_not_count_changes_nothing(world: World, service: Running) -> None:
    await service.register(
        row("R-1"),
        row("R-2", consent={"alerts": True, "location": False}),
        row("S-1"),
        row("S-2"),
    )
    await world.send(world.position("R-1", HOME, 10))
    await service.until_handled("S-1")
    await world.send(
        world.position("R-1", NEXT_DOOR, 11),  # out of order
        world.position("R-1", NEXT_DOOR, 10),  # a repetition
        world.position("R-1", NEXT_DOOR, 1_000),  # stale
        world.position("R-1", NEXT_DOOR, -61),  # from the future
        world.position("R-2", NEXT_DOOR, 1),  # no consent
        world.position("R-9", NEXT_DOOR, 1),  # nobody
    )
    await service.until_handled("S-2")
    assert await service.live_cell("R-1") == HOME
    assert {key for key, _, _ in await world.presences()} == {"R-1", "S-1", "S-2"}
    ready = await service.call("GET", "/ready", role=None)
    assert ready.status_code == 200, ready.text
    dead = await service.call("GET", "/metrics", role=None)
    assert 'lifering_positions_total{outcome="out_of_order"}' in dead.text


async def test_moving_to_another_shard_leaves_a_tombstone(world: World, service: Running) -> None:
    far = far_cell(partition_of_cell(HOME))
    await service.register(row("R-1"), row("S-1"))
    await world.send(world.position("R-1", HOME, 10))
    await eventually(lambda: _live_at(service, "R-1", HOME))
    await world.send(world.position("R-1", far, 5))
    await eventually(lambda: _live_at(service, "R-1", far))
    mine = {each[1:] for each in await world.presences() if each[0] == "R-1"}
    assert mine == {
        (partition_of_cell(HOME), HOME),
        (partition_of_cell(HOME), None),
        (partition_of_cell(far), far),
    }
    arrived = next(
        record
        for record in await world.records(PRESENCE)
        if record.key == b"R-1" and record.partition == partition_of_cell(far)
    )
    headers = dict(arrived.headers)
    assert headers["ce_shard"].decode() == str(shard_of_cell(far))
    assert headers["ce_type"].decode() == PRESENCE.event_type


async def _live_at(service: Running, rescuer_id: str, cell: str) -> bool:
    return await service.live_cell(rescuer_id) == cell


async def test_a_restart_knows_what_was_published_and_publishes_nothing_again(
    world: World,
) -> None:
    async with world.running() as service:
        await service.register(row("R-1"), row("S-1"), row("S-2"))
        await world.send(world.position("R-1", HOME, 20))
        await service.until_handled("S-1")
    before = await world.presences()
    async with world.running() as service:
        assert await service.live_cell("R-1") == HOME
        await world.send(world.position("R-1", HOME, 20), world.position("R-1", HOME, 2))
        await service.until_handled("S-2")
        after = await world.presences()
    assert [each for each in after if each[0] != "S-2"] == before


async def test_positions_are_repeated_when_offsets_were_not_committed(world: World) -> None:
    """A crash between publishing and committing: the same positions come in once more."""
    async with world.running() as service:
        await service.register(row("R-1"), row("S-1"), row("S-2"))
        await world.send(world.position("R-1", HOME, 20), world.position("R-1", NEXT_DOOR, 10))
        await service.until_handled("S-1")
    before = await world.presences()
    await world.rewind(POSITIONS)
    async with world.running() as service:
        await service.until_handled("S-2")
        after = await world.presences()
    assert [each for each in after if each[0] != "S-2"] == before


async def test_an_unchanged_cell_is_told_again_before_it_grows_old(
    world: World, service: Running
) -> None:
    await service.register(row("R-1"), row("S-1"))
    await world.send(world.position("R-1", HOME, 0))
    await eventually(lambda: _live_at(service, "R-1", HOME))
    world.clock.advance(301)
    await world.send(world.position("R-1", HOME, 0))
    await service.until_handled("S-1")
    assert [each for each in await world.presences() if each[0] == "R-1"] == [
        ("R-1", partition_of_cell(HOME), HOME)
    ] * 2
    assert (await service.own("R-1"))["live"]["age_s"] == 0


async def test_withdrawing_consent_deletes_the_live_place(world: World, service: Running) -> None:
    await service.register(row("R-1"), row("S-1"))
    await world.send(world.position("R-1", HOME, 1))
    await eventually(lambda: _live_at(service, "R-1", HOME))
    answer = await service.call(
        "PATCH",
        "/me/rescuer",
        {"consent": {"location": False}},
        role=Role.RESCUER,
        subject="R-1",
    )
    assert answer.status_code == 200
    assert answer.json()["consent"] == {
        "alerts": True,
        "location": False,
        "at": "2026-03-02T02:00:00Z",
    }
    assert await service.live_cell("R-1") is None

    async def deleted() -> bool:
        return ("R-1", partition_of_cell(HOME), None) in await world.presences()

    await eventually(deleted)
    await world.send(world.position("R-1", NEXT_DOOR, 0))
    await service.until_handled("S-1")
    mine = [cell for key, _, cell in await world.presences() if key == "R-1"]
    assert mine == [HOME, None]


async def test_the_silent_and_those_who_may_not_be_kept_are_forgotten(world: World) -> None:
    async with world.running(presence_tidy_every_s=0.05) as service:
        await service.register(row("R-1"), row("R-2"), row("R-3"))
        await world.send(*(world.position(each, HOME, 0) for each in ("R-1", "R-2", "R-3")))
        await eventually(lambda: _live_at(service, "R-3", HOME))
        # An upload takes consent away; nobody tells presence about it.
        await service.register(row("R-2", consent={"alerts": True, "location": False}))

        async def is_gone(key: str) -> bool:
            return (key, partition_of_cell(HOME), None) in await world.presences()

        await eventually(lambda: is_gone("R-2"))
        assert not await is_gone("R-1")
        world.clock.advance(7_000)
        await world.send(world.position("R-1", HOME, 0))
        await eventually(lambda: _young(service, "R-1"))
        world.clock.advance(300)
        await eventually(lambda: is_gone("R-3"))
        assert not await is_gone("R-1")


async def _young(service: Running, rescuer_id: str) -> bool:
    live = (await service.own(rescuer_id))["live"]
    return live is not None and live["age_s"] < 1_000


async def test_no_coordinate_anywhere(world: World, service: Running) -> None:
    """Raw bytes of every topic and every table, against the coordinates that were sent."""
    place = {"latitude": 26.251234, "longitude": 117.619876, "datum": "wgs84", "accuracy_m": 12.34}
    created = await service.call(
        "POST", "/rescuers", row("R-1", places=[{"kind": "home", "place": place}])
    )
    assert created.status_code == 201, created.text
    bulk = row("R-2", places=[{"kind": "work", "place": place, "hours": "Mo-Fr 08:00-18:00"}])
    await service.register(bulk)
    refused = await service.call(
        "PATCH",
        "/me/rescuer",
        {"places": [{"kind": "other", "place": place}]},
        role=Role.RESCUER,
        subject="R-1",
    )
    assert refused.status_code == 422
    assert "computed on the phone" in refused.json()["errors"][0]["mend"]
    cell = cell_of(26.251234, 117.619876)

    async def all_published() -> bool:
        return len(await world.records(RESCUERS)) == 2

    await eventually(all_published)
    tables = await world.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", world.schema
    )
    dumps = [
        str(found["everything"])
        for table in tables
        for found in await world.sql(f'SELECT t::text AS everything FROM "{table["table_name"]}" t')
    ]
    records = await world.records(RESCUERS)
    assert any(cell in dump for dump in dumps)
    assert any(cell.encode() in (record.value or b"") for record in records)
    haystack = "\n".join(dumps) + "\n".join(
        f"{record.key!r}{record.value!r}{record.headers!r}" for record in records
    )
    for digits in ("26.2512", "117.6198", "12.34"):
        assert digits not in haystack
    assert "张" not in "".join(repr(record.value) for record in records)
    assert b"138 0000" not in b"".join(record.value or b"" for record in records)
    assert b"C-R-1" not in b"".join(record.value or b"" for record in records)


async def test_before_the_replay_nobody_is_said_to_be_nowhere(
    world: World, service: Running
) -> None:
    await service.register(row("R-1"))
    async with world.running(ready=False, kafka_bootstrap="127.0.0.1:9", kafka_wait_s=0) as alone:
        answer = await alone.call("GET", "/me/presence", role=Role.RESCUER, subject="R-1")
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        entry = await alone.call("GET", "/me/rescuer", role=Role.RESCUER, subject="R-1")
        assert entry.status_code == 200


async def test_leaving_the_register_deletes_the_live_place(world: World, service: Running) -> None:
    await service.register(row("R-1"))
    await world.send(world.position("R-1", HOME, 1))
    await eventually(lambda: _live_at(service, "R-1", HOME))
    retired = await service.call("DELETE", "/rescuers/R-1", if_match=1)
    assert retired.status_code == 200

    async def deleted() -> bool:
        return ("R-1", partition_of_cell(HOME), None) in await world.presences()

    await eventually(deleted)
