"""Tables replayed from a real compacted topic."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.records import PresenceRecord
from shared.messaging.table import Table, follow
from shared.messaging.watch import ConsumerWatch
from tests.shared.messaging.corner import NOW, Corner, Until, as_bytes

pytestmark = pytest.mark.integration

CELLS = ("8a283082a677fff", "8a283082a67ffff", "8a283082a6f7fff")


def presence(key: str, cell: int = 0, seconds: float = 0) -> PresenceRecord:
    return PresenceRecord(
        rescuer_id=key, cell=CELLS[cell], recorded_at=NOW + timedelta(seconds=seconds)
    )


async def publish(corner: Any, *records: tuple[int, str, int | None, int | None]) -> None:
    """(partition, key, cell or None for a tombstone, version or None)."""
    async with AIOKafkaProducer(bootstrap_servers=corner.settings.kafka_bootstrap) as producer:
        for second, (partition, key, cell, version) in enumerate(records):
            time = NOW + timedelta(seconds=second)
            headers = corner.headers(corner.table, f"evt-{second}", key, version=version, time=time)
            value = None if cell is None else presence(key, cell).model_dump_json().encode()
            await producer.send_and_wait(
                corner.settings.topic_prefix + corner.table.name,
                value=value,
                key=key.encode(),
                partition=partition,
                headers=as_bytes(headers),
            )


async def started(corner: Any, **options: Any) -> Table[PresenceRecord]:
    broker = corner.broker()
    table: Table[PresenceRecord] = follow(
        broker, corner.table, table=Table(corner.table), **options
    )
    await broker.start()
    async with asyncio.timeout(20):
        await table.wait_ready()
    return table


async def test_an_empty_topic_is_replayed_at_once(corner: Corner) -> None:
    watch = ConsumerWatch()
    table = await started(corner, watch=watch)
    assert table.ready
    assert len(table) == 0
    assert table.as_of is None
    ready = watch.parts[0].ready
    assert ready is not None
    assert ready().ok


async def test_replay_then_tail_with_tombstones_and_changes_told_in_order(
    corner: Corner, until: Until
) -> None:
    await publish(corner, (0, "R-1", 0, 1), (0, "R-2", 0, 1), (1, "R-3", 0, 1), (0, "R-2", None, 2))
    table = await started(corner)
    assert sorted(table) == ["R-1", "R-3"]
    assert table["R-1"] == presence("R-1")
    assert table.as_of == NOW + timedelta(seconds=3)
    told: list[tuple[str, Any, Any]] = []
    table.on_change(lambda *change: told.append(change))
    assert {key for key, _, _ in told} == {"R-1", "R-3"}
    told.clear()
    await publish(corner, (0, "R-1", 1, 2), (0, "R-4", 2, 1), (0, "R-4", None, 2))
    await until(lambda: len(told) == 3)
    assert told == [
        ("R-1", presence("R-1", 0), presence("R-1", 1)),
        ("R-4", None, presence("R-4", 2)),
        ("R-4", presence("R-4", 2), None),
    ]
    assert table.get("R-4") is None
    assert table.offsets == {0: 6, 1: 1}


MOVE_OLD = [(0, "R-1", 0, 1), (0, "R-1", None, 2)]
MOVE_NEW = [(1, "R-1", 1, 2)]


@pytest.mark.parametrize("order", ["tombstone first", "record first", "replay of new then old"])
async def test_an_entity_that_moved_is_found_whatever_came_first(
    corner: Corner, until: Until, order: str
) -> None:
    if order == "replay of new then old":
        table: Table[PresenceRecord] = Table(corner.table)
        await table.apply_all(await _raw(corner, [*MOVE_NEW], [*MOVE_OLD]))
        assert table["R-1"] == presence("R-1", 1)
        return
    await publish(corner, MOVE_OLD[0])
    table = await started(corner)
    rest = [MOVE_OLD[1], MOVE_NEW[0]]
    await publish(corner, *(rest if order == "tombstone first" else reversed(rest)))
    await until(lambda: table.offsets == {0: 2, 1: 1})
    assert table["R-1"] == presence("R-1", 1)
    held = table.held("R-1")
    assert held is not None
    assert (held.partition, held.version) == (1, 2)


async def test_there_and_back_again_in_every_interleaving(corner: Corner) -> None:
    old = [(0, "R-1", 0, 1), (0, "R-1", None, 2), (0, "R-1", 2, 3)]
    new = [(1, "R-1", 1, 2), (1, "R-1", None, 3)]
    first, second = await _raw(corner, old), await _raw(corner, new)
    for taken in _interleavings(first, second):
        table: Table[PresenceRecord] = Table(corner.table)
        await table.apply_all(taken)
        assert table["R-1"] == presence("R-1", 2), [each.partition for each in taken]


async def test_without_versions_the_time_decides(corner: Corner) -> None:
    records = await _raw(corner, [(0, "R-1", 0, None), (0, "R-1", None, None)])
    moved = await _raw(corner, [(0, "R-9", 0, None), (0, "R-9", 0, None), (1, "R-1", 1, None)])
    table: Table[PresenceRecord] = Table(corner.table)
    await table.apply_all([moved[-1], *records])
    assert table["R-1"] == presence("R-1", 1)


async def test_an_older_version_does_not_come_back(corner: Corner) -> None:
    table: Table[PresenceRecord] = Table(corner.table)
    await table.apply_all(
        await _raw(corner, [(0, "R-1", 1, 5), (0, "R-1", 0, 4), (0, "R-1", 2, 5)])
    )
    assert table["R-1"] == presence("R-1", 2), "an equal version is the same or newer"


async def test_an_unreadable_record_is_skipped_and_told(corner: Corner, until: Until) -> None:
    await publish(corner, (0, "R-1", 0, 1))
    async with AIOKafkaProducer(bootstrap_servers=corner.settings.kafka_bootstrap) as producer:
        await producer.send_and_wait(
            corner.settings.topic_prefix + corner.table.name, b"[]", key=b"R-1", partition=0
        )
    await publish(corner, (0, "R-2", 0, 1))
    watch = ConsumerWatch()
    table = await started(corner, watch=watch)
    assert sorted(table) == ["R-1", "R-2"]
    assert table.skipped == 1
    ready = watch.parts[0].ready
    assert ready is not None
    assert "1 unreadable" in ready().detail


async def test_a_listener_that_fails_freezes_nothing(corner: Corner) -> None:
    table: Table[PresenceRecord] = Table(corner.table)
    told: list[str] = []

    def broken(key: str, old: Any, new: Any) -> None:
        raise RuntimeError("a reader's bug")

    table.on_change(broken)
    table.on_change(lambda key, old, new: told.append(key))
    await table.apply_all(await _raw(corner, [(0, "R-1", 0, 1)]))
    assert told == ["R-1"]
    assert len(table) == 1


async def test_a_restart_after_compaction_finds_the_same(corner: Corner, until: Until) -> None:
    """Compaction leaves gaps and, once a segment is rolled, an end that no record has."""
    name = corner.settings.topic_prefix + corner.table.name
    admin = AIOKafkaAdminClient(bootstrap_servers=corner.settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name])

        async def gone() -> bool:
            return name not in await admin.list_topics()

        await until(gone)
        quick = {
            "cleanup.policy": "compact",
            "segment.ms": "100",
            "min.cleanable.dirty.ratio": "0.01",
            "min.compaction.lag.ms": "0",
            "max.compaction.lag.ms": "1000",
            "delete.retention.ms": "0",
        }
        await admin.create_topics([NewTopic(name, 3, 1, topic_configs=quick)])
    finally:
        await admin.close()
    for version in range(1, 6):
        await publish(corner, *((0, f"R-{number}", version % 3, version) for number in range(10)))
        await asyncio.sleep(0.15)
    await publish(corner, (0, "R-3", None, 6))
    await asyncio.sleep(0.15)
    await publish(corner, (0, "R-9", 2, 6))
    expected = dict(await started(corner))
    assert len(expected) == 9

    async def compacted() -> bool:
        return len(await corner.read_all(corner.table.name)) < 52

    await until(compacted)
    again = await started(corner)
    assert dict(again) == expected
    assert again.offsets[0] == 52


async def test_a_snapshot_serves_until_the_replay_has_caught_up(corner: Corner) -> None:
    await publish(corner, (0, "R-1", 0, 1), (0, "R-2", 0, 1), (1, "R-3", 0, 1))
    before = await started(corner)
    snapshot = before.snapshot()
    await publish(corner, (0, "R-2", None, 2), (0, "R-1", 1, 2))

    broker = corner.broker()
    table: Table[PresenceRecord] = Table(corner.table)
    table.restore(snapshot)
    assert sorted(table) == ["R-1", "R-2", "R-3"]
    assert table.as_of == before.as_of == NOW + timedelta(seconds=2)
    assert not table.ready
    told: dict[str, Any] = {}
    table.on_change(lambda key, old, new: told.update({key: (old, new)}))
    told.clear()
    follow(broker, corner.table, table=table)
    await broker.start()
    await table.wait_ready()
    assert sorted(table) == ["R-1", "R-3"]
    assert told["R-1"] == (presence("R-1"), presence("R-1", 1))
    assert told["R-2"] == (presence("R-2"), None)
    assert "R-3" not in told, "what has not changed is not told"

    other = replace(corner.table, event_type="org.lifering.presence.v2")
    with pytest.raises(ValueError, match="snapshot"):
        Table(other).restore(snapshot)


async def _raw(corner: Any, *parts: list[Any]) -> list[Any]:
    """Records as a consumer would see them, without a broker: offsets count per partition."""
    from aiokafka import ConsumerRecord

    records: list[Any] = []
    for part in parts:
        for number, (partition, key, cell, version) in enumerate(part):
            time = NOW + timedelta(seconds=number)
            value = None if cell is None else presence(key, cell).model_dump_json().encode()
            headers = as_bytes(
                corner.headers(corner.table, f"evt-{number}", key, version=version, time=time)
            )
            records.append(
                ConsumerRecord(
                    topic=corner.table.name,
                    partition=partition,
                    offset=number,
                    timestamp=0,
                    timestamp_type=0,
                    key=key.encode(),
                    value=value,
                    checksum=None,
                    serialized_key_size=0,
                    serialized_value_size=0,
                    headers=headers,
                )
            )
    return records


def _interleavings(first: list[Any], second: list[Any]) -> list[list[Any]]:
    if not first or not second:
        return [[*first, *second]]
    return [
        *([first[0], *rest] for rest in _interleavings(first[1:], second)),
        *([second[0], *rest] for rest in _interleavings(first, second[1:])),
    ]
