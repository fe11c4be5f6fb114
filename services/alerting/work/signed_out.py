"""Devices whose phone has signed out, or whose owner has left: nothing is pushed there any more.

The app unsubscribes by itself when it can. This is for the phone that was offline at that moment,
the one whose owner was taken out of the register, and the browser that has lost its memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import httpx

from services.alerting.store import subscriptions
from shared.clock import Clock
from shared.messaging.errors import is_transient
from shared.telemetry.logs import logger

log = logger(__name__)

AT_FIRST: Final = timedelta(days=90)
"""How far back the first look goes: longer than any phone's token is good for."""
OVERLAP: Final = timedelta(seconds=60)
"""How far each look reaches back again: an end is stamped before its commit is seen."""


class SignedOutDevices:
    """Asks the rescuers' service which sessions have ended, and forgets their devices."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool[Any],
        client: httpx.AsyncClient,
        urls: Sequence[str],
        clock: Clock,
    ) -> None:
        """``client`` carries this service's own token; ``urls``: instances to ask, in order."""
        self._pool = pool
        self._client = client
        self._urls = urls
        self._since: datetime = clock.now() - AT_FIRST

    async def look(self) -> None:
        """Looks once, to the end."""
        while True:
            said = await self._ask()
            if said is None:
                return
            ended: list[str] = said["session_ids"]
            if ended:
                async with self._pool.acquire() as connection:
                    gone = await subscriptions.drop_of_sessions(connection, ended)
                if gone:
                    log.info("devices forgotten: signed out", count=gone)
            # Only now: what could not be written is asked for again.
            told_until = datetime.fromisoformat(said["told_until"])
            if not said["more"]:
                self._since = told_until - OVERLAP
                return
            self._since = told_until

    async def run(self, every_s: float) -> None:
        """Looks again and again; what is away is waited for."""
        while True:
            try:
                await self.look()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("signed-out devices not looked for", error=type(error).__name__)
            await asyncio.sleep(every_s)

    async def _ask(self) -> dict[str, Any] | None:
        for url in self._urls:
            try:
                answer = await self._client.get(
                    f"{url}/sessions/ended", params={"since": self._since.isoformat()}
                )
                answer.raise_for_status()
            except httpx.HTTPError as error:
                log.warning("ended sessions not known", error=type(error).__name__)
                continue
            found: dict[str, Any] = answer.json()
            return found
        return None
