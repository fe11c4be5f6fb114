"""Where records go that cannot be handled; a limit keeps a bad deploy from draining a topic there.

A dead letter is the record as it was (key, value, headers) with headers that say what happened, so
that it can be put back. The next offset is committed only after the broker has acknowledged it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from aiokafka import ConsumerRecord

from shared.contracts.topics import Topic, dead_letter_name
from shared.telemetry.metrics import DEAD_LETTERS

if TYPE_CHECKING:
    from shared.messaging.broker import Broker

PUBLISH_TIMEOUT_S: Final = 15.0
LIMIT: Final = 10
WINDOW: Final = 100
MESSAGE_LENGTH: Final = 1_000


class DeadLetterLimit:
    """Counts dead letters among the records handled last."""

    def __init__(self, limit: int = LIMIT, window: int = WINDOW) -> None:
        self._limit = limit
        self._last: deque[bool] = deque(maxlen=window)

    def handled(self, count: int = 1) -> None:
        """So many records went well."""
        self._last.extend([False] * min(count, self._last.maxlen or count))

    def given_up(self) -> None:
        """One record became a dead letter."""
        self._last.append(True)

    @property
    def reached(self) -> bool:
        """Whether one more dead letter would be more than ``limit`` among the last ``window``."""
        return sum(self._last) >= self._limit


def dead_letter_headers(
    record: ConsumerRecord[Any, Any], error: BaseException, service: str
) -> list[tuple[str, bytes]]:
    """The record's own headers, as bytes, and what happened to it."""
    told = {
        "dead_letter_error": type(error).__name__,
        "dead_letter_message": str(error)[:MESSAGE_LENGTH],
        "dead_letter_topic": record.topic,
        "dead_letter_partition": str(record.partition),
        "dead_letter_offset": str(record.offset),
        "dead_letter_service": service,
    }
    own = [(name, value) for name, value in record.headers or () if name not in told]
    return [*own, *((name, value.encode("utf-8", "replace")) for name, value in told.items())]


async def send_dead_letter(
    broker: Broker, topic: Topic, record: ConsumerRecord[Any, Any], error: BaseException
) -> None:
    """Puts a record aside; returns once the broker has it. Raises ``TimeoutError``, ``KafkaError``.

    It uses the client's own producer: FastStream's publish encodes headers as text, and these may
    be the very thing that is broken.
    """
    async with asyncio.timeout(PUBLISH_TIMEOUT_S):
        await broker.producer.send_and_wait(
            broker.topic_prefix + dead_letter_name(topic.name, broker.service),
            value=b"" if record.value is None and record.key is None else record.value,
            key=record.key,
            headers=dead_letter_headers(record, error, broker.service),
        )
    DEAD_LETTERS.labels(broker.service, topic.name).inc()
