"""Works out the circles that are due.

Woken after a commit that asked for some, and looking by itself now and then, because another
instance may have died with the work. Instances may do the same work twice; only one answer is kept.
"""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg

from services.ambulance_stations.domain.circles import circles_of
from services.ambulance_stations.store import CircleStore
from shared.clock import Clock
from shared.decision.policy import Policy
from shared.messaging.errors import is_transient
from shared.telemetry.logs import logger

log = logger(__name__)

AT_ONCE: Final = 20
LOOK_AGAIN_S: Final = 5.0
PAUSE_S: Final = 1.0


class CircleMaker:
    """Keeps circles up to date with stations and units."""

    def __init__(self, store: CircleStore, policy: Policy, *, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._woken = asyncio.Event()

    @property
    def policy_name(self) -> str:
        """Whose numbers circles are worked out with."""
        return f"{self._policy.name} {self._policy.version}"

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Works until it is cancelled; a database that is away is tried again."""
        asked_again = False
        while True:
            self._woken.clear()
            try:
                if not asked_again:
                    await self._store.ask_again_unless(self.policy_name)
                    asked_again = True
                while await self.make_some():
                    pass
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                if not is_transient(error):
                    raise
                log.warning("circles wait for the database", error=type(error).__name__)
                await asyncio.sleep(PAUSE_S)
                continue
            try:
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def make_some(self) -> int:
        """Works out up to :data:`AT_ONCE` circles; returns how many were due."""
        due = await self._store.due(AT_ONCE)
        for one in due:
            # In a thread: some hundred cells take milliseconds, in which requests are answered.
            circles = await asyncio.to_thread(
                circles_of, one.latitude, one.longitude, one.fleets, self._policy
            )
            await self._store.write(one, circles, policy=self.policy_name, now=self._clock.now())
        return len(due)
