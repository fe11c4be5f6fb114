"""What a siting model answers: which sites, how good, and what is proven about it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

RELATIVE = 1e-9
"""Two sums of double-precision numbers that differ by this share of them are the same."""


def sums(index: Int64, weights: Float64, length: int) -> Float64:
    """(length,) the sum of the weights at each index."""
    return np.bincount(index, weights=weights, minlength=length).astype(np.float64, copy=False)


class Status(StrEnum):
    """How an answer ended."""

    OPTIMAL = "optimal"
    """Proven: nothing is better."""
    FEASIBLE = "feasible"
    """Sites that can be built, without a proof that nothing is better."""
    INFEASIBLE = "infeasible"
    """Proven: nothing meets the conditions."""
    TIME_LIMIT = "time_limit"
    """The time was over before the proof; the bound says how far off the sites can be."""


@dataclass(frozen=True, slots=True)
class Solution:
    """An answer of a model, in numbers of candidate sites."""

    status: Status
    chosen: tuple[int, ...]
    """Indices of the candidates, ascending; one that holds several ambulances comes as often."""
    objective: float | None
    """Counted from ``chosen``, not taken from a solver; None when there is none."""
    bound: float | None
    """Nothing can be better than this; equal to the objective when that is proven optimal."""

    @property
    def gap(self) -> float | None:
        """|bound - objective| ÷ max(1e-9, |objective|)."""
        if self.objective is None or self.bound is None:
            return None
        return abs(self.bound - self.objective) / max(1e-9, abs(self.objective))


INFEASIBLE = Solution(Status.INFEASIBLE, (), None, None)


def _silent(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a search may take, and whom it tells how far it is."""

    limit_s: float = math.inf
    say: Callable[[str], None] = _silent
    clock: Callable[[], float] = time.monotonic
    began: float = field(default=math.nan)

    @classmethod
    def of(
        cls,
        limit_s: float | None = None,
        say: Callable[[str], None] = _silent,
        clock: Callable[[], float] = time.monotonic,
    ) -> Patience:
        """Counts from now; None is no limit."""
        return cls(math.inf if limit_s is None else limit_s, say, clock, clock())

    def spent_s(self) -> float:
        """Seconds since it began."""
        return 0.0 if math.isnan(self.began) else self.clock() - self.began

    def left_s(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.limit_s - self.spent_s())

    def over(self) -> bool:
        """Whether the time is over."""
        return self.left_s() <= 0


def grain_of(values: Float64) -> float:
    """The largest step that every one of these numbers is a multiple of; 0 where there is none.

    Sums of such numbers differ by that step at least, so a bound that is nearer than it to a
    solution proves it. Steps are looked for down to a millionth; numbers of more places, or too
    large to be told apart, have none.
    """
    values = np.unique(values[values != 0])
    if not values.size or not np.isfinite(values).all():
        return 0.0
    for places in range(7):
        scaled = values * 10.0**places
        whole = np.rint(scaled)
        if np.abs(whole).max() >= 2**52:
            return 0.0
        if (np.abs(scaled - whole) <= 4 * np.spacing(np.abs(scaled))).all():
            return float(np.gcd.reduce(whole.astype(np.int64))) / 10.0**places
    return 0.0


def slack_of(objective: float, grain: float) -> float:
    """How far a bound may be from an objective and still prove it."""
    rounding = RELATIVE * max(1.0, abs(objective))
    return max(grain - 1e-6 * grain - rounding, rounding) if grain > 0 else rounding


def settled(
    chosen: Int64, objective: float, bound: float, grain: float, patience: Patience
) -> Solution:
    """The answer with the status that the bound allows."""
    told = tuple(int(each) for each in np.sort(chosen))
    if abs(bound - objective) <= slack_of(objective, grain):
        return Solution(Status.OPTIMAL, told, objective, objective)
    status = Status.TIME_LIMIT if patience.over() else Status.FEASIBLE
    return Solution(status, told, objective, bound)
