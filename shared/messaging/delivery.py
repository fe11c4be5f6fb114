"""Outbox rows on their way to one partition, batch after batch.

A batch has one future and one produce request, so a row costs a few microseconds (FastStream's
``publish`` hands over record by record: measured at ten times that); and a batch succeeds or fails
as one, in its order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    RecordListTooLargeError,
    RecordTooLargeError,
    UnknownProducerId,
)

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

MAX_RECORD_BYTES: Final = 900_000
"""Below the brokers' default ``message.max.bytes`` (1,048,588): what is too large is refused here,
before it has used up one of the idempotent producer's sequence numbers."""
REFUSED_TRIES: Final = 3
"""A row that the broker refuses for what it is gets so many tries before it is put aside."""

Row = Mapping[str, Any]


class RefusedError(Exception):
    """A row can never be published, for what it is."""


BROKER_REFUSALS: Final = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RecordTooLargeError,
    InvalidTopicError,
)
PRODUCER_LOST: Final = (
    InvalidProducerEpoch,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    UnknownProducerId,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of rows that were sent in their order."""

    acknowledged: Sequence[Row]
    """The prefix that the broker has."""
    failed: Sequence[Row] = ()
    """The batch after it, which the broker has not; what comes after that was not tried."""
    error: Exception | None = None
    """Why it failed."""

    @property
    def refused(self) -> bool:
        """Whether it will fail again for ever, for what it is."""
        return isinstance(self.error, (RefusedError, *BROKER_REFUSALS))

    @property
    def producer_lost(self) -> bool:
        """Whether the producer itself has failed for good: an idempotent one that has lost its
        place in a sequence never finds it again.
        """
        return isinstance(self.error, PRODUCER_LOST) or type(self.error) is KafkaError


async def deliver(producer: AIOKafkaProducer, topic: str, rows: Sequence[Row]) -> Outcome:
    """Publishes rows of one partition; returns when the broker has all of them, or at a failure.

    An idempotent producer goes on trying while a broker is away, so this may take long.
    """
    done = 0
    batch = list(rows[:1])
    try:
        partition = rows[0]["partition"]
        if partition not in await producer.partitions_for(topic):
            raise RefusedError(f"{topic} has no partition {partition}")
        while done < len(rows):
            builder = producer.create_batch()
            batch = list(rows[done : done + 1])
            batch = _fill(builder, rows[done:])
            await (await producer.send_batch(builder, topic, partition=partition))
            done += len(batch)
    except Exception as error:
        return Outcome(rows[:done], batch, error)
    return Outcome(rows)


def _fill(builder: Any, rows: Sequence[Row]) -> list[Row]:
    """As many rows as fit; raises RefusedError when the first is too large by itself."""
    taken: list[Row] = []
    for row in rows:
        key, value = row["key"].encode(), row["value"]
        headers = [
            (name, text.encode())
            for name, text in msgspec.json.decode(row["headers"], type=dict[str, str]).items()
        ]
        size = len(key) + (len(value) if value is not None else 0)
        size += sum(len(name) + len(text) for name, text in headers)
        if size > MAX_RECORD_BYTES:
            if taken:
                break  # those before it go first
            raise RefusedError(f"the record has {size} bytes, at most {MAX_RECORD_BYTES} go")
        if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
            break
        taken.append(row)
    return taken


class Suspects:
    """How far the search for a refused row of a lane is."""

    def __init__(self, rows: int = 0) -> None:
        self._rows = rows
        self._tries = 0

    def refused(self, rows: int) -> bool:
        """So many were refused together; True when it is one row, and tried often enough."""
        if rows > 1:
            self._rows = rows
            return False
        self._tries += 1
        return self._tries >= REFUSED_TRIES

    def cleared(self, rows: int) -> bool:
        """So many went well; True when none is under suspicion any more."""
        self._tries = 0
        self._rows -= rows
        return self._rows <= 0
