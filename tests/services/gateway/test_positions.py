"""Positions in: what is taken, what is refused and how, what Kafka gets to see."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.gateway.domain.positions import DeclaredRow, RowRefused, coarsen, partition_of, read
from shared.contracts.records import PositionRecord
from shared.contracts.topics import POSITIONS
from shared.geometry.cells import cell_of
from shared.geometry.datum import Datum, to_wgs84
from shared.identity.roles import Role
from shared.messaging.admin import ensure_topics
from tests.conftest import Servers
from tests.services.gateway.world import bearer, decoded, gateway

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PLACE = {"latitude": 26.251234, "longitude": 117.619876, "datum": "wgs84"}
CELL = cell_of(26.251234, 117.619876)


def row(**changes: Any) -> dict[str, Any]:
    return {"rescuer_id": "R-1", **PLACE, "recorded_at": "2026-03-02T02:00:00Z", **changes}


def by_cell(**changes: Any) -> dict[str, Any]:
    return {"cell": CELL, "recorded_at": "2026-03-02T02:00:00Z", **changes}


class TestRows:
    def test_a_place_becomes_a_cell(self) -> None:
        record = coarsen(read(row(accuracy_m=12.5)), "R-1", NOW)
        assert record == PositionRecord(
            rescuer_id="R-1", cell=CELL, recorded_at=NOW, received_at=NOW
        )
        assert coarsen(read(by_cell()), "R-1", NOW) == record

    @pytest.mark.parametrize("datum", list(Datum))
    def test_the_datum_counts(self, datum: Datum) -> None:
        expected = cell_of(*to_wgs84(PLACE["latitude"], PLACE["longitude"], datum))  # type: ignore[arg-type]
        assert coarsen(read(row(datum=datum.value)), "R-1", NOW).cell == expected

    @pytest.mark.parametrize("datum", list(Datum))
    def test_latitude_0_longitude_0_is_a_place(self, datum: Datum) -> None:
        position = read(row(latitude=0, longitude=0, datum=datum.value))
        assert coarsen(position, "R-1", NOW).cell

    def test_times_go_on_in_utc_and_odd_ones_do_no_harm(self) -> None:
        assert read(row(recorded_at="2026-03-02T10:00:00+08:00")).recorded_at == NOW
        assert read(row(recorded_at="0001-01-01T00:00:00+14:00")).recorded_at.year == 1
        assert read(row(recorded_at="9999-12-31T23:59:59-14:00")).recorded_at.year == 9999

    @pytest.mark.parametrize(
        ("bad", "field", "mend"),
        [
            (row(datum=None), "datum", "wgs84, gcj02 or bd09"),
            (row(datum="nad27"), "datum", "wgs84, gcj02 or bd09"),
            ({k: v for k, v in row().items() if k != "datum"}, "datum", "wgs84, gcj02 or bd09"),
            (row(latitude=91), "latitude", "between -90 and 90"),
            (row(latitude="26.2"), "latitude", "between -90 and 90"),
            (row(longitude=180.1), "longitude", "between -180 and 180"),
            (row(accuracy_m=5_000), "accuracy_m", "better fix"),
            (row(recorded_at="2026-03-02T02:00:00"), "recorded_at", "time zone"),
            (row(recorded_at=1_772_416_800), "recorded_at", "2026-01-31T08:00:00Z"),
            (row(recorded_at="1772416800"), "recorded_at", "2026-01-31T08:00:00Z"),
            (row(rescuer_id="no good"), "rescuer_id", "match"),
            (row(speed=3), "speed", "leave this field out"),
            (by_cell(cell="8928308280fffff"), "cell", "match"),
            (by_cell(cell="8affffffffffff7"), "cell", "8a41a345c267fff"),
            (by_cell(latitude=26.2), "latitude", "leave this field out"),
            (17, "body", ""),
            (None, "body", ""),
        ],
    )
    def test_what_is_wrong_is_named_with_its_mend(self, bad: Any, field: str, mend: str) -> None:
        with pytest.raises(RowRefused) as refused:
            read(bad)
        named = {error.field: error for error in refused.value.errors}
        assert field in named
        assert mend in named[field].mend
        assert "26.25" not in str(refused.value)

    def test_the_document_shows_both_shapes(self) -> None:
        from pydantic import TypeAdapter

        schema = json.dumps(TypeAdapter(list[DeclaredRow]).json_schema())
        assert "PositionByPlace" in schema
        assert "PositionByCell" in schema

    def test_a_rescuer_keeps_a_partition(self) -> None:
        assert [partition_of(f"R-{number}", 8) for number in range(6)] == [7, 1, 3, 5, 6, 0]


async def read_all(servers: Servers, prefix: str) -> list[ConsumerRecord[bytes, bytes]]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers.kafka_bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        topic = prefix + POSITIONS.name
        partitions = [TopicPartition(topic, number) for number in range(POSITIONS.partitions)]
        consumer.assign(partitions)
        found: list[ConsumerRecord[bytes, bytes]] = []
        for partition, end in (await consumer.end_offsets(partitions)).items():
            while await consumer.position(partition) < end:
                for batch in (await consumer.getmany(partition, timeout_ms=500)).values():
                    found.extend(batch)
        return found
    finally:
        await consumer.stop()


@pytest.mark.integration
class TestOnKafka:
    async def test_taken_means_that_kafka_has_it(self, servers: Servers, topic_prefix: str) -> None:
        await ensure_topics(servers.kafka_bootstrap, [POSITIONS], prefix=topic_prefix)
        me = bearer(Role.RESCUER, "R-7")
        place = {**PLACE, "recorded_at": "2026-03-02T02:00:00Z", "accuracy_m": 12.34}
        async with gateway(
            {}, bootstrap=servers.kafka_bootstrap, topic_prefix=topic_prefix
        ) as client:
            for path, body in (
                ("/positions", place),
                ("/api/positions", by_cell(rescuer_id="R-7")),
                ("/api/positions/batch", [place]),
            ):
                answer = await client.post(path, json=body, headers=me)
                assert answer.status_code == 202, answer.text
                assert decoded(answer) == {"accepted": 1, "refused": []}
            records = await read_all(servers, topic_prefix)
        assert len(records) == 3
        assert {(record.key, record.partition) for record in records} == {
            (b"R-7", partition_of("R-7", POSITIONS.partitions))
        }
        raw = b"".join(
            (record.value or b"") + b"".join(value for _, value in record.headers)
            for record in records
        )
        for digits in (b"26.25", b"117.61", b"12.34", b"latitude"):
            assert digits not in raw
        first = PositionRecord.model_validate_json(records[0].value or b"")
        assert (first.rescuer_id, first.cell, first.recorded_at) == ("R-7", CELL, NOW)
        headers = {name: value.decode() for name, value in records[0].headers}
        assert headers["ce_type"] == POSITIONS.event_type
        assert headers["ce_source"] == "lifering/gateway"

    async def test_a_batch_is_judged_row_by_row_and_kept_in_order(
        self, servers: Servers, topic_prefix: str
    ) -> None:
        await ensure_topics(servers.kafka_bootstrap, [POSITIONS], prefix=topic_prefix)
        rows = [
            row(
                rescuer_id=f"R-{number % 50}",
                recorded_at=(NOW + timedelta(seconds=number)).isoformat(),
            )
            for number in range(5_000)
        ]
        rows[10] = {**rows[10], "datum": None}
        del rows[20]["rescuer_id"]
        async with gateway(
            {}, bootstrap=servers.kafka_bootstrap, topic_prefix=topic_prefix
        ) as client:
            headers = bearer(Role.SERVICE, "feed")
            answer = await client.post("/positions/batch", json=rows, headers=headers)
            assert answer.status_code == 202, answer.text
            too_many = await client.post("/positions/batch", json=[*rows, row()], headers=headers)
            assert too_many.status_code == 422
            records = await read_all(servers, topic_prefix)
        report = decoded(answer)
        assert report["accepted"] == 4_998
        assert [(each["row"], each["errors"][0]["field"]) for each in report["refused"]] == [
            (11, "datum"),
            (21, "rescuer_id"),
        ]
        times: dict[bytes | None, list[datetime]] = {}
        for record in records:
            position = PositionRecord.model_validate_json(record.value or b"")
            times.setdefault(record.key, []).append(position.recorded_at)
        assert sum(map(len, times.values())) == 4_998
        assert all(each == sorted(each) for each in times.values())

    async def test_who_may_send_what(self, servers: Servers, topic_prefix: str) -> None:
        await ensure_topics(servers.kafka_bootstrap, [POSITIONS], prefix=topic_prefix)
        async with gateway(
            {}, bootstrap=servers.kafka_bootstrap, topic_prefix=topic_prefix
        ) as client:

            async def post(path: str, body: Any, role: Role | None) -> httpx.Response:
                headers = {} if role is None else bearer(role, "R-1")
                return await client.post(path, json=body, headers=headers)

            assert (await post("/positions", row(), None)).status_code == 401
            for role in Role:
                allowed = role in (Role.RESCUER, Role.SERVICE, Role.ADMINISTRATOR)
                answer = await post("/positions", row(), role)
                assert answer.status_code == (202 if allowed else 403), role
            others = row(rescuer_id="R-2")
            assert (await post("/positions", others, Role.RESCUER)).status_code == 403
            mixed = await post("/positions/batch", [row(), others], Role.RESCUER)
            assert mixed.status_code == 202
            assert [each["row"] for each in decoded(mixed)["refused"]] == [2]
            only_others = await post("/positions/batch", [others], Role.RESCUER)
            assert only_others.status_code == 403
            nobody = {k: v for k, v in row().items() if k != "rescuer_id"}
            refused = await post("/positions", nobody, Role.SERVICE)
            assert refused.status_code == 422
            assert decoded(refused)["errors"][0]["field"] == "rescuer_id"
            none = await post("/positions/batch", [nobody, nobody], Role.SERVICE)
            assert none.status_code == 422
            assert [error["row"] for error in decoded(none)["errors"]] == [1, 2]
            keys = [record.key for record in await read_all(servers, topic_prefix)]
        assert set(keys) == {b"R-1"}

    async def test_bad_rows_are_named(self, servers: Servers, topic_prefix: str) -> None:
        await ensure_topics(servers.kafka_bootstrap, [POSITIONS], prefix=topic_prefix)
        async with gateway(
            {}, bootstrap=servers.kafka_bootstrap, topic_prefix=topic_prefix
        ) as client:
            headers = bearer(Role.RESCUER, "R-1")
            no_datum = {k: v for k, v in row().items() if k != "datum"}
            answer = await client.post("/positions", json=no_datum, headers=headers)
            assert answer.status_code == 422
            assert decoded(answer)["errors"] == [
                {
                    "field": "datum",
                    "message": "Field required",
                    "mend": "name what the coordinates refer to: wgs84, gcj02 or bd09",
                    "row": None,
                    "where": "body",
                }
            ]
            for body in (b"", b"{", b"[]", b"NaN", b"[1]"):
                answer = await client.post(
                    "/positions",
                    content=body,
                    headers={**headers, "Content-Type": "application/json"},
                )
                assert answer.status_code == 422, body
            assert (
                await client.post("/positions", content=b"x", headers=headers)
            ).status_code == 415
            assert (
                await client.post("/positions/batch", json=[], headers=headers)
            ).status_code == 422
            assert await read_all(servers, topic_prefix) == []


async def test_kafka_away_is_told_within_the_stated_bound() -> None:
    async with gateway({}, positions_wait_s=0.2) as client:
        async with asyncio.timeout(20):
            answer = await client.post(
                "/positions", json=row(), headers=bearer(Role.RESCUER, "R-1")
            )
        ready = await client.get("/ready")
        live = await client.get("/live")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert decoded(answer)["type"] == "urn:lifering:problem:unavailable"
    assert (ready.status_code, live.status_code) == (200, 200)
