"""What becomes of each record that a consumer reads.

- Handled: the offset after it is committed (explicitly, in the background).
- ``Transient`` and what is like it: its partition waits and tries again (``retries``). Nothing is
  lost, however long it takes.
- ``Poison``, and anything else after a few tries: the dead-letter topic; beyond a limit among the
  last records the consumer halts: it commits nothing more, is not ready, and waits for somebody.
- Partitions taken away: the handler in progress finishes (up to a deadline), what is handled is
  committed, and the rest is the next owner's. So handlers must be idempotent.

FastStream swallows what handlers raise, so nothing is left to it to decide.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from faststream.kafka import KafkaMessage

from shared.contracts.records import Record
from shared.contracts.topics import Topic
from shared.messaging.commits import OffsetCommitter
from shared.messaging.dead_letters import DeadLetterLimit, send_dead_letter
from shared.messaging.errors import Poison, is_transient
from shared.messaging.events import Event, decode
from shared.messaging.progress import ProgressProbe
from shared.messaging.retries import Retries, partition_of, where
from shared.telemetry.health import Check
from shared.telemetry.metrics import (
    CONSUME_RETRIES,
    CONSUME_SECONDS,
    CONSUMED,
    CONSUMER_HALTED,
)
from shared.telemetry.traces import span_from

if TYPE_CHECKING:
    from shared.messaging.broker import Broker

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)
Handle = Callable[[Event[R]], Awaitable[None]]
HandleMany = Callable[[Sequence[Event[R]]], Awaitable[None]]

DRAIN_S: Final = 15.0
"""How long a handler may take to finish when its partition leaves: within the rebalance timeout."""
FLUSH_S: Final = 3.0
BUG_TRIES: Final = 3
DEGRADED_AFTER_S: Final = 30.0
STUCK_AFTER_S: Final = 120.0


class Consumer(Generic[R]):
    """One consumed topic of one service instance; ``consumer.consume`` makes it."""

    def __init__(
        self,
        broker: Broker,
        topic: Topic,
        *,
        service: str,
        handle: Handle[R] | HandleMany[R],
        batch: bool,
        retries: Retries,
        limit: DeadLetterLimit,
    ) -> None:
        self.topic = topic
        self.service = service
        self.halted: str | None = None
        """Why it stopped by itself; None while it works."""
        self.assigned: frozenset[TopicPartition] | None = None
        """The partitions that are this instance's; None before the first assignment."""
        self.committer = OffsetCommitter()
        self.progress = ProgressProbe(service, topic.name)
        self._broker = broker
        self._handle = handle
        self._batch = batch
        self._retries = retries
        self._limit = limit
        self._generation = 0
        """Goes up when partitions leave: what was begun before must not touch offsets any more."""
        self._draining = False
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._busy_since: float | None = None
        self._client: AIOKafkaConsumer | None = None

    def live(self) -> Check:
        """False when only a restart helps: a handler, or the reading itself, does not come back."""
        now = asyncio.get_running_loop().time()
        if self._busy_since is not None and now - self._busy_since > STUCK_AFTER_S:
            return Check(False, f"a handler has been at it for {now - self._busy_since:.0f} s")
        if self.halted is None and not self._retries.any and self.progress.stuck:
            return Check(False, self.progress.stuck)
        return Check(True, "reading")

    def ready(self) -> Check:
        """False before the first assignment, when halted, and when retries go on for long."""
        if self.halted is not None:
            return Check(False, f"halted: {self.halted}")
        if self.assigned is None:
            return Check(False, "no partitions assigned yet")
        longest = self._retries.longest(asyncio.get_running_loop().time())
        if longest is not None and longest[0] > DEGRADED_AFTER_S:
            return Check(False, f"degraded: waits since {longest[0]:.0f} s: {longest[1].why}")
        return Check(True, f"{len(self.assigned)} partitions")

    async def take(self, message: KafkaMessage) -> None:
        """What FastStream calls, with one record or a batch."""
        raw = message.raw_message
        records = raw if isinstance(raw, tuple) else (raw,)
        client = cast(AIOKafkaConsumer, message.consumer)
        self._client = client
        if self._taking_nothing:
            return  # not committed, so read again by whoever owns it then
        self._idle.clear()
        self._busy_since = asyncio.get_running_loop().time()
        generation = self._generation
        try:
            await self._process(client, records, generation)
        except Exception as error:
            log.exception("%s: unexpected error around the handler", self.topic.name)
            self._again(client, records, error, generation)
        finally:
            self._busy_since = None
            self._idle.set()

    async def revoked(self) -> None:
        """Partitions are taken away: finish what is in progress and commit it."""
        self._draining = True
        await self._finish(DRAIN_S)
        self._generation += 1
        self._retries.clear()
        self.committer.forget()

    def reassigned(self, partitions: set[TopicPartition]) -> None:
        """A new assignment; reading begins at what is committed."""
        self._draining = False
        self.assigned = frozenset(partitions)
        numbers = sorted(partition.partition for partition in partitions)
        log.info("%s: partitions %s are ours", self.topic.name, numbers)
        self.progress.moved()
        if self.halted is not None and self._client is not None:
            self._client.pause(*partitions)

    async def begin(self, client: AIOKafkaConsumer) -> None:
        """After the client has started: watch that it moves."""
        self._stopping = False
        self._client = client
        self.progress.start(client)

    async def drain(self) -> None:
        """Before the client closes: finish, commit, take nothing more."""
        self._stopping = True
        await self.progress.stop()
        await self._finish(DRAIN_S)
        self._generation += 1
        self._retries.clear()
        self.committer.stop()

    async def _finish(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%s: a handler did not finish in %g s", self.topic.name, timeout_s)
        await self.committer.flush(FLUSH_S)

    @property
    def _taking_nothing(self) -> bool:
        return self._draining or self._stopping or self.halted is not None

    async def _process(
        self, client: AIOKafkaConsumer, records: Sequence[ConsumerRecord[Any, Any]], generation: int
    ) -> None:
        if self._batch and await self._process_together(client, records, generation):
            return
        waiting: set[TopicPartition] = set()
        for record in records:
            if partition_of(record) in waiting:
                continue
            if self._taking_nothing:
                return
            done = await self._process_one(client, record, generation)
            if generation != self._generation:
                return
            if done:
                self._settled(client, record)
            else:
                waiting.add(partition_of(record))

    async def _process_together(
        self, client: AIOKafkaConsumer, records: Sequence[ConsumerRecord[Any, Any]], generation: int
    ) -> bool:
        """The batch in one handler call; False when each record must be looked at by itself."""
        events: list[Event[Any]] = []
        poisoned: list[tuple[ConsumerRecord[Any, Any], Poison]] = []
        for record in records:
            try:
                events.append(decode(record, self.topic))
            except Poison as error:
                poisoned.append((record, error))
        if events:
            try:
                await self._call(events)
            except Exception as error:
                if not is_transient(error):
                    log.warning("%s: batch failed, one by one now: %r", self.topic.name, error)
                    return False
                self._again(client, records, error, generation)
                return True
            self._limit.handled(len(events))
        stopped_at: dict[TopicPartition, int] = {}
        for record, poison in poisoned:
            partition = partition_of(record)
            if partition not in stopped_at and not await self._give_up(
                client, record, poison, generation
            ):
                stopped_at[partition] = record.offset
        if generation == self._generation:
            for record in records:
                if record.offset < stopped_at.get(partition_of(record), record.offset + 1):
                    self._settled(client, record)
        return True

    async def _process_one(
        self, client: AIOKafkaConsumer, record: ConsumerRecord[Any, Any], generation: int
    ) -> bool:
        """Handles one record; True when it is done with (handled, or a dead letter)."""
        try:
            await self._call([decode(record, self.topic)])
        except Poison as error:
            return await self._give_up(client, record, error, generation)
        except Exception as error:
            bug = not is_transient(error)
            if bug:
                log.exception("%s: the handler failed", where(record))
            if bug and self._retries.tries(record) + 1 >= BUG_TRIES:
                return await self._give_up(client, record, error, generation)
            self._again(client, [record], error, generation)
            return False
        self._limit.handled()
        return True

    async def _give_up(
        self,
        client: AIOKafkaConsumer,
        record: ConsumerRecord[Any, Any],
        failure: Exception,
        generation: int,
    ) -> bool:
        """Puts a record aside; False when that failed (and is tried again) or is one too many."""
        if generation != self._generation:
            return False
        if self._limit.reached:
            self._halt(client, f"too many dead letters; the last: {where(record)}: {failure}")
            return False
        try:
            await send_dead_letter(self._broker, self.topic, record, failure)
        except Exception as error:
            log.warning("%s: dead letter not accepted: %r", where(record), error)
            self._again(client, [record], error, generation)
            return False
        self._limit.given_up()
        log.error("%s: dead letter: %s: %s", where(record), type(failure).__name__, failure)
        return True

    async def _call(self, events: Sequence[Event[Any]]) -> None:
        with (
            span_from(events[0].traceparent, f"consume {self.topic.name}"),
            CONSUME_SECONDS.labels(self.service, self.topic.name).time(),
        ):
            if self._batch:
                await cast("HandleMany[Any]", self._handle)(events)
            else:
                await cast("Handle[Any]", self._handle)(events[0])

    def _settled(self, client: AIOKafkaConsumer, record: ConsumerRecord[Any, Any]) -> None:
        partition = partition_of(record)
        self._retries.succeeded(partition)
        self.committer.mark(client, partition, record.offset + 1)
        self.progress.moved()
        CONSUMED.labels(self.service, self.topic.name).inc()

    def _again(
        self,
        client: AIOKafkaConsumer,
        records: Sequence[ConsumerRecord[Any, Any]],
        error: Exception,
        generation: int,
    ) -> None:
        if generation != self._generation:
            return
        CONSUME_RETRIES.labels(self.service, self.topic.name).inc()
        self._retries.wind_back(
            client,
            records,
            f"{type(error).__name__}: {error}",
            lambda: generation == self._generation and not self._taking_nothing,
        )

    def _halt(self, client: AIOKafkaConsumer, why: str) -> None:
        self.halted = why
        client.pause(*client.assignment())
        CONSUMER_HALTED.labels(self.service, self.topic.name).set(1)
        log.critical("%s: HALTED, nothing more is consumed here: %s", self.topic.name, why)
