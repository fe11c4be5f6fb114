"""Notices a consumer that does not move although there is something to read.

Consumers that hang after a broker's restart have been reported (aiokafka #1154, #847), and they
look healthy to a ping. So the end offsets are compared with what was read, now and then; the
difference is also the lag that operators see. A broker that cannot be asked is no stuck consumer.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError, KafkaError

from shared.telemetry.metrics import CONSUMER_LAG

log = logging.getLogger(__name__)

EVERY_S: Final = 5.0
STUCK_AFTER_S: Final = 90.0


class ProgressProbe:
    """Asks for end offsets every few seconds."""

    def __init__(self, service: str, topic: str) -> None:
        self._service = service
        self._topic = topic
        self._task: asyncio.Task[None] | None = None
        self._moved_at = 0.0
        self.lag = 0
        """Records not read yet on this instance's partitions, as of the last look."""
        self.stuck: str | None = None
        """Why it is thought to be stuck; None while it moves or has nothing to do."""

    def moved(self) -> None:
        """Something was handled."""
        self._moved_at = asyncio.get_running_loop().time()

    def start(self, client: AIOKafkaConsumer) -> None:
        """Begins to look."""
        self.moved()
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._watch(client), name=f"progress {self._topic}")

    async def stop(self) -> None:
        """Looks no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _watch(self, client: AIOKafkaConsumer) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            with suppress(KafkaError, IllegalStateError, TimeoutError, OSError):
                await self._look(client)

    async def _look(self, client: AIOKafkaConsumer) -> None:
        partitions = client.assignment()
        paused = client.paused()
        waiting = 0
        async with asyncio.timeout(EVERY_S):
            ends = await client.end_offsets(list(partitions)) if partitions else {}
            for partition, end in ends.items():
                lag = max(0, end - await client.position(partition))
                CONSUMER_LAG.labels(self._service, self._topic, str(partition.partition)).set(lag)
                waiting += 0 if partition in paused else lag
        self.lag = waiting
        still_s = asyncio.get_running_loop().time() - self._moved_at
        if waiting and still_s > STUCK_AFTER_S:
            self.stuck = f"{waiting} records wait and none was read for {still_s:.0f} s"
            log.error("%s: %s", self._topic, self.stuck)
        else:
            self.stuck = None
            if not waiting:
                self.moved()
