"""Timing: the same questions to all in turn, paced as calls come; then each in a tight loop."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter_ns
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.decision.keeper import EVERY_S, Keeper

Micros = npt.NDArray[np.float64]

PACE_S = 0.020
"""Mean of the exponential gaps between questions: caches grow cold as they do in production."""
WARM_UP = 30
"""Questions before anything is timed."""


@dataclass(slots=True)
class Contestant:
    """Somebody to ask: ``ask(i)`` puts question i."""

    name: str
    ask: Callable[[int], Any]
    waits: bool = False
    """Whether ``ask`` has to be awaited."""
    paced: list[Micros] = field(default_factory=list)
    tight: list[Micros] = field(default_factory=list)
    unrehearsed: list[Micros] = field(default_factory=list)
    """Paced as well, while nobody rehearses (see :mod:`shared.decision.keeper`)."""

    def timings(self) -> dict[str, Any]:
        """Medians over the repeats, microseconds."""
        return {
            **summary(self.paced),
            "tight": summary(self.tight),
            "unrehearsed": summary(self.unrehearsed),
            "repeats": [
                {"p50_us": rounded(percentile(each, 50)), "p99_us": rounded(percentile(each, 99))}
                for each in self.paced
            ],
        }


def percentile(values: Micros, percent: float) -> float:
    """Nearest rank."""
    ordered = np.sort(values)
    rank = max(1, int(np.ceil(percent / 100 * len(ordered))))
    return float(ordered[rank - 1])


def rounded(micros: float) -> float:
    """Tenths of a microsecond are noise already."""
    return round(micros, 1)


def summary(repeats: Sequence[Micros]) -> dict[str, float]:
    """Median over repeats of the median and of the 99th percentile."""
    return {
        f"p{percent}_us": rounded(median(percentile(each, percent) for each in repeats))
        for percent in (50, 99)
    }


def ratio(ours: dict[str, Any] | None, theirs: dict[str, Any] | None) -> float | None:
    """Our 99th percentile over theirs; None where one was not measured."""
    if ours is None or theirs is None:
        return None
    return round(float(ours["p99_us"]) / float(theirs["p99_us"]), 4)


def queries_for(seconds: float, repeats: int, contestants: int) -> int:
    """How many questions fill that time, a question taking about its gap; not under 20."""
    return max(20, int(seconds / (repeats * contestants * (PACE_S + 0.0015))))


@contextmanager
def collector_off() -> Iterator[None]:
    """While much is made that stays, as `shared.messaging.replay` does."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def collector_as_in_production() -> Iterator[None]:
    """What was loaded stays and is not walked through again, as `shared.messaging.replay` does."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _once(contestant: Contestant, number: int, keepers: Sequence[Keeper] = ()) -> float:
    """One question; microseconds. Nothing is rehearsed while another's answer is waited for."""
    for keeper in keepers:
        keeper.paused = contestant.waits
    began = perf_counter_ns()
    answer = contestant.ask(number)
    if contestant.waits:
        await answer
    took_us = (perf_counter_ns() - began) / 1e3
    for keeper in keepers:
        keeper.paused = False
    return took_us


async def _paced(
    contestants: Sequence[Contestant], gaps: Micros, keepers: Sequence[Keeper]
) -> Micros:
    """(contestants, questions) microseconds: all questions to all in turn, as calls come."""
    count = len(gaps)
    paced = np.empty((len(contestants), count))
    tasks = [asyncio.create_task(keeper.run(EVERY_S)) for keeper in keepers]
    try:
        for number in range(count):
            # Another begins each time: nobody always comes after the same neighbour.
            for turn in range(len(contestants)):
                which = (number + turn) % len(contestants)
                await asyncio.sleep(gaps[number, turn])
                paced[which, number] = await _once(contestants[which], number, keepers)
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise RuntimeError("a rehearsal failed") from ended
    return paced


async def run(
    contestants: Sequence[Contestant],
    count: int,
    repeats: int,
    seed: int,
    say: Callable[[str], None],
    keepers: Sequence[Keeper] = (),
) -> None:
    """Fills in the timings: ``repeats`` times the same ``count`` questions to all in turn.

    ``keepers`` rehearse as in production meanwhile, but for half as many repeats more.
    """
    for contestant in contestants:
        for number in range(min(WARM_UP, count)):
            await _once(contestant, number)
    gaps = np.random.default_rng([seed, 11]).exponential(PACE_S, (count, len(contestants)))
    with collector_as_in_production():
        for repeat in range(repeats):
            say(f"repeat {repeat + 1} of {repeats}")
            paced = await _paced(contestants, gaps, keepers)
            for which, contestant in enumerate(contestants):
                contestant.paced.append(paced[which])
                contestant.tight.append(
                    np.array([await _once(contestant, number) for number in range(count)])
                )
        for repeat in range(alone := max(1, repeats // 2)):
            say(f"without rehearsals, repeat {repeat + 1} of {alone}")
            paced = await _paced(contestants, gaps, ())
            for which, contestant in enumerate(contestants):
                contestant.unrehearsed.append(paced[which])


async def apart(ask: Callable[[], Any], count: int) -> dict[str, float]:
    """Something timed alone, paced as the questions are; microseconds."""
    took = np.empty(count)
    for number in range(count):
        await asyncio.sleep(PACE_S)
        began = perf_counter_ns()
        ask()
        took[number] = (perf_counter_ns() - began) / 1e3
    return summary([took])
