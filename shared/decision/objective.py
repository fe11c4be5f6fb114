"""How good a set of tasks is: the objective, exactly, for whatever optimiser asks.

In this order (docs/capabilities/decision.md):

1. least shortfall ``max(0, p₁ − P(CPR ≤ t₁)) + max(0, p₂ − P(shock ≤ t₂))``,
2. fewest alerts (the floor is a constraint on what may be compared),
3. least expected time to shock, then to CPR, then the lowest ids,

values within the policy's tolerance counting as equal. Failures share a common factor: the channel
works or it does not, and given that the rescuers are independent. So ``P(nobody by t)`` is a
mixture of two products, and everything here is kept as "nobody yet" factors per state and time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.contracts.words import Task
from shared.decision.policy import Target
from shared.decision.routing import FloatArray, IntArray

GRID_POINTS: Final = 40
"""Times at which "nobody yet" is kept for the expected times; the integral is a trapezoid."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The times, in seconds from the call, at which odds are kept.

    The last two of ``times`` are the targets t₁ and t₂; the others run evenly from now to an end
    where the ambulance is long there.
    """

    times: FloatArray
    weights: FloatArray
    """What each time counts in the integral of "nobody yet"; 0 for the two targets."""
    elapsed_s: float

    @classmethod
    def of(cls, elapsed_s: float, end_s: float, target: Target) -> Horizon:
        """From ``elapsed_s`` to ``end_s`` (later than it), both from the call."""
        grid = np.linspace(elapsed_s, end_s, GRID_POINTS)
        step = (end_s - elapsed_s) / (GRID_POINTS - 1)
        weights = np.full(GRID_POINTS + 2, step)
        weights[0] = weights[GRID_POINTS - 1] = step / 2
        weights[GRID_POINTS:] = 0.0
        times = np.concatenate([grid, [target.cpr_within_s, target.shock_within_s]])
        return cls(times=times, weights=weights, elapsed_s=elapsed_s)


@dataclass(frozen=True, slots=True)
class NobodyYet:
    """P(nobody by t) of some independent sources, for CPR and for shock, each (2 states, t)."""

    cpr: FloatArray
    shock: FloatArray

    def and_(self, other: NobodyYet) -> NobodyYet:
        """Of both together."""
        return NobodyYet(self.cpr * other.cpr, self.shock * other.shock)


@dataclass(frozen=True, slots=True)
class Option:
    """One rescuer with one task."""

    rescuer: int
    task: Task
    aed: int
    """Index of the AED; -1 without one."""


@dataclass(frozen=True, slots=True)
class Options:
    """All that may be chosen from, sorted so that the lower index has the lower ids."""

    items: tuple[Option, ...]
    cpr: FloatArray
    """(2, n, t): P(this one is not there by t)."""
    shock: FloatArray
    rescuer: IntArray
    """(n,) index of the rescuer."""
    aed: IntArray
    """(n,) index of the AED; -1 without one."""

    @classmethod
    def none(cls, times: int) -> Options:
        """Nothing to choose from."""
        empty = np.ones((2, 0, times))
        index = np.zeros(0, dtype=np.int64)
        return cls(items=(), cpr=empty, shock=empty, rescuer=index, aed=index)


@dataclass(frozen=True, slots=True)
class Score:
    """The values of the objective, in its order; ``ids`` breaks the last tie."""

    shortfall: float
    alerts: int
    expected_shock_s: float
    expected_cpr_s: float
    p_cpr: float
    p_shock: float


class Objective:
    """The objective for one patient at one moment."""

    __slots__ = ("base", "horizon", "options", "states", "target")

    def __init__(
        self,
        target: Target,
        horizon: Horizon,
        states: FloatArray,
        base: NobodyYet,
        options: Options,
    ) -> None:
        self.target = target
        self.horizon = horizon
        self.states = states
        """P(channel works), P(it does not)."""
        self.base = base
        """Of everybody who counts already: units, commitments, bystanders."""
        self.options = options

    def nobody(self, chosen: Sequence[int]) -> NobodyYet:
        """P(nobody by t) of the base and the chosen options together."""
        index = list(chosen)
        return NobodyYet(
            self.base.cpr * self.options.cpr[:, index].prod(axis=1),
            self.base.shock * self.options.shock[:, index].prod(axis=1),
        )

    def shortfall(self, p_cpr: FloatArray, p_shock: FloatArray) -> FloatArray:
        """What is missing to the two targets, summed."""
        target = self.target
        missing: FloatArray = np.maximum(0, target.p_cpr - p_cpr) + np.maximum(
            0, target.p_shock - p_shock
        )
        return missing

    def expected_with(
        self, nobody: NobodyYet, which: Sequence[int] | IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Expected seconds from the call to shock and to CPR when each of ``which`` is added."""
        weights = self.states[:, None] * self.horizon.weights[None, :]
        shock = np.einsum("st,snt->n", weights * nobody.shock, self.options.shock[:, which])
        cpr = np.einsum("st,snt->n", weights * nobody.cpr, self.options.cpr[:, which])
        return self.horizon.elapsed_s + shock, self.horizon.elapsed_s + cpr

    def score(self, chosen: Sequence[int]) -> Score:
        """The exact values for a set of options."""
        nobody = self.nobody(chosen)
        p_cpr = float(1 - self.states @ nobody.cpr[:, -2])
        p_shock = float(1 - self.states @ nobody.shock[:, -1])
        weights = self.states[:, None] * self.horizon.weights[None, :]
        missing = max(0.0, self.target.p_cpr - p_cpr) + max(0.0, self.target.p_shock - p_shock)
        return Score(
            shortfall=missing,
            alerts=len(chosen),
            expected_shock_s=self.horizon.elapsed_s + float((weights * nobody.shock).sum()),
            expected_cpr_s=self.horizon.elapsed_s + float((weights * nobody.cpr).sum()),
            p_cpr=p_cpr,
            p_shock=p_shock,
        )


def better(a: Score, a_ids: Sequence[int], b: Score, b_ids: Sequence[int], target: Target) -> bool:
    """Whether ``a`` beats ``b``, value by value, values within the tolerance being equal."""
    for x, y, tolerance in (
        (a.shortfall, b.shortfall, target.tolerance),
        (a.alerts, b.alerts, 0),
        (a.expected_shock_s, b.expected_shock_s, target.time_tolerance_s),
        (a.expected_cpr_s, b.expected_cpr_s, target.time_tolerance_s),
    ):
        if abs(x - y) > tolerance:
            return x < y
    return sorted(a_ids) < sorted(b_ids)
