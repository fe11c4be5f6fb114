"""How good a set of tasks is: the objective, exactly, for whatever optimiser asks.

In this order (docs/capabilities/decision.md):

1. least shortfall ``max(0, p₁ − P(CPR ≤ t₁)) + max(0, p₂ − P(shock ≤ t₂))``,
2. fewest alerts (the floor is a constraint on what may be compared),
3. least expected time to shock, then to CPR, then the lowest ids,

values within the policy's tolerance counting as equal. Two things make failures common to many: the
channel works or it does not, and an AED can be used or it cannot. Given both, people are
independent. So ``P(nobody by t)`` is, per state of the channel, a product over people, and
``P(no shock by t)`` a product over AEDs of ``1 − p + p · Π(1 − each carrier)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined, leaf
from shared.decision.policy import Target
from shared.decision.solve import POINTS, TIMES, there_by

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TINY = 1e-12


@inlined
def shortfall_of(no_cpr: float, no_shock: float, policy: Any) -> float:
    """What is missing to the two targets, summed, from P(nobody by t₁) and P(no shock by t₂)."""
    missing_cpr = policy.target_p_cpr - 1.0 + no_cpr
    missing_shock = policy.target_p_shock - 1.0 + no_shock
    return float(max(0.0, missing_cpr) + max(0.0, missing_shock))


@leaf
def factors(
    options: Array,
    p_aed: Floats,
    base: tuple[Floats, Floats, Floats],
    chosen: Ints,
    count: int,
    without: int,
    other: int,
    gains: Floats,
) -> tuple[float, float, float, float]:
    """P(nobody by t₁) and P(no shock by t₂) per state, weighted, of base and chosen together.

    ``gains`` gets (a, 2) what one more certain carrier of each AED takes off P(no shock): the
    factor is ``1 − gain · P(carrier)``. ``without`` and ``other`` are places in ``chosen`` that are
    left out; -1: none.
    """
    base_cpr, base_shock, base_carried = base
    cpr_works, cpr_fails = base_cpr[0], base_cpr[1]
    for a in range(len(p_aed)):
        gains[a, 0] = base_carried[a, 0]
        gains[a, 1] = base_carried[a, 1]
    for j in range(count):
        if j in (without, other):
            continue
        one = options[chosen[j]]
        cpr_works *= 1.0 - one.works * one.cpr
        cpr_fails *= 1.0 - one.fails * one.cpr
        if one.aed >= 0:
            gains[one.aed, 0] *= 1.0 - one.works * one.shock
            gains[one.aed, 1] *= 1.0 - one.fails * one.shock
    shock_works, shock_fails = base_shock[0], base_shock[1]
    for a in range(len(p_aed)):
        p = p_aed[a]
        works = max(1.0 - p + p * gains[a, 0], TINY)
        fails = max(1.0 - p + p * gains[a, 1], TINY)
        shock_works *= works
        shock_fails *= fails
        gains[a, 0] = p * gains[a, 0] / works
        gains[a, 1] = p * gains[a, 1] / fails
    return cpr_works, cpr_fails, shock_works, shock_fails


@inlined
def with_one(
    one: Any, state: tuple[float, float, float, float], gains: Floats
) -> tuple[float, float, float, float]:
    """What :func:`factors` tells with one more option chosen; ``gains`` is brought up to date."""
    shock_works, shock_fails = state[2], state[3]
    if one.aed >= 0:
        lit, dim = one.works * one.shock, one.fails * one.shock
        works = max(1.0 - gains[one.aed, 0] * lit, TINY)
        fails = max(1.0 - gains[one.aed, 1] * dim, TINY)
        shock_works *= works
        shock_fails *= fails
        # What a further carrier of the same AED can still add.
        gains[one.aed, 0] *= (1.0 - lit) / works
        gains[one.aed, 1] *= (1.0 - dim) / fails
    return (
        state[0] * (1.0 - one.works * one.cpr),
        state[1] * (1.0 - one.fails * one.cpr),
        shock_works,
        shock_fails,
    )


@inlined
def shortfall_with(
    one: Any, state: tuple[float, float, float, float], gains: Floats, policy: Any
) -> float:
    """The shortfall when one more option is added to what :func:`factors` told."""
    no_cpr = state[0] * (1.0 - one.works * one.cpr) + state[1] * (1.0 - one.fails * one.cpr)
    no_shock = state[2] + state[3]
    if one.aed >= 0:
        no_shock = state[2] * (1.0 - gains[one.aed, 0] * one.works * one.shock) + state[3] * (
            1.0 - gains[one.aed, 1] * one.fails * one.shock
        )
    return shortfall_of(no_cpr, no_shock, policy)


@compiled
def nobody_by(
    options: Array,
    p_aed: Floats,
    base_by: tuple[Floats, Floats, Floats],
    times: Floats,
    chosen: Ints,
    count: int,
    apply_s: float,
    elapsed_s: float,
    table: Floats,
) -> tuple[Floats, Floats]:
    """(2, t) P(nobody by t) and P(no shock by t) per state of the channel, base and chosen."""
    base_cpr, base_shock, base_carried = base_by
    no_cpr, no_shock, carried = base_cpr.copy(), base_shock.copy(), base_carried.copy()
    cpr, shock = there_by(options, chosen[:count], times, apply_s, elapsed_s, table)
    for k in range(count):
        one = options[chosen[k]]
        for t in range(len(times)):
            no_cpr[0, t] *= 1.0 - one.works * cpr[k, t]
            no_cpr[1, t] *= 1.0 - one.fails * cpr[k, t]
            if one.aed >= 0:
                carried[one.aed, 0, t] *= 1.0 - one.works * shock[k, t]
                carried[one.aed, 1, t] *= 1.0 - one.fails * shock[k, t]
    for a in range(len(p_aed)):
        for s in range(2):
            for t in range(len(times)):
                no_shock[s, t] *= 1.0 - p_aed[a] + p_aed[a] * carried[a, s, t]
    return no_cpr, no_shock


@dataclass(frozen=True, slots=True)
class NobodyYet:
    """P(nobody by t) of what counts already, at all times of the horizon."""

    cpr: Floats
    """(2, t) per state of the channel."""
    shock: Floats
    """(2, t) of all that does not go over one of the AEDs considered."""
    carried: Floats
    """(a, 2, t) P(nobody asked already brings AED a by t | it can be used)."""


@dataclass(frozen=True, slots=True)
class Score:
    """The values of the objective, in its order; ids break the last tie."""

    shortfall: float
    alerts: int
    expected_shock_s: float
    expected_cpr_s: float
    p_cpr: float
    p_shock: float


@dataclass(frozen=True, slots=True)
class Objective:
    """The objective for one patient at one moment."""

    target: Target
    times: tuple[Floats, Floats, Floats]
    """Times from the call (t,), their weights (t,), P(each state of the channel) (2,)."""
    elapsed_s: float
    apply_s: float
    table: Floats
    options: Array
    p_aed: Floats
    base: NobodyYet

    def score(self, chosen: Sequence[int]) -> Score:
        """The exact values for a set of options."""
        picks = np.array(list(chosen), dtype=np.int64)
        at, weights, states = self.times
        no_cpr, no_shock = nobody_by(
            self.options,
            self.p_aed,
            (self.base.cpr, self.base.shock, self.base.carried),
            at,
            picks,
            len(picks),
            self.apply_s,
            self.elapsed_s,
            self.table,
        )
        return score_of(no_cpr, no_shock, weights, states, self.elapsed_s, len(picks), self.target)


def score_of(
    no_cpr: Floats,
    no_shock: Floats,
    weights: Floats,
    states: Floats,
    elapsed_s: float,
    alerts: int,
    target: Target,
) -> Score:
    """The values of the objective from (2, t) P(nobody by t) and P(no shock by t)."""
    p_cpr = float(1 - states @ no_cpr[:, POINTS])
    p_shock = float(1 - states @ no_shock[:, POINTS + 1])
    return Score(
        shortfall=max(0.0, target.p_cpr - p_cpr) + max(0.0, target.p_shock - p_shock),
        alerts=alerts,
        expected_shock_s=elapsed_s + float(states @ no_shock @ weights),
        expected_cpr_s=elapsed_s + float(states @ no_cpr @ weights),
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


__all__ = [
    "TIMES",
    "NobodyYet",
    "Objective",
    "Score",
    "better",
    "factors",
    "nobody_by",
    "score_of",
    "shortfall_of",
    "shortfall_with",
    "with_one",
]  # fmt: skip
