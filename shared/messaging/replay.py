"""Feeds a table from its topic, and notices when the replay is done."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaMessage

from shared.telemetry.health import Check
from shared.telemetry.metrics import TABLE_SIZE, TABLE_SKIPPED

if TYPE_CHECKING:
    from shared.messaging.broker import Broker
    from shared.messaging.table import Table

log = logging.getLogger(__name__)

LOOK_S: Final = 0.02
ASK_S: Final = 5.0
PAUSE_S: Final = 0.5
COLLECTOR_OFF_S: Final = 20.0
"""No longer than this, should Kafka not answer."""


class Follower:
    """Feeds one table from its topic; made by :func:`shared.messaging.table.follow`."""

    def __init__(self, table: Table[Any], broker: Broker) -> None:
        self._table = table
        self._broker = broker
        self._applying = False
        self._task: asyncio.Task[None] | None = None
        self._partitions = [
            TopicPartition(broker.topic_prefix + table.topic.name, number)
            for number in range(table.topic.partitions)
        ]

    def live(self) -> Check:
        """A table has no handler that could hang; it tells how it stands."""
        return Check(True, self._stand())

    def ready(self) -> Check:
        """Whether it may be served from."""
        return Check(self._table.ready or self._table.restored, self._stand())

    def _stand(self) -> str:
        table = self._table
        of = "nothing yet" if table.as_of is None else f"as of {table.as_of:%Y-%m-%dT%H:%M:%SZ}"
        state = "replayed" if table.ready else "from a snapshot" if table.restored else "replaying"
        skipped = f", {table.skipped} unreadable" if table.skipped else ""
        return f"{state}, {len(table)} entries, {of}{skipped}"

    async def take(self, message: KafkaMessage) -> None:
        """What FastStream calls with a batch."""
        records = cast("tuple[ConsumerRecord[Any, Any], ...]", message.raw_message)
        self._applying = True
        skipped = self._table.skipped
        try:
            await self._table.apply_all(records)
        finally:
            self._applying = False
        service, topic = self._broker.service, self._table.topic.name
        TABLE_SIZE.labels(service, topic).set(len(self._table))
        TABLE_SKIPPED.labels(service, topic).inc(self._table.skipped - skipped)

    def begin(self, client: AIOKafkaConsumer) -> None:
        """After the client has started: wait for the end of the replay."""
        if not self._table.ready:
            self._task = asyncio.create_task(
                self._wait_for_end(client), name=f"replay {self._table.topic.name}"
            )

    async def stop(self) -> None:
        """Waits no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _wait_for_end(self, client: AIOKafkaConsumer) -> None:
        with _collector_off(), suppress(TimeoutError):
            async with asyncio.timeout(COLLECTOR_OFF_S):
                await self._replay(client)
        if not self._table.ready:
            await self._replay(client)
        # What was replayed stays for good: the collector need not walk through it again and again,
        # which would stop everything for tens of milliseconds each time.
        gc.freeze()
        log.info("%s: %s", self._table.topic.name, self._stand())

    async def _replay(self, client: AIOKafkaConsumer) -> None:
        while True:
            try:
                # Bounded, to ask afresh: a question asked while a broker dies is not answered.
                async with asyncio.timeout(ASK_S):
                    ends = await client.end_offsets(self._partitions)
                break
            except (KafkaError, TimeoutError) as error:
                log.warning("%s: end not known yet: %r", self._table.topic.name, error)
                await asyncio.sleep(PAUSE_S)
        while not await self._reached(client, ends):  # noqa: ASYNC110 (positions have no event)
            await asyncio.sleep(LOOK_S)
        self._table.finish_replay()

    async def _reached(self, client: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
        for partition, end in ends.items():
            if await client.position(partition) < end:
                return False
        # The position moves when a batch is handed out. From there to `take` nothing awaits the
        # event loop, so a batch that counts here is either applied or being applied.
        return not self._applying


_replaying = 0


@contextmanager
def _collector_off() -> Iterator[None]:
    """Python's cycle collector off while tables are replayed: it takes as long again (measured)."""
    global _replaying  # noqa: PLW0603 (the collector is the process's, too)
    _replaying += 1
    gc.disable()
    try:
        yield
    finally:
        _replaying -= 1
        if not _replaying:
            gc.enable()
