"""Relocation: new sites and moved ones within a budget, for the most covered weight, proven.

Existing sites stay for nothing, or are moved at a price (a moved one leaves its old place), new
ones have a price of their own. Where x says which candidates are used and u which existing ones
stay, of E existing ones E - Σu are moved and Σx - (E - Σu) are new.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from shared.siting.answer import (
    Float64,
    Int64,
    Patience,
    Solution,
    grain_of,
    settled,
)
from shared.siting.cover import Cover, merged, undominated
from shared.siting.highs import Program, solve


@dataclass(frozen=True, slots=True)
class Costs:
    """What is paid, exactly."""

    budget: Fraction
    new: Fraction
    move: Fraction

    def of(self, new: int, moved: int) -> Fraction:
        """The price of so many."""
        return self.new * new + self.move * moved


@dataclass(frozen=True, slots=True, eq=False)
class Relocated:
    """What is used, and what stays where it is."""

    solution: Solution
    """``chosen`` are the candidates that are used."""
    kept: Int64
    """The existing ones that stay, ascending."""


def relocate(
    cover: Cover, existing: int, weights: Float64, costs: Costs, patience: Patience
) -> Relocated:
    """The best use of the budget.

    ``cover`` has the candidates as its first columns and the ``existing`` ones as its last.
    """
    sites = cover.sites - existing
    grain = grain_of(weights)
    small, heavy = merged(cover, weights)
    back = small.transposed()
    keep = np.ones(cover.sites, np.bool_)
    keep[:sites] = undominated(back.only_rows(np.arange(cover.sites) < sites))
    small, number = small.only_sites(keep), np.flatnonzero(keep)
    free = len(number) - existing
    stay = np.ones(existing, np.bool_)
    best = _tidied(cover, sites, np.zeros(0, np.int64), stay, costs)
    value = _worth(cover, sites, weights, best)
    outcome = solve(
        _program(small, free, existing, heavy, costs), patience, grain=grain,
        start=_standing(small, free, existing),
    )  # fmt: skip
    if outcome.values is not None:
        chosen = number[np.flatnonzero(outcome.values[:free] > 0.5)]
        stays = outcome.values[free : free + existing] > 0.5
        found = _tidied(cover, sites, chosen, stays, costs)
        if _worth(cover, sites, weights, found) > value:
            best, value = found, _worth(cover, sites, weights, found)
    bound = max(value, -outcome.bound)
    if outcome.proven and bound - value <= 1e-7 * max(1.0, value):
        bound = value  # the solver's tolerance, not a better place
    return Relocated(settled(best[0], value, bound, grain, patience), best[1])


def _worth(cover: Cover, sites: int, weights: Float64, found: tuple[Int64, Int64]) -> float:
    mark = np.zeros(cover.sites)
    mark[found[0]] = 1
    mark[sites + found[1]] = 1
    return math.fsum(weights[cover.times(mark) > 0].tolist())


def _tidied(
    cover: Cover, sites: int, chosen: Int64, stays: np.ndarray, costs: Costs
) -> tuple[Int64, Int64]:
    """Without what adds nothing: (candidates used, existing ones that stay)."""
    mark = np.zeros(cover.sites)
    mark[chosen] = 1
    mark[sites:] = stays
    back = cover.transposed()
    hits = cover.times(mark)
    for site in chosen.tolist():
        rows = back.site[back.first[site] : back.first[site + 1]]
        if (hits[rows] > 1).all():
            hits[rows] -= 1
            mark[site] = 0
    # fewer used than were moved: as many stay after all
    moved = np.flatnonzero(mark[sites:] == 0)
    used = int(mark[:sites].sum())
    mark[sites + moved[: max(0, len(moved) - used)]] = 1
    if costs.move > costs.new:  # then a new one does the same for less
        mark[sites:] = 1
    return np.flatnonzero(mark[:sites]), np.flatnonzero(mark[sites:])


def _standing(cover: Cover, free: int, existing: int) -> Float64:
    start = np.zeros(free + existing + cover.rows)
    start[free : free + existing] = 1
    start[free + existing :] = cover.times(start[: free + existing]) > 0
    return start


def _program(cover: Cover, free: int, existing: int, weights: Float64, costs: Costs) -> Program:
    """max Σ w y, y_i ≤ Σ x + Σ u over those that cover i, Σx + Σu ≥ E, and the budget."""
    both, rows = free + existing, cover.rows
    scale = math.lcm(costs.budget.denominator, costs.new.denominator, costs.move.denominator)
    new, move, budget = (float(each * scale) for each in (costs.new, costs.move, costs.budget))
    first = np.zeros(rows + 3, np.int64)
    np.cumsum(np.concatenate([cover.degree + 1, [both, both]]), out=first[1:])
    column = np.empty(first[-1], np.int64)
    number = np.ones(first[-1])
    column[np.arange(len(cover.site)) + cover.row] = cover.site
    column[first[1 : rows + 1] - 1] = both + np.arange(rows)
    number[first[1 : rows + 1] - 1] = -1
    column[first[rows] :] = np.tile(np.arange(both), 2)
    number[first[rows + 1] :] = np.where(np.arange(both) < free, new, new - move)
    return Program(
        cost=np.concatenate([np.zeros(both), -weights]),
        upper=np.ones(both + rows),
        whole=np.arange(both + rows) < both,
        first=first,
        column=column,
        value=number,
        least=np.concatenate([np.zeros(rows), [float(existing), -np.inf]]),
        most=np.concatenate([np.full(rows, np.inf), [np.inf, budget + (new - move) * existing]]),
    )
