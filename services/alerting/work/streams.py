"""Waking the open streams: in this process at once, in other instances by LISTEN and NOTIFY.

A wake says only "look again": what a stream sends it reads from the database by its number, so that
a wake too many does nothing and one that was lost is made up for by the next look. The listener
has a connection of its own; while that is away, and as a fallback beside it, the ends of all open
streams are asked for with one query every few seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg

from services.alerting.store import messages
from shared.telemetry.logs import logger

log = logger(__name__)

FALLBACK_S: Final = 5.0
"""How often the ends of the open streams are compared besides, seconds."""
RECONNECT_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses before the listener connects again, seconds; the last one repeats."""
CONNECT_TIMEOUT_S: Final = 5.0
ALIVE_S: Final = 15.0
"""How often the listener's connection is tried, seconds: a half-open one says nothing."""


class Hub:
    """The open streams of this instance, by rescuer."""

    def __init__(self, schema: str) -> None:
        self.notify_channel = f"streams_{schema}"
        """PostgreSQL's channels belong to the database: the schema keeps deployments apart."""
        self._open: dict[str, dict[asyncio.Event, int]] = {}

    @contextmanager
    def open(self, rescuer_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the rescuer's stream may have grown."""
        event = asyncio.Event()
        self._open.setdefault(rescuer_id, {})[event] = 0
        try:
            yield event
        finally:
            mine = self._open[rescuer_id]
            del mine[event]
            if not mine:
                del self._open[rescuer_id]

    def seen(self, rescuer_id: str, event: asyncio.Event, sequence: int) -> None:
        """Notes how far a stream has got, for the comparison with the database."""
        self._open[rescuer_id][event] = sequence

    def wake(self, rescuer_ids: Iterable[str]) -> None:
        """Wakes the streams of these rescuers."""
        for rescuer_id in rescuer_ids:
            for event in self._open.get(rescuer_id, ()):
                event.set()

    def wake_all(self) -> None:
        """Wakes every stream: something may have been missed."""
        self.wake(list(self._open))

    def is_open(self, rescuer_id: str) -> bool:
        """Whether a rescuer has a stream open here."""
        return rescuer_id in self._open

    def rescuers(self) -> list[str]:
        """Rescuers with an open stream here."""
        return list(self._open)

    def wake_behind(self, rescuer_id: str, end: int) -> None:
        """Wakes the streams of a rescuer that have not got to ``end``."""
        for event, sequence in self._open.get(rescuer_id, {}).items():
            if sequence < end:
                event.set()


class Listener:
    """Hears from the other instances whose streams have grown."""

    def __init__(self, *, dsn: str, pool: asyncpg.Pool[Any], hub: Hub) -> None:
        self._dsn = dsn
        self._pool = pool
        self._hub = hub
        self.listening = False
        """Whether the connection stands."""

    async def run(self) -> None:
        """Listens until cancelled; comes back from lost connections by itself."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(), name="streams-listen")
            group.create_task(self._compare(), name="streams-compare")

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with self._connection() as (connection, lost):
                    failures = 0
                    # What was committed before LISTEN stood was not heard.
                    self._hub.wake_all()
                    await _until_lost(connection, lost)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("the listener is away", error=type(error).__name__)
            pause_s = RECONNECT_S[min(failures, len(RECONNECT_S) - 1)]
            failures += 1
            await asyncio.sleep(pause_s)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncpg.Connection[Any], asyncio.Event]]:
        connection = await asyncpg.connect(
            self._dsn, timeout=CONNECT_TIMEOUT_S, command_timeout=CONNECT_TIMEOUT_S
        )
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(self._hub.notify_channel, self._heard)
            self.listening = True
            yield connection, lost
        finally:
            self.listening = False
            # A bound of its own: the server may not answer any more.
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=1.0)

    def _heard(self, *arguments: Any) -> None:
        _connection, _process, _channel, rescuer_id = arguments
        self._hub.wake((rescuer_id,))

    async def _compare(self) -> None:
        while True:
            await asyncio.sleep(FALLBACK_S)
            rescuers = self._hub.rescuers()
            if not rescuers:
                continue
            try:
                async with self._pool.acquire() as connection:
                    ends = await messages.stream_ends(connection, rescuers)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("the streams cannot be compared", error=type(error).__name__)
                continue
            for end in ends:
                self._hub.wake_behind(end.rescuer_id, end.last_sequence)


async def _until_lost(connection: asyncpg.Connection[Any], lost: asyncio.Event) -> None:
    """Returns when the connection has ended; raises when it no longer answers."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALIVE_S):
                await lost.wait()
                return
        await connection.execute("SELECT 1")
