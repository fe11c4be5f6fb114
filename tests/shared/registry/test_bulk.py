"""An upload is taken row by row, and can be sent again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import msgspec
import pytest
from fastapi import Request

from shared.http.etag import IfMatch
from shared.http.problems import Problem, invalid
from shared.http.strict import Identifier, Strict
from shared.registry.bulk import BulkReport, bulk_upsert, read_rows
from shared.registry.store import RegistryStore
from tests.shared.registry.conftest import NOW, Device, device

Store = RegistryStore[Device]


def raw(*rows: Any) -> list[bytes]:
    return [json.dumps(row).encode() for row in rows]


def row(number: int, **change: Any) -> dict[str, Any]:
    return device(number).model_dump() | change


async def upload(store: Store, rows: list[bytes], **options: Any) -> BulkReport:
    return await bulk_upsert(
        store,
        rows,
        row_model=Device,
        document_of=lambda given: given,
        by="registrar:ann",
        now=NOW,
        **options,
    )


def request(body: bytes, content_type: str = "application/json") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "headers": headers}, receive)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[",
        b"[1]",
        b'[{"a": NaN}]',
        b"null",
        b'"x"',
        b"\xff",
        b'["\xff"]',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_array_of_objects_is_422(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        await read_rows(request(body))
    assert refused.value.status == 422


async def test_too_many_rows_are_413() -> None:
    with pytest.raises(Problem) as refused:
        await read_rows(request(msgspec.json.encode([{}] * 50_001)))
    assert refused.value.status == 413


async def test_another_media_type_is_415() -> None:
    with pytest.raises(Problem) as refused:
        await read_rows(request(b"[]", "text/csv"))
    assert refused.value.status == 415


async def test_rows_stay_as_they_were_sent() -> None:
    assert await read_rows(request(b' [ {"a": 1.50} , {"b": "\\u4e2d"} ] ')) == [
        b'{"a": 1.50}',
        b'{"b": "\\u4e2d"}',
    ]


@pytest.mark.integration
async def test_good_rows_are_taken_and_bad_ones_named(
    store: Store, pool: asyncpg.Pool[Any]
) -> None:
    rows = [
        *raw(
            row(1),
            row(2, latitude="north"),
            row(3, colour="red"),
            row(1, name="again"),
            row(4, refers_to="nothing"),
            row(5),
            {"name": "nobody"},
            row(6, name="a\x00b"),
        ),
        b'{"id": "dev-00007", "name": "\\ud800", "latitude": 0, "longitude": 0}',
        b'{"id": 7}',
    ]
    report = await upload(store, rows)
    assert (report.accepted, report.created, report.refused) == (2, 2, 8)
    assert [(each.row, each.id, each.errors[0].field) for each in report.rows] == [
        (2, "dev-00002", "latitude"),
        (3, "dev-00003", "colour"),
        (4, "dev-00001", "id"),
        (5, "dev-00004", "refers_to"),
        (7, None, "id"),
        (8, "dev-00006", "name"),
        (9, None, "row"),
        (10, None, "id"),
    ]
    assert "row 1" in report.rows[2].errors[0].message
    assert all(error.mend for each in report.rows for error in each.errors)
    entries, _ = await store.page()
    assert [entry.id for entry in entries] == ["dev-00001", "dev-00005"]
    assert entries[0].document.name == "Device 1"
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 2


@pytest.mark.integration
async def test_sending_it_again_changes_nothing(store: Store, pool: asyncpg.Pool[Any]) -> None:
    rows = raw(*(row(number) for number in range(2_500)))
    first = await upload(store, rows)
    assert (first.created, first.rows) == (2_500, [])
    again = await upload(store, rows)
    assert (again.accepted, again.unchanged) == (2_500, 2_500)
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 2_500
    assert await pool.fetchval("SELECT count(*) FROM devices_history") == 2_500
    changed = await upload(store, raw(row(7, name="other"), row(8)), report_all=True)
    assert [each.outcome for each in changed.rows] == ["updated", "unchanged"]


@pytest.mark.integration
async def test_a_retired_entry_comes_back(store: Store) -> None:
    await upload(store, raw(row(1)))
    await store.retire("dev-00001", if_match=IfMatch(1), by="r:a", now=NOW)
    assert (await upload(store, raw(row(1)))).updated == 1
    assert not (await store.get("dev-00001")).retired


@pytest.mark.integration
async def test_create_only_refuses_what_is_there(store: Store) -> None:
    await upload(store, raw(row(1)))
    report = await upload(store, raw(row(1, name="other"), row(2)), mode="create")
    assert (report.created, report.refused) == (1, 1)
    assert (await store.get("dev-00001")).document.name == "Device 1"


class Floors(Strict):
    id: Identifier
    floor: int


@pytest.mark.integration
async def test_numbers_are_numbers(store: Store) -> None:
    rows = raw({"id": "a", "floor": 3}, {"id": "b", "floor": 3.0}, {"id": "c", "floor": "3"})
    report = await bulk_upsert(
        store,
        rows,
        row_model=Floors,
        document_of=lambda given: device(1, id=given.id, name=f"floor {given.floor}"),
        by="r:a",
        now=NOW,
    )
    assert (report.created, [each.row for each in report.rows]) == (2, [3])
    assert (await store.get("b")).document.name == "floor 3"


@pytest.mark.integration
async def test_warnings_and_refusals_of_the_service(store: Store) -> None:
    def document_of(given: Device) -> Device:
        if given.name == "bad":
            raise invalid("name", "is bad", "send a good one")
        if given.name == "worse":
            raise ValueError("is worse; send a better one")
        return given

    report = await bulk_upsert(
        store,
        raw(row(1, name="bad"), row(2, name="worse"), row(3)),
        row_model=Device,
        document_of=document_of,
        by="r:a",
        now=NOW,
        warnings_of=lambda document: [f"{document.id} looks old"],
    )
    assert [
        (each.outcome, [e.mend for e in each.errors], each.warnings) for each in report.rows
    ] == [
        ("refused", ["send a good one"], []),
        ("refused", ["send a better one"], []),
        ("created", [], ["dev-00003 looks old"]),
    ]


@pytest.mark.integration
async def test_uploads_at_the_same_time_lose_nothing(store: Store) -> None:
    uploads = [
        raw(*(row(number, name=f"from {who}") for number in range(300)))[:: 1 if who % 2 else -1]
        for who in range(4)
    ]
    reports = await asyncio.gather(*(upload(store, rows) for rows in uploads))
    assert [report.refused for report in reports] == [0, 0, 0, 0]
    assert sum(report.created for report in reports) == 300
    for number in range(0, 300, 50):
        lines = await store.history(f"dev-{number:05}")
        assert [line.version for line in lines] == list(range(len(lines), 0, -1))


@pytest.mark.integration
async def test_others_are_served_during_an_upload(store: Store) -> None:
    """The loop turns many times while rows are validated and written."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await upload(store, raw(*(row(number) for number in range(3_000))))
    counting.cancel()
    assert turns > 3_000 / 200
