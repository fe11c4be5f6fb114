"""Presence on its way to Kafka: to an explicit partition, acknowledged before it is relied on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiokafka.errors import KafkaError
from faststream.exceptions import FastStreamException

from services.rescuer_location.store import presence_version
from shared.contracts.records import PresenceRecord
from shared.contracts.topics import PRESENCE
from shared.geometry.cells import partition_of_shard, shard_of_cell
from shared.ids import new_id
from shared.messaging.broker import Broker
from shared.messaging.errors import Transient
from shared.messaging.events import cloud_headers
from shared.telemetry.traces import current_traceparent

PUBLISH_S = 10.0
"""How long the broker may take to acknowledge a batch before it is tried again."""

BREATH = 250
"""Records sent before others get a turn: some milliseconds."""


@dataclass(frozen=True, slots=True)
class ToPublish:
    """A presence, or a tombstone where one was."""

    rescuer_id: str
    cell: str
    """The cell whose shard's partition it goes to."""
    at: datetime
    record: PresenceRecord | None


def partition_of_cell(cell: str) -> int:
    """The partition of ``presence`` that a cell belongs to."""
    return partition_of_shard(shard_of_cell(cell), PRESENCE.partitions)


class PresencePublisher:
    """Writes the ``presence`` topic."""

    def __init__(self, broker: Broker, *, source: str) -> None:
        self._broker = broker
        self._source = source
        self._topic = broker.topic_prefix + PRESENCE.name

    async def publish(self, items: Sequence[ToPublish]) -> None:
        """Returns when the broker has acknowledged all; raises :class:`Transient` otherwise."""
        if not items:
            return
        traceparent = current_traceparent()
        pending: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(PUBLISH_S):
                for number, item in enumerate(items, 1):
                    if number % BREATH == 0:
                        await asyncio.sleep(0)  # sending into a buffer with room does not wait
                    pending.append(await self._send(item, traceparent))
                # Shielded: the producer's own futures must not be cancelled under it.
                await asyncio.shield(asyncio.gather(*pending))
        except (TimeoutError, KafkaError, FastStreamException, OSError) as error:
            for future in pending:
                future.add_done_callback(lambda done: done.cancelled() or done.exception())
            if isinstance(error, KafkaError) and not error.retriable:
                # An idempotent producer that lost its place in a sequence never finds it again.
                await self._broker.renew_producer()
            raise Transient(f"presence not acknowledged: {type(error).__name__}") from error

    async def _send(self, item: ToPublish, traceparent: str | None) -> asyncio.Future[object]:
        headers = cloud_headers(
            event_id=new_id("evt"),
            type=PRESENCE.event_type,
            source=self._source,
            subject=item.rescuer_id,
            time=item.at,
            version=presence_version(item.at),
            shard=shard_of_cell(item.cell),
            traceparent=traceparent,
        )
        sent: asyncio.Future[object] = await self._broker.publish(
            None if item.record is None else item.record.model_dump_json().encode(),
            self._topic,
            key=item.rescuer_id.encode(),
            partition=partition_of_cell(item.cell),
            headers=headers,
            correlation_id=headers["ce_id"],
            no_confirm=True,
        )
        return sent
