"""Tells streams of this instance that something was committed, here or on another instance."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import asyncpg
import structlog

from services.dispatch.store.timeline import CHANNEL

RECONNECT_S = 1.0
LOOK_AGAIN_S = 5.0
"""How often streams look by themselves, should a notification have been lost."""

log = structlog.get_logger()


class News:
    """One dedicated connection listens; a lost one is made again, and streams look meanwhile."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._event = asyncio.Event()

    def listen(self) -> asyncio.Event:
        """An event that is set at the next news; take it *before* reading, so none is missed."""
        return self._event

    def tell(self) -> None:
        """There is something new."""
        heard, self._event = self._event, asyncio.Event()
        heard.set()

    async def run(self) -> None:
        """Listens until cancelled."""
        while True:
            try:
                await self._listen_until_lost()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("timeline_listener_lost", error=type(error).__name__)
            self.tell()
            await asyncio.sleep(RECONNECT_S)

    async def _listen_until_lost(self) -> None:
        connection: asyncpg.Connection[Any] = await asyncpg.connect(self._dsn, timeout=5)
        try:
            await connection.add_listener(CHANNEL, self._heard)
            while not connection.is_closed():
                await asyncio.sleep(LOOK_AGAIN_S)
                # Also the watchdog: a connection that died silently fails here.
                await connection.execute("SELECT 1", timeout=5)
                self.tell()
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=1)

    def _heard(self, *_: Any) -> None:
        self.tell()
