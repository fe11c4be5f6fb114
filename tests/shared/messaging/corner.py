"""Parts of a service on the real servers, in a corner of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from shared.contracts.records import DeliveryRecord
from shared.contracts.topics import Topic
from shared.contracts.words import DeliveryState
from shared.database.migrate import apply
from shared.database.pool import make_pool
from shared.messaging.broker import Broker, make_broker
from shared.messaging.events import cloud_headers

Until = Callable[[Callable[[], bool | Awaitable[bool]]], Awaitable[None]]
"""Waits until something is so; fails after a while."""

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Settings:
    """What messaging and database need of a service's settings."""

    service: str
    kafka_bootstrap: str
    database_url: str
    topic_prefix: str
    instance: str = "1"


@dataclass
class Corner:
    """One test's own topics and schema, and what tests do with them."""

    settings: Settings
    schema: str
    stack: AsyncExitStack
    events: Topic
    """A topic that the service consumes: two partitions, so that order between them is nobody's."""
    table: Topic
    """A compacted topic with three partitions."""

    def broker(self, instance: str = "1") -> Broker:
        """A broker of the service; stopped at the end."""
        broker = make_broker(replace(self.settings, instance=instance))
        self.stack.push_async_callback(broker.stop)
        return broker

    async def pool(self, **options: Any) -> asyncpg.Pool[Any]:
        """A pool on the schema, migrated; closed at the end."""
        pool = await make_pool(self.settings, schema=self.schema, **options)
        self.stack.push_async_callback(_close, pool)
        await apply(pool, self.schema)
        return pool

    def delivery(self, number: int, message_id: str | None = None) -> DeliveryRecord:
        """The event with that number."""
        return DeliveryRecord(
            message_id=message_id or f"msg-{number}",
            alert_id="alert-1",
            incident_id="inc-1",
            rescuer_id="R-1",
            channel="app",
            state=DeliveryState.SENT,
            at=NOW,
            shard=0,
        )

    async def produce(self, *values: int | bytes | None, partition: int = 0) -> None:
        """Events by number as the outbox would publish them; bytes go as they are."""
        async with AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka_bootstrap, enable_idempotence=True
        ) as producer:
            for value in values:
                record = self.delivery(value) if isinstance(value, int) else None
                key = record.message_id if record else "msg-x"
                await producer.send_and_wait(
                    self.settings.topic_prefix + self.events.name,
                    value=record.model_dump_json().encode() if record else value,
                    key=key.encode(),
                    partition=partition,
                    headers=as_bytes(self.headers(self.events, f"evt-{key}", key)),
                )

    def headers(self, topic: Topic, event_id: str, key: str, **more: Any) -> dict[str, str]:
        """CloudEvents headers of an event on a topic."""
        return cloud_headers(
            event_id=event_id,
            type=topic.event_type,
            source="lifering/test",
            subject=key,
            time=more.pop("time", NOW),
            **more,
        )

    async def read(self, topic: str, count: int) -> list[ConsumerRecord[Any, Any]]:
        """The first ``count`` records of a topic (without prefix), by partition and offset."""
        async with asyncio.timeout(20), self._reader(topic) as reader:
            records: list[ConsumerRecord[Any, Any]] = []
            while len(records) < count:
                for some in (await reader.getmany(timeout_ms=200)).values():
                    records += some
        return sorted(records, key=lambda each: (each.partition, each.offset))

    async def read_all(self, topic: str) -> list[ConsumerRecord[Any, Any]]:
        """All records of a topic (without prefix) that are still there."""
        async with asyncio.timeout(20), self._reader(topic) as reader:
            records: list[ConsumerRecord[Any, Any]] = []
            ends = await reader.end_offsets(list(reader.assignment()))
            while any([await reader.position(each) < end for each, end in ends.items()]):
                for some in (await reader.getmany(timeout_ms=200)).values():
                    records += some
        return records

    @asynccontextmanager
    async def _reader(self, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
        async with AIOKafkaConsumer(
            self.settings.topic_prefix + topic,
            bootstrap_servers=self.settings.kafka_bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        ) as reader:
            yield reader

    async def count(self, topic: str) -> int:
        """How many records a topic (without prefix) has taken."""
        name = self.settings.topic_prefix + topic
        async with AIOKafkaConsumer(
            name, bootstrap_servers=self.settings.kafka_bootstrap, group_id=None
        ) as consumer:
            ends = await consumer.end_offsets(list(consumer.assignment()))
            return sum(ends.values())

    async def committed(self, service: str, partition: int = 0) -> int | None:
        """The group's committed offset of the events topic."""
        name = self.settings.topic_prefix + self.events.name
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka_bootstrap,
            group_id=f"{self.settings.topic_prefix}{service}.{self.events.name}",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            found = await consumer.committed(TopicPartition(name, partition))
            return None if found is None else int(found)
        finally:
            await consumer.stop()


def as_bytes(headers: dict[str, str]) -> list[tuple[str, bytes]]:
    """Headers as the client library takes them."""
    return [(name, value.encode()) for name, value in headers.items()]


async def _close(pool: asyncpg.Pool[Any]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            await pool.close()
            return
    pool.terminate()
