"""The transactional outbox: what is written here commits with the change that it tells of.

:func:`put` belongs in the same transaction as the change; the :class:`OutboxRelay` publishes after
the commit, in order for each key, at least once. A service that wants change and outbox row in one
statement (half the time of a transaction of four round trips) takes :func:`row_of` and
``INSERT_SQL`` into a common table expression of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiokafka.partitioner import murmur2

from shared.contracts.records import Record
from shared.contracts.topics import PartitionedBy, Topic
from shared.geometry.cells import SHARDS, partition_of_shard
from shared.ids import new_id
from shared.messaging.events import cloud_headers
from shared.messaging.inbox import AnyConnection
from shared.messaging.relay import OutboxRelay
from shared.telemetry.traces import current_traceparent

INSERT_SQL: Final = """
INSERT INTO outbox (topic, partition, key, headers, value) VALUES ($1, $2, $3, $4, $5)
"""
INSERT_MANY_SQL: Final = """
INSERT INTO outbox (topic, partition, key, headers, value)
SELECT $1, * FROM unnest($2::int[], $3::text[], $4::jsonb[], $5::bytea[])
"""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One event to publish."""

    key: str
    shard: int
    data: Record | None
    """None is a tombstone."""
    event_time: datetime
    version: int | None = None
    partition_from: int | None = None
    """A shard whose partition to write to instead: the one that the entity has left."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event as it lies in the outbox table."""

    event_id: str
    topic: str
    partition: int
    key: str
    headers: Mapping[str, str]
    value: bytes | None


def row_of(topic: Topic, item: OutboxItem, *, source: str, traceparent: str | None) -> OutboxRow:
    """The outbox row of an event; raises ``ValueError`` naming the field that is wrong."""
    if not 0 <= item.shard < SHARDS:
        raise ValueError(f"shard: 0 to {SHARDS - 1}, got {item.shard}")
    if item.data is not None:
        if not isinstance(item.data, topic.payload):
            raise ValueError(f"data: {topic.name} takes {topic.payload.__name__}")
        if getattr(item.data, topic.key) != item.key:
            raise ValueError(f"key: {item.key!r} is not the data's {topic.key}")
    if topic.partitioned_by is PartitionedBy.SHARD:
        place = item.shard if item.partition_from is None else item.partition_from
        partition = partition_of_shard(place, topic.partitions)
    else:
        partition = partition_of_key(item.key, topic.partitions)
    event_id = new_id("evt")
    headers = cloud_headers(
        event_id=event_id,
        type=topic.event_type,
        source=source,
        subject=item.key,
        time=item.event_time,
        version=item.version,
        shard=item.shard,
        traceparent=traceparent,
    )
    value = None if item.data is None else item.data.model_dump_json().encode()
    return OutboxRow(event_id, topic.name, partition, item.key, headers, value)


def partition_of_key(key: str, partitions: int) -> int:
    """Where Kafka's own clients put a key that has no explicit partition."""
    return int(murmur2(key.encode()) & 0x7FFF_FFFF) % partitions


async def put(
    connection: AnyConnection,
    topic: Topic,
    *,
    key: str,
    shard: int,
    data: Record | None,
    event_time: datetime,
    version: int | None = None,
    source: str,
    partition_from: int | None = None,
) -> str:
    """Writes an event in the caller's transaction and returns its id.

    ``shard`` is the entity's; ``partition_from`` the shard that it has left, for the tombstone on
    the old partition. ``version`` goes up with every change (records without one are ordered by
    their time). ``source`` is the service, as a CloudEvents source (``lifering/dispatch``).
    """
    row = row_of(
        topic,
        OutboxItem(key, shard, data, event_time, version, partition_from),
        source=source,
        traceparent=current_traceparent(),
    )
    await connection.execute(
        INSERT_SQL, row.topic, row.partition, row.key, dict(row.headers), row.value
    )
    return row.event_id


async def put_many(
    connection: AnyConnection, topic: Topic, items: Sequence[OutboxItem], *, source: str
) -> list[str]:
    """Writes many events of one topic with one statement, in their order; returns their ids."""
    traceparent = current_traceparent()
    rows = [row_of(topic, item, source=source, traceparent=traceparent) for item in items]
    if rows:
        await connection.execute(
            INSERT_MANY_SQL,
            topic.name,
            [row.partition for row in rows],
            [row.key for row in rows],
            [dict(row.headers) for row in rows],
            [row.value for row in rows],
        )
    return [row.event_id for row in rows]


__all__ = ["INSERT_SQL", "OutboxItem", "OutboxRelay", "OutboxRow", "put", "put_many", "row_of"]
