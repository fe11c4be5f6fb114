"""One write is one version, one history line and one event; or nothing at all."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from shared.contracts.topics import AEDS
from shared.geometry.cells import partition_of_shard, shard_of_place
from shared.http.etag import IfMatch
from shared.http.paging import Bbox
from shared.http.problems import Problem
from shared.registry.model import Change
from shared.registry.store import RegistryStore
from tests.shared.registry.conftest import NOW, Device, device

pytestmark = pytest.mark.integration

Store = RegistryStore[Device]
ANY = IfMatch(None, any_version=True)


async def events(pool: asyncpg.Pool[Any]) -> list[tuple[str, int, str, bool]]:
    """(key, partition, version, tombstone) of what waits to be published, in order."""
    rows = await pool.fetch("SELECT key, partition, headers, value FROM outbox ORDER BY id")
    return [
        (row["key"], row["partition"], row["headers"]["ce_version"], row["value"] is None)
        for row in rows
    ]


async def test_created_read_replaced_retired(store: Store, pool: asyncpg.Pool[Any]) -> None:
    created = await store.create(device(), by="registrar:ann", now=NOW)
    assert (created.version, created.retired) == (1, False)
    assert await store.get("dev-00001") == created
    replaced, change = await store.replace(
        "dev-00001", device(name="New"), if_match=IfMatch(1), by="registrar:ann", now=NOW
    )
    assert (replaced.version, change) == (2, Change.REPLACED)
    retired, change = await store.retire(
        "dev-00001", if_match=IfMatch(2), by="registrar:bob", now=NOW
    )
    assert (retired.version, retired.retired, change) == (3, True, Change.RETIRED)
    assert await store.get("dev-00001") == retired
    lines = await store.history("dev-00001")
    assert [(line.version, line.change, line.by, line.document.name) for line in lines] == [
        (3, "retired", "registrar:bob", "New"),
        (2, "replaced", "registrar:ann", "New"),
        (1, "created", "registrar:ann", "Device 1"),
    ]
    partition = partition_of_shard(created.shard, AEDS.partitions)
    assert await events(pool) == [
        ("dev-00001", partition, "1", False),
        ("dev-00001", partition, "2", False),
        ("dev-00001", partition, "3", True),
    ]


async def test_zero_zero_is_kept(store: Store) -> None:
    await store.create(device(latitude=0.0, longitude=0.0), by="r:a", now=NOW)
    entry = await store.get("dev-00001")
    assert (entry.latitude, entry.longitude) == (0.0, 0.0)
    assert (await store.page(bbox=Bbox(0, 0, 0, 0)))[0] == [entry]


async def test_a_taken_id_is_409_and_nothing_is_written(
    store: Store, pool: asyncpg.Pool[Any]
) -> None:
    await store.create(device(), by="r:a", now=NOW)
    with pytest.raises(Problem) as refused:
        await store.create(device(name="Other"), by="r:a", now=NOW)
    assert refused.value.status == 409
    assert len(await store.history("dev-00001")) == 1
    assert len(await events(pool)) == 1


async def test_the_same_again_is_no_version_and_no_event(
    store: Store, pool: asyncpg.Pool[Any]
) -> None:
    created = await store.create(device(), by="r:a", now=NOW)
    same, change = await store.replace(
        "dev-00001", device(), if_match=IfMatch(1), by="r:a", now=NOW
    )
    assert (same, change) == (created, Change.UNCHANGED)
    assert len(await events(pool)) == 1


@pytest.mark.parametrize(
    ("if_match", "status"), [(IfMatch(2), 412), (IfMatch(None), 428)], ids=["stale", "none"]
)
async def test_a_stale_version_writes_nothing(store: Store, if_match: IfMatch, status: int) -> None:
    created = await store.create(device(), by="r:a", now=NOW)
    for refused in (
        store.replace("dev-00001", device(name="x"), if_match=if_match, by="r:a", now=NOW),
        store.retire("dev-00001", if_match=if_match, by="r:a", now=NOW),
    ):
        with pytest.raises(Problem) as problem:
            await refused
        assert problem.value.status == status
    assert await store.get("dev-00001") == created


async def test_two_who_change_the_same_version_at_once(store: Store) -> None:
    await store.create(device(), by="r:a", now=NOW)
    outcomes = await asyncio.gather(
        *(
            store.replace("dev-00001", device(name=f"n{n}"), if_match=IfMatch(1), by="r:a", now=NOW)
            for n in range(4)
        ),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    assert [problem.status for problem in refused] == [412, 412, 412]
    assert (await store.get("dev-00001")).version == 2


async def test_two_who_create_the_same_id_at_once(store: Store) -> None:
    outcomes = await asyncio.gather(
        *(store.create(device(name=f"n{n}"), by="r:a", now=NOW) for n in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Problem) for outcome in outcomes) == 3
    assert len(await store.history("dev-00001")) == 1


async def test_what_was_never_there_is_404(store: Store) -> None:
    for call in (
        store.get("x"),
        store.history("x"),
        store.retire("x", if_match=IfMatch(None), by="r:a", now=NOW),
        store.replace("x", device(id="x"), if_match=IfMatch(None), by="r:a", now=NOW),
    ):
        with pytest.raises(Problem) as problem:
            await call
        assert problem.value.status == 404


async def test_an_id_cannot_change(store: Store) -> None:
    await store.create(device(), by="r:a", now=NOW)
    with pytest.raises(Problem) as problem:
        await store.replace("dev-00001", device(2), if_match=ANY, by="r:a", now=NOW)
    assert problem.value.errors[0].field == "id"


async def test_writing_to_a_retired_entry_brings_it_back(
    store: Store, pool: asyncpg.Pool[Any]
) -> None:
    await store.create(device(), by="r:a", now=NOW)
    await store.retire("dev-00001", if_match=ANY, by="r:a", now=NOW)
    again, change = await store.retire("dev-00001", if_match=ANY, by="r:a", now=NOW)
    assert (again.version, change) == (2, Change.UNCHANGED)
    back, change = await store.replace("dev-00001", device(), if_match=ANY, by="r:a", now=NOW)
    assert (back.version, back.retired, change) == (3, False, Change.REVIVED)
    assert [tombstone for *_, tombstone in await events(pool)] == [False, True, False]


async def test_moving_to_another_partition_leaves_a_tombstone_first(
    store: Store, pool: asyncpg.Pool[Any]
) -> None:
    there = (34.34, 134.05)
    old = partition_of_shard(shard_of_place(26.25, 117.6), AEDS.partitions)
    new = partition_of_shard(shard_of_place(*there), AEDS.partitions)
    assert old != new
    await store.create(device(), by="r:a", now=NOW)
    await store.replace(
        "dev-00001",
        device(latitude=there[0], longitude=there[1]),
        if_match=ANY,
        by="r:a",
        now=NOW,
    )
    assert await events(pool) == [
        ("dev-00001", old, "1", False),
        ("dev-00001", old, "2", True),
        ("dev-00001", new, "2", False),
    ]


async def test_a_reference_to_nothing_is_422(store: Store, pool: asyncpg.Pool[Any]) -> None:
    with pytest.raises(Problem) as problem:
        await store.create(device(refers_to="nothing"), by="r:a", now=NOW)
    assert problem.value.errors[0].field == "refers_to"
    assert await store.find("dev-00001") is None
    assert await events(pool) == []


async def test_a_failure_after_the_write_leaves_nothing(
    store: Store, pool: asyncpg.Pool[Any]
) -> None:
    async def fails() -> None:
        async with store.transaction() as connection:
            await store.create(device(), by="r:a", now=NOW, connection=connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert await store.find("dev-00001") is None
    assert await events(pool) == []


async def test_change_alters_under_the_lock(store: Store) -> None:
    await store.create(device(code="0"), by="r:a", now=NOW)

    def one_more(document: Device) -> Device:
        return document.model_copy(update={"code": str(int(document.code or "0") + 1)})

    await asyncio.gather(
        *(store.change("dev-00001", one_more, by="r:a", now=NOW) for _ in range(6))
    )
    entry = await store.get("dev-00001")
    assert (entry.document.code, entry.version) == ("6", 7)


async def test_pages_filters_and_boxes(store: Store) -> None:
    for number in range(5):
        await store.create(
            device(number, longitude=[-179.9, -100, 0, 100, 179.9][number], latitude=0.0),
            by="r:a",
            now=NOW,
        )
    await store.create(device(9, state="unknown", name="odd"), by="r:a", now=NOW)
    await store.retire("dev-00002", if_match=ANY, by="r:a", now=NOW)

    async def ids(**criteria: Any) -> list[str]:
        return [entry.id[-1] for entry in (await store.page(**criteria))[0]]

    assert await ids() == ["0", "1", "3", "4", "9"]
    assert await ids(include_retired=True) == ["0", "1", "2", "3", "4", "9"]
    assert await ids(filters={"state": "unknown", "named": None}) == ["9"]
    assert await ids(filters={"named": "DEV"}) == ["0", "1", "3", "4"]
    assert await ids(bbox=Bbox(179, -1, -179, 1)) == ["0", "4"]
    assert await ids(bbox=Bbox(-180, -1, 180, 1)) == ["0", "1", "3", "4"]
    first, after = await store.page(limit=3)
    assert after == "dev-00003"
    second, end = await store.page(limit=3, after=after)
    assert [entry.id for entry in (*first, *second)] == [
        f"dev-0000{number}" for number in (0, 1, 3, 4, 9)
    ]
    assert end is None
