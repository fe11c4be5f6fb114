"""Commits explicit offsets of what was really handled, in the background, newest only.

Handlers need not wait for the broker: a crash before a commit repeats records, which idempotent
handlers bear. One commit is in flight at a time, so under load many offsets go with one request.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaError,
    UnknownMemberIdError,
)

log = logging.getLogger(__name__)

RETRY_S = 0.5


class OffsetCommitter:
    """Remembers how far each partition is handled, and commits it."""

    def __init__(self) -> None:
        self._handled: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None
        self.commits = 0
        """Commit requests that the broker has accepted."""

    def mark(self, consumer: AIOKafkaConsumer, partition: TopicPartition, next_offset: int) -> None:
        """Everything before ``next_offset`` is handled."""
        self._handled[partition] = max(next_offset, self._handled.get(partition, 0))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_all(consumer), name="offset-commit")

    def forget(self) -> None:
        """After partitions have moved: what is not committed is the next owner's to repeat."""
        self._handled.clear()

    async def flush(self, timeout_s: float) -> bool:
        """Waits until everything marked is committed; False when that did not happen in time."""
        if self._task is None or self._task.done():
            return not self._handled
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(self._task)
        return not self._handled

    def stop(self) -> None:
        """Gives up what is not committed."""
        if self._task is not None:
            self._task.cancel()

    async def _commit_all(self, consumer: AIOKafkaConsumer) -> None:
        while self._handled:
            offsets = dict(self._handled)
            try:
                await consumer.commit(offsets)
            except (
                CommitFailedError,
                IllegalStateError,
                IllegalGenerationError,
                UnknownMemberIdError,
            ) as error:
                # The partitions are somebody else's by now, who repeats these records.
                log.info("offsets not committed, the group has moved on: %s", error)
                self._handled.clear()
                return
            except KafkaError as error:
                log.warning("offsets not committed, trying again: %s", error)
                await asyncio.sleep(RETRY_S)
                continue
            self.commits += 1
            for partition, offset in offsets.items():
                if self._handled.get(partition) == offset:
                    del self._handled[partition]
