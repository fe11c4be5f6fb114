"""A service's life with Kafka: away at first, without topics, and there at last."""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import replace
from typing import Any

import pytest

from shared.clock import SystemClock
from shared.contracts.records import PresenceRecord
from shared.messaging.admin import ensure_topics
from shared.messaging.broker import make_broker
from shared.messaging.consumer import consume
from shared.messaging.link import KafkaLink
from shared.messaging.outbox import OutboxRelay, put
from shared.messaging.quiet import RateLimit
from shared.messaging.table import Table, follow
from shared.messaging.watch import ConsumerWatch
from shared.telemetry.health import Health
from tests.shared.messaging.corner import Corner, Until

pytestmark = pytest.mark.integration


async def test_it_starts_without_topics_and_comes_up_when_they_are_made(
    corner: Corner, kafka_bootstrap: str, until: Until
) -> None:
    settings = replace(corner.settings, topic_prefix=corner.settings.topic_prefix + "later.")
    health = Health()
    watch = ConsumerWatch(health)
    broker = make_broker(settings)
    seen: list[str] = []

    async def handle(event: Any) -> None:
        seen.append(event.key)

    consume(broker, corner.events, service="dispatch", handle=handle, watch=watch)
    table: Table[PresenceRecord] = follow(
        broker, corner.table, table=Table(corner.table), watch=watch
    )
    pool = await corner.pool()
    relay = OutboxRelay(
        pool=pool, broker=broker, schema=corner.schema, clock=SystemClock(), watch=watch
    )
    link = KafkaLink(broker, relay=relay, watch=watch)
    await link.start(wait_s=0.5)
    try:
        await until(lambda: "topics are missing" in (link.problem or ""))
        assert not link.connected
        live, ready = await health.live(), await health.ready()
        assert all(check.ok for check in live.values())
        assert not ready["consumer deliveries"].ok
        assert not ready["table presence"].ok
        record = corner.delivery(1)
        async with pool.acquire() as connection, connection.transaction():
            await put(
                connection,
                corner.events,
                key=record.message_id,
                shard=0,
                data=record,
                event_time=record.at,
                source="lifering/dispatch",
            )
        relay.wake()

        await ensure_topics(
            kafka_bootstrap, [corner.events, corner.table], prefix=settings.topic_prefix
        )
        await until(lambda: link.connected and table.ready and seen == ["msg-1"])
        assert link.problem is None
        assert all(check.ok for check in (await health.ready()).values())
    finally:
        await link.stop()


async def test_stop_publishes_what_was_committed_last(corner: Corner, until: Until) -> None:
    broker = make_broker(corner.settings)
    pool = await corner.pool()
    relay = OutboxRelay(
        pool=pool, broker=broker, schema=corner.schema, clock=SystemClock(), poll_s=None
    )
    link = KafkaLink(broker, relay=relay)
    await link.start()
    assert link.connected
    record = corner.delivery(1)
    async with pool.acquire() as connection, connection.transaction():
        await put(
            connection,
            corner.events,
            key=record.message_id,
            shard=0,
            data=record,
            event_time=record.at,
            source="lifering/dispatch",
        )
    await link.stop()
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 0
    assert len(await corner.read("deliveries", 1)) == 1


async def test_a_broker_that_is_away_is_told_and_stop_does_not_hang(
    corner: Corner, until: Until
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's
        port = held.getsockname()[1]
        broker = make_broker(replace(corner.settings, kafka_bootstrap=f"127.0.0.1:{port}"))
        table: Table[PresenceRecord] = follow(broker, corner.table, table=Table(corner.table))
        link = KafkaLink(broker)
        await link.start(wait_s=0.1)
        await until(lambda: "KafkaConnectionError" in (link.problem or ""))
        assert not table.ready
        async with asyncio.timeout(20):
            await link.stop()


def test_repeated_client_errors_pass_once_in_a_while_and_say_how_many() -> None:
    now = 0.0
    limit = RateLimit("test", every_s=10, monotonic=lambda: now)

    def line(message: str = "Unable to connect to %s", level: int = logging.ERROR) -> Any:
        return logging.LogRecord("aiokafka", level, "", 1, message, ("broker",), None)

    assert limit.filter(line())
    assert not limit.filter(line())
    assert not limit.filter(line())
    assert limit.filter(line("Heartbeat failed"))
    assert limit.filter(line(level=logging.INFO))
    now = 11.0
    told = line()
    assert limit.filter(told)
    assert told.getMessage() == "Unable to connect to broker [and 2 more like it]"
