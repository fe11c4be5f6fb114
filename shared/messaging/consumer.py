"""Declares that a service consumes a topic as a group: a FastStream subscriber around ``handling``.

FastStream reads and calls; acknowledgement is manual, offsets are explicit, and each record is
decoded by itself. The single-record subscriber has no polling delay, so it serves what must be
quick (alerts, orders, deliveries); the batch one serves thousands of records a second (positions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, overload

from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy

from shared.contracts.topics import Topic
from shared.messaging.dead_letters import DeadLetterLimit
from shared.messaging.handling import Consumer, Handle, HandleMany, R
from shared.messaging.raw import raw_decoder, raw_parser
from shared.messaging.retries import Retries

if TYPE_CHECKING:
    from shared.messaging.broker import Broker
    from shared.messaging.watch import ConsumerWatch

SESSION_TIMEOUT_MS: Final = 10_000
HEARTBEAT_MS: Final = 2_000
REBALANCE_TIMEOUT_MS: Final = 30_000
"""aiokafka takes the session timeout otherwise, too short to finish a handler in."""
POLL_INTERVAL_MS: Final = 300_000
FETCH_WAIT_MS: Final = 100
"""aiokafka has one fetch on its way to each broker: a partition that was not in it (paused, or not
read empty yet) waits until it comes back, by default half a second."""
BATCH_TIMEOUT_MS: Final = 20
"""After an empty poll FastStream sleeps for as long again, so small: at most 20 ms are added."""


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells a consumer when its partitions leave and come."""

    def __init__(self, consumer: Consumer[Any]) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Before the group is joined again."""
        await self._consumer.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Once the group has agreed."""
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
    retries: Retries | None = ...,
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
    retries: Retries | None = ...,
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
    retries: Retries | None = None,
    dead_letter_limit: DeadLetterLimit | None = None,
) -> Consumer[R]:
    """Declares that a service handles each record of a topic once, as a group of its instances.

    ``handle`` gets one event, or with ``batch`` up to ``max_records`` of all its partitions. It
    must be idempotent, and a batch must succeed or fail as a whole, in one transaction: after a
    failure that is not transient its events come again one by one. ``required`` False keeps a
    service ready while this consumer has no partitions (Kafka away). Call before the broker starts.
    """
    if service not in topic.consumers:
        raise ValueError(f"service: {service} is not declared as a consumer of {topic.name}")
    consumer: Consumer[R] = Consumer(
        broker,
        topic,
        service=service,
        handle=handle,
        batch=batch,
        retries=Retries() if retries is None else retries,
        limit=DeadLetterLimit() if dead_letter_limit is None else dead_letter_limit,
    )
    name = broker.topic_prefix + topic.name
    subscriber: Any = broker.subscriber(
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
        fetch_max_wait_ms=FETCH_WAIT_MS,
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


__all__ = ["Consumer", "DeadLetterLimit", "Retries", "consume"]
