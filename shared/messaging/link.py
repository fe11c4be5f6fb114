"""A service's connection to Kafka over its whole life: it comes up when Kafka does.

A service must start, and take calls, while Kafka is away. So the connection is made in the
background, tried again with back-off, and a broker without the declared topics is told clearly.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from shared.messaging.admin import TopicsMissing, missing_topics
from shared.telemetry.health import Check

if TYPE_CHECKING:
    from shared.messaging.broker import Broker
    from shared.messaging.relay import OutboxRelay
    from shared.messaging.watch import ConsumerWatch

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
START_TIMEOUT_S: Final = 60.0


class KafkaLink:
    """Starts and stops a service's broker and relay in the right order."""

    def __init__(
        self,
        broker: Broker,
        *,
        relay: OutboxRelay | None = None,
        watch: ConsumerWatch | None = None,
    ) -> None:
        self._broker = broker
        self._relay = relay
        self._task: asyncio.Task[None] | None = None
        self.problem: str | None = "not started"
        """Why there is no connection, in a sentence; None once there is one."""
        if watch is not None:
            watch.add("kafka", live=self._live)

    @property
    def connected(self) -> bool:
        """Whether the broker has been reached and all consumers have started."""
        return self._broker.started.is_set()

    async def start(self, *, wait_s: float = 15.0) -> None:
        """Connects; when that takes longer than ``wait_s`` it goes on trying in the background."""
        self._task = asyncio.create_task(self._connect(), name="kafka-link")
        if self._relay is not None:
            await self._relay.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._broker.started.wait()

    async def stop(self) -> None:
        """Consumers finish what they have, the outbox is flushed, then the connection closes."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._broker.drain()
        if self._relay is not None:
            await self._relay.stop()
        await self._broker.stop()

    def _live(self) -> Check:
        died = self._task is not None and self._task.done() and not self.connected
        return Check(not died, self.problem or "connected")

    async def _connect(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._start_once()
            except (Exception, ExceptionGroup) as error:
                self.problem = f"{type(error).__name__}: {error}"
                log.warning("Kafka at %s: %s; trying again", self._broker.bootstrap, self.problem)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                self.problem = None
                return

    async def _start_once(self) -> None:
        """One try. Asking for topics first keeps a hopeless start from leaving half a client."""
        missing = await missing_topics(self._broker.bootstrap, sorted(self._broker.topics_needed))
        if missing:
            raise TopicsMissing(f"topics are missing, create them first: {', '.join(missing)}")
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._broker.start()
        except BaseException:
            await self._broker.stop()
            raise
