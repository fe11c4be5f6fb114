"""Partitions that wait for one of their records to succeed.

The partition is wound back to that record and paused, for a pause that grows; it is fetched again
afterwards. So waiting occupies nobody: other partitions go on, the group's heartbeat goes on, and a
rebalance finds nothing in progress.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0


@dataclass(slots=True)
class Waiting:
    """One partition that waits."""

    offset: int
    """Of the record that has to succeed."""
    since: float
    """The event loop's clock at its first failure, seconds."""
    tries: int = 0
    """How often it has failed."""
    why: str = ""


class Retries:
    """Which partitions wait, and for how long yet."""

    def __init__(
        self, *, first_pause_s: float = FIRST_PAUSE_S, longest_pause_s: float = LONGEST_PAUSE_S
    ) -> None:
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._waiting: dict[TopicPartition, Waiting] = {}
        self._timers: dict[TopicPartition, asyncio.TimerHandle] = {}

    @property
    def any(self) -> bool:
        """Whether any partition waits."""
        return bool(self._waiting)

    def tries(self, record: ConsumerRecord[Any, Any]) -> int:
        """How often this record has failed before."""
        waiting = self._waiting.get(partition_of(record))
        return waiting.tries if waiting is not None and waiting.offset == record.offset else 0

    def longest(self, now: float) -> tuple[float, Waiting] | None:
        """The partition that has waited longest, with its seconds."""
        oldest = min(self._waiting.values(), key=lambda each: each.since, default=None)
        return None if oldest is None else (now - oldest.since, oldest)

    def succeeded(self, partition: TopicPartition) -> None:
        """The partition does not wait any more."""
        self._waiting.pop(partition, None)

    def clear(self) -> None:
        """The partitions are somebody else's."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._waiting.clear()

    def wind_back(
        self,
        client: AIOKafkaConsumer,
        records: Sequence[ConsumerRecord[Any, Any]],
        why: str,
        may_resume: Callable[[], bool],
    ) -> None:
        """Back to the first of the records on each partition, and on from there after a pause."""
        first: dict[TopicPartition, ConsumerRecord[Any, Any]] = {}
        for record in records:
            first.setdefault(partition_of(record), record)
        loop = asyncio.get_running_loop()
        for partition, record in first.items():
            waiting = self._waiting.get(partition)
            if waiting is None or waiting.offset != record.offset:
                waiting = self._waiting[partition] = Waiting(record.offset, loop.time())
            waiting.tries += 1
            waiting.why = why
            if waiting.tries in (1, 10) or waiting.tries % 100 == 0:
                log.warning("%s: trying again (%d): %s", where(record), waiting.tries, why)
            client.seek(partition, record.offset)
            client.pause(partition)
            self._timers[partition] = loop.call_later(
                self._pause_s(waiting.tries), self._resume, client, partition, may_resume
            )

    def _pause_s(self, tries: int) -> float:
        # Bounded before it is raised, or a long outage ends in a float that is too large.
        pause_s = min(self._longest_pause_s, self._first_pause_s * 2.0 ** min(tries - 1, 32))
        return pause_s * random.uniform(0.8, 1.2)  # noqa: S311 (spreads retries, no secret)

    def _resume(
        self, client: AIOKafkaConsumer, partition: TopicPartition, may_resume: Callable[[], bool]
    ) -> None:
        self._timers.pop(partition, None)
        if may_resume():
            client.resume(partition)


def partition_of(record: ConsumerRecord[Any, Any]) -> TopicPartition:
    """The topic and partition of a record."""
    return TopicPartition(record.topic, record.partition)


def where(record: ConsumerRecord[Any, Any]) -> str:
    """A record's place, for people."""
    return f"{record.topic} partition {record.partition} offset {record.offset}"
