"""The outbox on real servers: committed is published, in order, whoever relays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from aiokafka.errors import OutOfOrderSequenceNumber
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from shared.clock import SystemClock
from shared.messaging import delivery
from shared.messaging.events import decode
from shared.messaging.outbox import OutboxItem, OutboxRelay, put, put_many
from tests.shared.messaging.corner import Corner, Until

pytestmark = pytest.mark.integration

SOURCE = "lifering/dispatch"
Relays = Callable[..., Awaitable[OutboxRelay]]


@pytest.fixture
async def relays(corner: Corner) -> AsyncIterator[Relays]:
    """Makes relays; all stopped at the end."""
    made: list[OutboxRelay] = []

    async def make(instance: str = "1", **options: Any) -> OutboxRelay:
        broker = corner.broker(instance)
        await broker.start()
        relay = OutboxRelay(
            pool=await corner.pool(),
            broker=broker,
            schema=corner.schema,
            clock=SystemClock(),
            **options,
        )
        made.append(relay)
        await relay.start()
        return relay

    yield make
    for relay in made:
        await relay.stop()


async def write(pool: Any, corner: Any, *numbers: int, shard: int = 0, **more: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for number in numbers:
            record = corner.delivery(number, more.get("key"))
            await put(
                connection,
                corner.events,
                key=record.message_id,
                shard=shard,
                data=record,
                event_time=record.at,
                version=number,
                source=SOURCE,
            )


async def pending(pool: Any) -> int:
    return int(await pool.fetchval("SELECT count(*) FROM outbox"))


async def test_only_what_committed_is_published_in_order_by_key(
    corner: Corner, relays: Relays, until: Until
) -> None:
    pool = await corner.pool()
    async with pool.acquire() as connection:
        change = connection.transaction()
        await change.start()
        record = corner.delivery(666)
        await put(
            connection,
            corner.events,
            key=record.message_id,
            shard=0,
            data=record,
            event_time=record.at,
            source=SOURCE,
        )
        await change.rollback()
    await relays()
    for number in range(1, 21):
        await write(pool, corner, number, key="msg-a")
        await write(pool, corner, number, key="msg-b", shard=63)
    records = await corner.read("deliveries", 40)
    events = [decode(record, corner.events) for record in records]
    for key, partition in (("msg-a", 0), ("msg-b", 1)):
        of_key = [event for event in events if event.key == key]
        assert [event.version for event in of_key] == list(range(1, 21))
        assert {event.partition for event in of_key} == {partition}
    first = events[0]
    assert (first.source, first.type, first.shard) == (SOURCE, "org.lifering.delivery.v1", 0)
    assert first.data == corner.delivery(1, "msg-a")
    assert dict(records[0].headers)["content-type"] == b"application/json"
    await until(lambda: _is(pending(pool), 0))


async def test_a_commit_wakes_the_relay_without_any_polling(
    corner: Corner, relays: Relays, until: Until
) -> None:
    pool = await corner.pool()
    relay = await relays(poll_s=None)
    await until(lambda: relay.holder)
    for number in range(1, 6):
        await write(pool, corner, number)
        await corner.read("deliveries", number)
    await until(lambda: _is(pending(pool), 0))


async def test_a_bulk_write_keeps_its_order_and_the_trace_goes_along(
    corner: Corner, relays: Relays
) -> None:
    pool = await corner.pool()
    items = [
        OutboxItem(record.message_id, 5, record, record.at, version=number)
        for number, record in ((number, corner.delivery(number)) for number in range(3000))
    ]
    gone = OutboxItem("msg-7", 63, None, corner.delivery(7).at, version=9, partition_from=5)
    tracer = TracerProvider().get_tracer("test")
    async with pool.acquire() as connection, connection.transaction():
        with tracer.start_as_current_span("import") as span:
            ids = await put_many(connection, corner.events, [*items, gone], source=SOURCE)
            trace_id = trace.format_trace_id(span.get_span_context().trace_id)
    await relays()
    events = [decode(each, corner.events) for each in await corner.read("deliveries", 3001)]
    assert [event.id for event in events] == ids
    assert [event.version for event in events[:-1]] == list(range(3000))
    assert all(trace_id in (event.traceparent or "") for event in events)
    assert events[-1].data is None
    assert (events[-1].partition, events[-1].shard) == (0, 63)


async def test_another_instance_takes_over_when_the_holders_connection_dies(
    corner: Corner, relays: Relays, until: Until
) -> None:
    pool = await corner.pool()
    one = await relays("one", poll_s=0.1)
    await until(lambda: one.holder)
    two = await relays("two", poll_s=0.1)
    await write(pool, corner, 1)
    await corner.read("deliveries", 1)
    assert not two.holder

    holders = await pool.fetch(
        """SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND classid = $1
        AND objid = (hashtext($2)::bigint & 4294967295)::oid""",
        0x6C696665,
        corner.schema,
    )
    assert len(holders) == 1
    await pool.fetchval("SELECT pg_terminate_backend($1)", holders[0]["pid"])
    await until(lambda: one.holder is not two.holder and (two.holder or one.holder))
    await write(pool, corner, 2, 3)
    await until(lambda: _is(pending(pool), 0))
    events = [decode(each, corner.events) for each in await corner.read("deliveries", 3)]
    assert [event.version for event in events][:1] == [1]
    assert {event.version for event in events} == {1, 2, 3}
    await until(lambda: one.healthy and two.healthy)


async def test_a_stopped_holder_hands_over_at_once(
    corner: Corner, relays: Relays, until: Until
) -> None:
    pool = await corner.pool()
    one = await relays("one")
    await until(lambda: one.holder)
    two = await relays("two", poll_s=0.1)
    await write(pool, corner, 1)
    await one.stop()
    await until(lambda: two.holder)
    await write(pool, corner, 2)
    events = [decode(each, corner.events) for each in await corner.read("deliveries", 2)]
    assert [event.version for event in events] == [1, 2]


async def test_a_refused_row_is_put_aside_and_its_lane_goes_on(
    corner: Corner, relays: Relays, until: Until
) -> None:
    pool = await corner.pool()
    await write(pool, corner, 1)
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO outbox (topic, partition, key, headers, value) VALUES"
            " ($1, 0, 'msg-big', '{}', $2), ($1, 77, 'msg-lost', '{}', 'x')",
            corner.events.name,
            b"x" * 1_200_000,
        )
    await write(pool, corner, 2)
    relay = await relays()
    await until(lambda: _is(pending(pool), 0))
    dead = await pool.fetch("SELECT key, error, octet_length(value) AS size FROM outbox_dead")
    assert {(row["key"], row["size"]) for row in dead} == {("msg-big", 1_200_000), ("msg-lost", 1)}
    assert any("has 1200007 bytes" in row["error"] for row in dead)
    events = [decode(each, corner.events) for each in await corner.read("deliveries", 2)]
    assert [event.version for event in events] == [1, 2]
    assert relay.healthy


async def test_without_kafka_rows_wait_and_nothing_is_given_up(
    corner: Corner, until: Until
) -> None:
    pool = await corner.pool()
    relay = OutboxRelay(
        pool=pool,
        broker=corner.broker(),  # never started: as while Kafka is away at the start
        schema=corner.schema,
        clock=SystemClock(),
        poll_s=0.05,
    )
    await write(pool, corner, 1, 2)
    await relay.start()
    await until(lambda: relay.problem is not None and not relay.healthy)
    assert await pending(pool) == 2
    await relay._broker.start()
    await until(lambda: _is(pending(pool), 0))
    assert relay.healthy
    await relay.stop()
    events = [decode(each, corner.events) for each in await corner.read("deliveries", 2)]
    assert [event.version for event in events] == [1, 2]


async def test_a_producer_that_has_failed_for_good_is_replaced(
    corner: Corner, relays: Relays, until: Until
) -> None:
    pool = await corner.pool()
    relay = await relays()
    await write(pool, corner, 1)
    await corner.read("deliveries", 1)
    broken = relay._broker.producer
    broken._message_accumulator.fail_all(OutOfOrderSequenceNumber())
    await write(pool, corner, 2)
    events = [decode(each, corner.events) for each in await corner.read("deliveries", 2)]
    assert [event.version for event in events] == [1, 2]
    assert relay._broker.producer is not broken
    await until(lambda: relay.healthy)


async def test_put_refuses_what_would_break_a_reader(corner: Corner) -> None:
    pool = await corner.pool()
    record = corner.delivery(1)
    right: dict[str, Any] = {
        "key": record.message_id,
        "shard": 0,
        "data": record,
        "event_time": record.at,
        "source": SOURCE,
    }
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"key": "another"}, "key"),
        ({"shard": 64}, "shard"),
        ({"event_time": record.at.replace(tzinfo=None)}, "time"),
    ]
    async with pool.acquire() as connection:
        for change, field in wrong:
            with pytest.raises(ValueError, match=field):
                await put(connection, corner.events, **{**right, **change})
        with pytest.raises(ValueError, match="data"):
            await put(connection, corner.table, **right)
    assert await pending(pool) == 0


async def test_old_inbox_rows_are_forgotten(corner: Corner, relays: Relays, until: Until) -> None:
    pool = await corner.pool()
    await pool.execute(
        "INSERT INTO inbox SELECT 'c', n::text, $1 FROM generate_series(1, 25000) n",
        SystemClock().now() - timedelta(days=15),
    )
    await pool.execute("INSERT INTO inbox (consumer, event_id) VALUES ('c', 'new')")
    await relays()
    await until(lambda: _is(pool.fetchval("SELECT count(*) FROM inbox"), 1))


async def test_the_relays_connection_survives_a_database_that_cuts_all(
    corner: Corner, relays: Relays, until: Until, database_url: str
) -> None:
    pool = await corner.pool()
    await relays(poll_s=0.1)
    await write(pool, corner, 1)
    await corner.read("deliveries", 1)
    admin = await asyncpg.connect(database_url)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'lifering%' AND pid <> pg_backend_pid() AND pid IN"
        " (SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
        "  AND objid = (hashtext($1)::bigint & 4294967295)::oid)",
        corner.schema,
    )
    await admin.close()
    await write(pool, corner, 2)
    await corner.read("deliveries", 2)


async def _is(answer: Any, expected: int) -> bool:
    return bool(await answer == expected)


async def test_one_row_that_the_broker_refuses_is_found_among_many(
    corner: Corner, relays: Relays, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker with a smaller limit than ours refuses a whole batch, and does not say for which."""
    monkeypatch.setattr(delivery, "MAX_RECORD_BYTES", 10_000_000)
    pool = await corner.pool()
    await write(pool, corner, *range(1, 6))
    await pool.execute(
        "INSERT INTO outbox (topic, partition, key, headers, value) VALUES"
        " ($1, 0, 'msg-big', '{}', $2)",
        corner.events.name,
        b"x" * 1_200_000,
    )
    await write(pool, corner, *range(6, 12))
    await relays()
    await until(lambda: _is(pending(pool), 0))
    assert await pool.fetchval("SELECT key FROM outbox_dead") == "msg-big"
    events = [decode(each, corner.events) for each in await corner.read("deliveries", 11)]
    newest = list(dict.fromkeys(event.version for event in events))
    assert newest == list(range(1, 12))


async def test_rows_that_arrive_while_others_are_in_flight_are_not_sent_twice(
    corner: Corner, relays: Relays, until: Until
) -> None:
    pool = await corner.pool()
    await relays()
    await asyncio.gather(
        *(write(pool, corner, *range(start, start + 20)) for start in range(0, 1000, 20))
    )
    await until(lambda: _is(pending(pool), 0))
    assert await corner.count("deliveries") == 1000
