"""The worker: sends what is to be sent and notices what was not received in time.

Deadlines are rows. Every instance runs a worker; a due row is taken by one of them and left by the
others (SKIP LOCKED). It sleeps until the next row is due, is woken by every commit of its own
instance, and looks now and then for what an instance that has died has left.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Final

import asyncpg

from services.alerting.domain.fallback import SEND_LEASE_S, Outcome, OutcomeKind
from services.alerting.domain.message import Message, Send
from services.alerting.work.channels import Channel
from services.alerting.work.desk import Desk
from shared.clock import Clock
from shared.telemetry.logs import logger
from shared.telemetry.metrics import CHANNEL_SECONDS, CHANNEL_TRIES

log = logger(__name__)

LONGEST_SLEEP_S: Final = 5.0
"""How long what a dead instance has left may lie, seconds."""
CLAIM: Final = 200
NOTES_AT_ONCE: Final = 4
SEND_TIMEOUT_S: Final = SEND_LEASE_S - 5.0


class DeliveryWorker:
    """Works through what is due."""

    def __init__(self, *, desk: Desk, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._desk = desk
        self._channels = channels
        self._clock = clock
        self._wake = asyncio.Event()
        # Notes are short transactions: a few at a time leave the pool to the requests.
        self._noting = asyncio.Semaphore(NOTES_AT_ONCE)

    def wake(self) -> None:
        """Something may have been added: look again when the next thing is due."""
        self._wake.set()

    async def run(self) -> None:
        """Works until cancelled; waits out a database that is away."""
        while True:
            self._wake.clear()
            try:
                while await self.run_due() == CLAIM:
                    pass
                sleep_s = await self._until_next_s()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("deliveries wait for the database", error=type(error).__name__)
                sleep_s = LONGEST_SLEEP_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(sleep_s):
                    await self._wake.wait()

    async def run_due(self) -> int:
        """Does what is due now; returns how many sends there were."""
        to_send = await self._desk.claim_due(CLAIM)
        await asyncio.gather(*(self._send(message, send) for message, send in to_send))
        return len(to_send)

    async def _send(self, message: Message, send: Send) -> None:
        begun = time.perf_counter()
        outcome = await self._try(message, send)
        if outcome.kind is not OutcomeKind.UNAVAILABLE:
            CHANNEL_SECONDS.labels(send.channel).observe(time.perf_counter() - begun)
        CHANNEL_TRIES.labels(send.channel, outcome.kind.value).inc()
        async with self._noting:
            await self._desk.sent(message, send, outcome)

    async def _try(self, message: Message, send: Send) -> Outcome:
        channel = self._channels.get(send.channel)
        if channel is None:
            return Outcome(OutcomeKind.REFUSED, "channel_not_configured")
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                return await channel.send(message, send.taken_by)
        except TimeoutError:
            return Outcome(OutcomeKind.TRY_AGAIN, "no_answer")
        except Exception as error:
            # A channel is somebody else's code in the end: its fault must not stop the others.
            log.exception("a channel has failed", channel=send.channel)
            return Outcome(OutcomeKind.TRY_AGAIN, type(error).__name__)

    async def _until_next_s(self) -> float:
        due_at = await self._desk.next_due()
        if due_at is None:
            return LONGEST_SLEEP_S
        ahead_s = (due_at - self._clock.now()).total_seconds()
        return min(max(ahead_s, 0.005), LONGEST_SLEEP_S)
