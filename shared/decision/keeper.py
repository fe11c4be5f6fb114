"""Keeps decisions as quick as they can be: makes one now and then that nobody asked for.

Calls come minutes apart. Meanwhile the processor works for others, and what a decision needs (its
code, the tables' beginnings, the ways that branches take) is no longer near; then the first call
takes two to four times as long as the hundredth of a loop. A rehearsal on the real tables, some
fifty times a second, keeps it near for a few per cent of a core. It says as well, for a metric,
what a decision would cost right now, before anybody needs one.

What is rehearsed is the very function that plans a call. A rehearsal writes nothing, sends nothing
and is thrown away; it is somewhere else each time, where people or AEDs are. It runs between other
work of the event loop: a call waits for one that has begun, never for two.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from shared.decision.decide import decide
from shared.decision.model import Patient
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot

EVERY_S = 0.02
"""Seconds between rehearsals, unless a deployment says otherwise (our choice, as measured)."""
AFTER_FAILURE_S = 5.0
TRIES = 8
"""Draws before it is given up: who has no place, or is gone, is drawn as well."""
ABOUT = 0.002
"""Degrees."""
SINCE_CALL = timedelta(seconds=40)
"""So long ago the call that is rehearsed came."""


class Keeper:
    """Rehearses decisions at places drawn by ``seed``."""

    def __init__(
        self,
        snapshot_at: Callable[[float, float], Snapshot],
        policy: Policy,
        now: Callable[[], datetime],
        *,
        seed: int = 0,
    ) -> None:
        """``snapshot_at`` gives the inputs of a decision at a place, as the planner has them."""
        self._snapshot_at = snapshot_at
        self._policy = policy
        self._now = now
        self._random = random.Random(seed)  # noqa: S311 (places, no secrets)
        self.paused = False
        """While it is, nothing is rehearsed."""
        self.made = 0
        """How many decisions were rehearsed."""

    def place(self) -> tuple[float, float] | None:
        """Somewhere near a rescuer or an AED; None while there are none."""
        snapshot = self._snapshot_at(0.0, 0.0)
        people, devices, draw = snapshot.rescuers, snapshot.aeds, self._random
        for _ in range(TRIES if len(people) else 0):
            row = people.columns[draw.randrange(len(people.slots.ids))]
            if row["live"] or row["usual"]:
                return self._near(people.places[row["first"] + (0 if row["live"] else 1)])
        for _ in range(TRIES if len(devices) else 0):
            aed = devices.get(devices.slots.ids[draw.randrange(len(devices.slots.ids))])
            if aed is not None:
                return self._near({"latitude": aed.latitude, "longitude": aed.longitude})
        return None

    def _near(self, place: Any) -> tuple[float, float]:
        """Somewhere within two or three hundred metres."""
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
        latitude += self._random.uniform(-ABOUT, ABOUT)
        return max(-90.0, min(90.0, latitude)), longitude + self._random.uniform(-ABOUT, ABOUT)

    def rehearse(self) -> float | None:
        """Makes one decision and throws it away; its seconds, None when there was nothing to do."""
        place = None if self.paused else self.place()
        if place is None:
            return None
        now = self._now()
        patient = Patient(
            *place,
            now - SINCE_CALL,
            conscious=False,
            breathing=False,
        )
        began = perf_counter()
        decide(self._snapshot_at(*place), patient, now, self._policy)
        self.made += 1
        return perf_counter() - began

    async def run(
        self,
        every_s: float,
        told: Callable[[float], None] = lambda _: None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Rehearses for ever, so many seconds apart; ``told`` gets the seconds of each.

        What fails in a rehearsal is given to ``failed``, and tried again later; without it, raised.
        """
        while True:
            await asyncio.sleep(every_s)
            try:
                seconds = self.rehearse()
            except Exception as error:
                if failed is None:
                    raise
                failed(error)
                await asyncio.sleep(AFTER_FAILURE_S)
                continue
            if seconds is not None:
                told(seconds)
