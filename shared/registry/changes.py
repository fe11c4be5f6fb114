"""What a write does to an entry, without any database: the next version and the events of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared.contracts.topics import Topic
from shared.geometry.cells import partition_of_shard
from shared.messaging.outbox import OutboxItem
from shared.registry.model import D, Entry, Kind, Located, id_of


def first_version(document: D, located: Located, now: datetime) -> Entry[D]:
    """A new entry."""
    return Entry(
        id=id_of(document),
        version=1,
        document=document,
        latitude=located.latitude,
        longitude=located.longitude,
        shard=located.shard,
        retired=False,
        created_at=now,
        updated_at=now,
    )


def next_version(current: Entry[D], document: D, located: Located, now: datetime) -> Entry[D]:
    """The entry with another document; one that was retired is back."""
    return replace(
        current,
        version=current.version + 1,
        document=document,
        latitude=located.latitude,
        longitude=located.longitude,
        shard=located.shard,
        retired=False,
        updated_at=now,
    )


def retired_version(current: Entry[D], now: datetime) -> Entry[D]:
    """The entry out of use."""
    return replace(current, version=current.version + 1, retired=True, updated_at=now)


def is_same(current: Entry[D], document: D, located: Located) -> bool:
    """Whether writing would change nothing; what the document refers to may have moved, too."""
    return (
        not current.retired
        and current.document == document
        and located == Located(current.latitude, current.longitude, current.shard)
    )


def events_of(kind: Kind[D], entry: Entry[D], before: Entry[D] | None) -> list[OutboxItem]:
    """The record or tombstone, after a tombstone on a partition that the entry has left."""

    def item(data_is_tombstone: bool, partition_from: int | None = None) -> OutboxItem:
        return OutboxItem(
            key=entry.id,
            shard=entry.shard,
            data=None if data_is_tombstone else kind.record_of(entry),
            event_time=entry.updated_at,
            version=entry.version,
            partition_from=partition_from,
        )

    items = []
    if before is not None and not before.retired and _moves(kind.topic, before, entry):
        items.append(item(True, partition_from=before.shard))
    items.append(item(entry.retired))
    return items


def _moves(topic: Topic, before: Entry[D], entry: Entry[D]) -> bool:
    return partition_of_shard(before.shard, topic.partitions) != partition_of_shard(
        entry.shard, topic.partitions
    )
