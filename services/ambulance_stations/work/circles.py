"""Works out the circles that are due.

Woken after a commit that asked for some, and looking by itself now and then, because another
instance may have died with the work. Instances may do the same work twice; only one answer is kept.
"""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg

from services.ambulance_stations.domain.circles import circles_of
from services.ambulance_stations.store import CircleStore, MadeWith
from services.ambulance_stations.work.streets import load_streets
from shared.clock import Clock
from shared.decision.policy import Policy
from shared.decision.routing import Router
from shared.messaging.errors import is_transient
from shared.telemetry.logs import logger

log = logger(__name__)

AT_ONCE: Final = 20
TELL_EVERY: Final = 200
"""Progress is told after so many circles; fewer than :data:`AT_ONCE` are no matter to tell."""
LOOK_AGAIN_S: Final = 5.0
PAUSE_S: Final = 1.0


class CircleMaker:
    """Keeps circles up to date with stations, units, the policy and the streets."""

    def __init__(
        self, store: CircleStore, policy: Policy, *, clock: Clock, streets: str = ""
    ) -> None:
        """``streets`` is the folder of the street network; empty: the H3 grid."""
        self._store = store
        self._policy = policy
        self._clock = clock
        self._folder = streets
        self._router: Router | None = None
        self._woken = asyncio.Event()
        self._done = 0

    @property
    def made_with(self) -> MadeWith:
        """Whose numbers and which streets circles are worked out with."""
        return MadeWith(
            policy=f"{self._policy.name} {self._policy.version}",
            streets=None if self._router is None else self._router.version,
        )

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def load(self) -> None:
        """Takes the streets as they are now; requests are answered meanwhile."""
        self._router = await asyncio.to_thread(load_streets, self._folder, self._policy)

    async def begin(self) -> int:
        """From now on our numbers and streets count; how many circles that makes due."""
        due = await self._store.begin(self.made_with)
        if due:
            made_with = self.made_with
            log.info(
                "circles are worked out anew",
                stations=due,
                policy=made_with.policy,
                streets=made_with.streets,
            )
        return due

    async def run(self) -> None:
        """Works until it is cancelled; a database that is away is tried again."""
        await self.load()
        begun = False
        while True:
            self._woken.clear()
            try:
                if not begun:
                    await self.begin()
                    begun = True
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
        made_with = self.made_with
        due = await self._store.due(AT_ONCE, made_with)
        for one in due:
            # In a thread: a circle takes milliseconds, in which requests are answered.
            circles = await asyncio.to_thread(
                circles_of, one.latitude, one.longitude, one.fleets, self._policy, self._router
            )
            await self._store.write(one, circles, made_with=made_with, now=self._clock.now())
            self._done += 1
            if self._done % TELL_EVERY == 0:
                log.info("circles are being worked out", done=self._done)
        if not due:
            if self._done >= AT_ONCE:
                log.info("circles are current", done=self._done)
            self._done = 0
        return len(due)
