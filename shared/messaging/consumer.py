"""Consuming a topic as a group: FastStream reads, this decides what every outcome means.

- Handled: the offset after it is committed (explicitly, in the background).
- :class:`Transient` and what is like it: the partition is wound back and paused, and goes on after a
  growing pause; other partitions are not held up. Nothing is lost, however long it takes.
- :class:`Poison`, and anything else after a few tries: the dead-letter topic; beyond a limit among
  the last records the consumer halts: commits nothing more, is not ready, and waits for somebody.
- Partitions taken away: the handler in progress finishes (up to a deadline), what is handled is
  committed, and the rest is the next owner's. Handlers must be idempotent (``inbox.first_time``).

FastStream swallows what handlers raise, so nothing is left to it to decide.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar, cast, overload

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.exceptions import IncorrectState
from faststream.kafka import KafkaMessage

from shared.contracts.records import Record
from shared.contracts.topics import Topic
from shared.messaging.commits import OffsetCommitter
from shared.messaging.dead_letters import DeadLetterLimit, send_dead_letter
from shared.messaging.errors import Poison, is_transient
from shared.messaging.events import Event, decode
from shared.messaging.progress import ProgressProbe
from shared.messaging.raw import raw_decoder, raw_parser
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
    from shared.messaging.watch import ConsumerWatch

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Record)
Handle = Callable[[Event[R]], Awaitable[None]]
HandleMany = Callable[[Sequence[Event[R]]], Awaitable[None]]

SESSION_TIMEOUT_MS: Final = 10_000
HEARTBEAT_MS: Final = 2_000
REBALANCE_TIMEOUT_MS: Final = 30_000
DRAIN_S: Final = 15.0
"""How long a handler may take to finish when its partition is taken away: within the rebalance."""
POLL_INTERVAL_MS: Final = 300_000
BATCH_TIMEOUT_MS: Final = 20
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0
BUG_TRIES: Final = 3
DEGRADED_AFTER_S: Final = 30.0
STUCK_AFTER_S: Final = 120.0


class Consumer(Generic[R]):
    """One consumed topic of one service instance; made by :func:`consume`."""

    def __init__(
        self,
        broker: Broker,
        topic: Topic,
        *,
        service: str,
        handle: Handle[R] | HandleMany[R],
        batch: bool,
        first_pause_s: float,
        longest_pause_s: float,
        dead_letter_limit: DeadLetterLimit,
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
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._limit = dead_letter_limit
        self._generation = 0
        self._draining = False
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._busy_since: float | None = None
        self._failing: dict[TopicPartition, _Failing] = {}
        self._client: AIOKafkaConsumer | None = None

    def live(self) -> Check:
        """False when only a restart helps: a handler call, or the reading itself, does not come back."""
        now = asyncio.get_running_loop().time()
        if self._busy_since is not None and now - self._busy_since > STUCK_AFTER_S:
            return Check(False, f"a handler has been at it for {now - self._busy_since:.0f} s")
        if self.halted is None and not self._failing and self.progress.stuck:
            return Check(False, self.progress.stuck)
        return Check(True, "reading")

    def ready(self) -> Check:
        """False before the first assignment, when halted, and when retries go on for long."""
        if self.halted is not None:
            return Check(False, f"halted: {self.halted}")
        if self.assigned is None:
            return Check(False, "no partitions assigned yet")
        now = asyncio.get_running_loop().time()
        for partition, failing in self._failing.items():
            if now - failing.since > DEGRADED_AFTER_S:
                return Check(
                    False,
                    f"degraded: partition {partition.partition} waits since"
                    f" {now - failing.since:.0f} s: {failing.why}",
                )
        return Check(True, f"{len(self.assigned)} partitions")

    async def take(self, message: KafkaMessage) -> None:
        """What FastStream calls, with one record or a batch."""
        raw = message.raw_message
        records = raw if isinstance(raw, tuple) else (raw,)
        client = cast(AIOKafkaConsumer, message.consumer)
        self._client = client
        if self._stopping or self._draining or self.halted is not None:
            return  # not committed, so read again by whoever owns it then
        self._idle.clear()
        self._busy_since = asyncio.get_running_loop().time()
        generation = self._generation
        try:
            await self._process(client, records, generation)
        except Exception:
            log.exception("%s: unexpected error around the handler", self.topic.name)
            if generation == self._generation:
                self._wind_back(client, records, "unexpected error")
        finally:
            self._busy_since = None
            self._idle.set()

    async def _process(
        self, client: AIOKafkaConsumer, records: Sequence[ConsumerRecord[Any, Any]], generation: int
    ) -> None:
        if self._batch and await self._process_together(client, records, generation):
            return
        held: set[TopicPartition] = set()
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            if partition in held:
                continue
            if self._draining or self._stopping or self.halted is not None:
                return
            done = await self._process_one(client, record)
            if generation != self._generation:
                return
            if done:
                self._settled(client, partition, record.offset + 1)
            else:
                held.add(partition)

    async def _process_together(
        self, client: AIOKafkaConsumer, records: Sequence[ConsumerRecord[Any, Any]], generation: int
    ) -> bool:
        """The whole batch in one handler call; False when each record must be looked at by itself."""
        events: list[Event[Any]] = []
        poisoned: list[tuple[ConsumerRecord[Any, Any], Poison]] = []
        for record in records:
            try:
                events.append(decode(record, self.topic))
            except Poison as error:
                poisoned.append((record, error))
        if events:
            try:
                await self._call(events, events[0].traceparent)
            except Exception as error:
                if not is_transient(error):
                    log.warning("%s: batch failed, one by one now: %r", self.topic.name, error)
                    return False
                if generation == self._generation:
                    self._wind_back(client, records, _tell(error))
                return True
            self._limit.handled(len(events))
        stopped_at: dict[TopicPartition, int] = {}
        for record, error in poisoned:
            partition = TopicPartition(record.topic, record.partition)
            if partition in stopped_at:
                continue
            if not await self._give_up(client, record, error, generation):
                stopped_at[partition] = record.offset
        if generation == self._generation:
            for record in records:
                partition = TopicPartition(record.topic, record.partition)
                if record.offset < stopped_at.get(partition, record.offset + 1):
                    self._settled(client, partition, record.offset + 1)
        return True

    async def _process_one(
        self, client: AIOKafkaConsumer, record: ConsumerRecord[Any, Any]
    ) -> bool:
        """Handles one record; True when its offset may be committed (handled, or a dead letter)."""
        generation = self._generation
        failure: BaseException
        try:
            event = decode(record, self.topic)
            await self._call([event], event.traceparent)
        except Poison as error:
            failure = error
        except Exception as error:
            if generation != self._generation:
                return False
            tries = self._failing_at(record).tries + 1
            if is_transient(error) or tries < BUG_TRIES:
                if not is_transient(error):
                    log.exception("%s: handler failed, try %d", _where(record), tries)
                self._wind_back(client, [record], _tell(error))
                return False
            failure = error
        else:
            self._limit.handled()
            return True
        return await self._give_up(client, record, failure, generation)

    async def _give_up(
        self,
        client: AIOKafkaConsumer,
        record: ConsumerRecord[Any, Any],
        failure: BaseException,
        generation: int,
    ) -> bool:
        if self._limit.reached:
            self._halt(client, f"too many dead letters; the last: {_where(record)}: {failure}")
            return False
        try:
            await send_dead_letter(self._broker, self.topic, record, failure)
        except (Exception, IncorrectState) as error:
            if generation == self._generation:
                self._wind_back(client, [record], f"dead letter not accepted: {_tell(error)}")
            return False
        self._limit.given_up()
        log.error("%s: dead letter: %s", _where(record), _tell(failure), exc_info=failure)
        return True

    async def _call(self, events: Sequence[Event[Any]], traceparent: str | None) -> None:
        with (
            span_from(traceparent, f"consume {self.topic.name}"),
            CONSUME_SECONDS.labels(self.service, self.topic.name).time(),
        ):
            if self._batch:
                await cast("HandleMany[Any]", self._handle)(events)
            else:
                await cast("Handle[Any]", self._handle)(events[0])

    def _settled(self, client: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> None:
        self._failing.pop(partition, None)
        self.committer.mark(client, partition, offset)
        self.progress.moved()
        CONSUMED.labels(self.service, self.topic.name).inc()

    def _failing_at(self, record: ConsumerRecord[Any, Any]) -> _Failing:
        partition = TopicPartition(record.topic, record.partition)
        failing = self._failing.get(partition)
        if failing is None or failing.offset != record.offset:
            return _Failing(record.offset, asyncio.get_running_loop().time())
        return failing

    def _wind_back(
        self, client: AIOKafkaConsumer, records: Sequence[ConsumerRecord[Any, Any]], why: str
    ) -> None:
        """Back to the first of the records on each partition, and on from there after a pause."""
        first: dict[TopicPartition, ConsumerRecord[Any, Any]] = {}
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record)
        for partition, record in first.items():
            failing = self._failing_at(record)
            failing.tries += 1
            failing.why = why
            self._failing[partition] = failing
            pause_s = min(self._longest_pause_s, self._first_pause_s * 2 ** (failing.tries - 1))
            pause_s *= random.uniform(0.8, 1.2)  # noqa: S311 (spreads retries, no secret)
            client.seek(partition, record.offset)
            client.pause(partition)
            asyncio.get_running_loop().call_later(
                pause_s, self._resume, client, partition, self._generation
            )
            CONSUME_RETRIES.labels(self.service, self.topic.name).inc()
            if failing.tries in (1, 10) or failing.tries % 100 == 0:
                log.warning("%s: trying again (%d): %s", _where(record), failing.tries, why)

    def _resume(self, client: AIOKafkaConsumer, partition: TopicPartition, generation: int) -> None:
        if generation == self._generation and self.halted is None and not self._stopping:
            client.resume(partition)

    def _halt(self, client: AIOKafkaConsumer, why: str) -> None:
        self.halted = why
        client.pause(*client.assignment())
        CONSUMER_HALTED.labels(self.service, self.topic.name).set(1)
        log.critical("%s: HALTED, nothing more is consumed here: %s", self.topic.name, why)

    async def revoked(self) -> None:
        """Partitions are taken away: finish what is in progress and commit it."""
        self._draining = True
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._idle.wait()
                await self.committer.flush(DRAIN_S)
        except TimeoutError:
            log.warning("%s: a handler did not finish before its partition left", self.topic.name)
        self._generation += 1
        self._failing.clear()
        self.committer.forget()

    def reassigned(self, partitions: set[TopicPartition]) -> None:
        """A new assignment; reading begins at what is committed."""
        self._draining = False
        self.assigned = frozenset(partitions)
        self.progress.moved()
        if self.halted is not None and self._client is not None:
            self._client.pause(*partitions)

    async def drain(self) -> None:
        """Before the client closes: finish, commit, take nothing more."""
        self._stopping = True
        await self.progress.stop()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%s: a handler did not finish before the stop", self.topic.name)
        await self.committer.flush(3.0)
        self.committer.stop()

    async def begin(self, client: AIOKafkaConsumer | None) -> None:
        """After the client has started: watch that it moves."""
        self._stopping = False
        if client is not None:
            self._client = client
            self.progress.start(client)


class _Failing:
    """A partition that waits for one record to succeed."""

    def __init__(self, offset: int, since: float) -> None:
        self.offset = offset
        self.since = since
        self.tries = 0
        self.why = ""


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: Consumer[Any]) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._consumer.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._consumer.reassigned(assigned)


@overload
def consume(
    broker: Broker,
    topic: Topic,
    *,
    service: str,
    handle: Handle[R],
    batch: Literal[False] = False,
    max_records: int = ...,
    watch: ConsumerWatch | None = ...,
    required: bool = ...,
    first_pause_s: float = ...,
    longest_pause_s: float = ...,
    dead_letter_limit: DeadLetterLimit | None = ...,
) -> Consumer[R]: ...


@overload
def consume(
    broker: Broker,
    topic: Topic,
    *,
    service: str,
    handle: HandleMany[R],
    batch: Literal[True],
    max_records: int = ...,
    watch: ConsumerWatch | None = ...,
    required: bool = ...,
    first_pause_s: float = ...,
    longest_pause_s: float = ...,
    dead_letter_limit: DeadLetterLimit | None = ...,
) -> Consumer[R]: ...


def consume(
    broker: Broker,
    topic: Topic,
    *,
    service: str,
    handle: Handle[R] | HandleMany[R],
    batch: bool = False,
    max_records: int = 500,
    watch: ConsumerWatch | None = None,
    required: bool = True,
    first_pause_s: float = FIRST_PAUSE_S,
    longest_pause_s: float = LONGEST_PAUSE_S,
    dead_letter_limit: DeadLetterLimit | None = None,
) -> Consumer[R]:
    """Declares that a service handles each record of a topic once, as a group of its instances.

    ``handle`` gets one event, or with ``batch`` up to ``max_records`` (for thousands a second; a
    single record then waits up to 20 ms longer). A batch must succeed or fail as a whole, in one
    transaction. ``required`` False keeps a service ready while this consumer has no partitions
    (Kafka away). Call before the broker starts.
    """
    if service not in topic.consumers:
        raise ValueError(f"service: {service} is not declared as a consumer of {topic.name}")
    consumer: Consumer[R] = Consumer(
        broker,
        topic,
        service=service,
        handle=handle,
        batch=batch,
        first_pause_s=first_pause_s,
        longest_pause_s=longest_pause_s,
        dead_letter_limit=dead_letter_limit or DeadLetterLimit(),
    )
    name = broker.topic_prefix + topic.name
    subscriber: Any = broker.subscriber(  # type: ignore[call-overload]
        name,
        # A group for each topic: members join and leave it without disturbing other topics.
        group_id=f"{broker.topic_prefix}{service}.{topic.name}",
        batch=batch,
        batch_timeout_ms=BATCH_TIMEOUT_MS,
        max_records=max_records,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        partition_assignment_strategy=(RangePartitionAssignor,),
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        max_poll_interval_ms=POLL_INTERVAL_MS,
        fetch_max_wait_ms=500,
        listener=_Listener(consumer),
        parser=raw_parser,
        decoder=raw_decoder,
        no_reply=True,
    )
    subscriber(consumer.take)

    async def begin() -> None:
        await consumer.begin(subscriber.consumer)

    broker.after_start(begin)
    broker.before_stop(consumer.drain)
    broker.topics_needed.update(
        [name, *(broker.topic_prefix + each for each in topic.dead_letter_topics)]
    )
    if watch is not None:
        watch.add(
            f"consumer {topic.name}",
            live=consumer.live,
            ready=consumer.ready if required else None,
        )
    return consumer


def _where(record: ConsumerRecord[Any, Any]) -> str:
    return f"{record.topic} partition {record.partition} offset {record.offset}"


def _tell(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
