"""MCLP: with p sites, cover the most weight (Church and ReVelle 1974), proven.

Demands with the same sites are one (no solution tells them apart); a site whose demands are all
another's is never needed. A Lagrangian bound (the covering rows priced, solved by subgradients)
comes close to the linear relaxation in a fraction of its time. A site is out when forcing it in
cannot beat the best solution known, and in when leaving it out cannot; what is left is a smaller
instance of the same problem, merged again, and HiGHS proves it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.siting.answer import (
    Bool,
    Float64,
    Int64,
    Patience,
    Solution,
    grain_of,
    settled,
    slack_of,
    sums,
)
from shared.siting.cover import Cover, merged, undominated
from shared.siting.highs import Program, solve
from shared.siting.swaps import covered_weight, greedy, shaken, swapped

SMALL = 3_000
"""Entries of a cover up to which HiGHS alone is quickest."""
ROUNDS = 6
KICKS = 24
"""Of the search for better sites in a round."""
STEPS = 400
"""Of the subgradient method in a round."""


@dataclass(frozen=True, slots=True, eq=False)
class _Left:
    """What is still open, in numbers of the whole instance."""

    cover: Cover
    weights: Float64
    site: Int64
    """(sites,) the number of each column."""
    base: float
    """Weight that the sites that are surely in cover."""
    taken: Int64
    p: int


def mclp(cover: Cover, weights: Float64, p: int, patience: Patience) -> Solution:
    """The p sites that cover the most weight; rows without any site count for nothing.

    ``weights`` (rows,) are not negative.
    """
    grain = grain_of(weights)
    small, heavy = merged(cover, weights)
    keep = undominated(small.transposed())
    left = _Left(small.only_sites(keep), heavy, np.flatnonzero(keep), 0.0, np.zeros(0, np.int64), p)
    if p <= 0 or not left.site.size:
        return settled(np.zeros(0, np.int64), 0.0, 0.0, grain, patience)
    best, bound = _search(left, grain, patience)
    return settled(best, _exact(cover, weights, best), bound, grain, patience)


def _exact(cover: Cover, weights: Float64, chosen: Int64) -> float:
    import math

    mark = np.zeros(cover.sites)
    mark[chosen] = 1
    return math.fsum(weights[cover.times(mark) > 0].tolist())


def _search(left: _Left, grain: float, patience: Patience) -> tuple[Int64, float]:
    """The best sites and the bound."""
    own = swapped(
        left.cover, left.weights, greedy(left.cover, left.weights, left.p), left.p, patience
    )
    best, value = left.site[own], left.base + covered_weight(left.cover, left.weights, own)
    bound = left.base + float(left.weights.sum())
    if len(left.cover.site) > SMALL:
        prices = left.weights * 0.5
        for _ in range(ROUNDS):
            if bound - value <= slack_of(value, grain) or patience.over():
                return best, max(bound, value)
            priced = _priced(left, prices, value, patience)
            bound = min(bound, left.base + priced.bound)
            for start in priced.starts:
                tried = swapped(left.cover, left.weights, start, left.p, patience)
                worth = left.base + covered_weight(left.cover, left.weights, tried)
                if worth > value:
                    best, value = np.concatenate([left.taken, left.site[tried]]), worth
            if bound - value > slack_of(value, grain):
                tried = shaken(
                    left.cover, left.weights, _inside(left, best), left.p, patience, KICKS
                )
                worth = left.base + covered_weight(left.cover, left.weights, tried)
                if worth > value:
                    best, value = np.concatenate([left.taken, left.site[tried]]), worth
            patience.say(
                f"bound {bound:,.6g}, best {value:,.6g}, {left.cover.sites:,} sites and "
                f"{left.cover.rows:,} kinds of demand left"
            )
            before = left.cover.sites
            left = _fixed(left, priced, value, grain)
            if left.p <= 0 or not left.site.size:
                # Only what is surely in can still be better.
                return (left.taken, left.base) if left.base > value else (best, value)
            if left.cover.sites > 0.9 * before:
                break
            prices = left.weights * 0.5
        if bound - value <= slack_of(value, grain):
            return best, max(bound, value)
    return _proved(left, best, value, bound, grain, patience)


def _inside(left: _Left, best: Int64) -> Int64:
    """The best sites as far as they are still open questions."""
    return np.flatnonzero(np.isin(left.site, best))[: left.p]


@dataclass(frozen=True, slots=True, eq=False)
class _Priced:
    """The Lagrangian bound at its best prices."""

    bound: float
    worth: Float64
    """(sites,) what a site brings at these prices."""
    starts: tuple[Int64, ...]
    """Sites worth trying."""


def _priced(left: _Left, prices: Float64, value: float, patience: Patience) -> _Priced:
    """Lowers the bound by subgradients with a deflected direction (Camerini et al. 1975)."""
    cover, weights = left.cover, left.weights
    row, p = cover.row, min(left.p, cover.sites)
    floor = value - left.base
    bound, kept, worth = np.inf, prices, np.zeros(cover.sites)
    starts: list[tuple[float, Int64]] = []
    way = np.zeros(cover.rows)
    theta, stalled = 1.0, 0
    for _ in range(STEPS):
        brings = sums(cover.site, prices[row], cover.sites)
        top = np.argpartition(-brings, p - 1)[:p]
        here = float((weights - prices).sum() + brings[top].sum())
        mark = np.zeros(cover.sites)
        mark[top] = 1
        hits = sums(row, mark[cover.site], cover.rows)
        starts.append((float(weights[hits > 0].sum()), top))
        if len(starts) > 64:
            starts = sorted(starts, key=lambda each: -each[0])[:2]
        if here < bound - 1e-9 * abs(here):
            bound, kept, worth, stalled = here, prices, brings, 0
        else:
            stalled += 1
            if stalled >= 12:
                theta, stalled, prices = 0.7 * theta, 0, kept
        slope = hits - 1
        slope[(prices >= weights) & (slope < 0)] = 0
        slope[(prices <= 0) & (slope > 0)] = 0
        way = 0.7 * way + 0.3 * slope
        size = float(way @ way)
        if size < 1e-12 or theta < 2e-3 or bound <= floor or patience.over():
            break
        prices = np.clip(prices - theta * max(here - floor, 1e-6) / size * way, 0, weights)
    starts.sort(key=lambda each: -each[0])
    return _Priced(bound, worth, tuple(top for _, top in starts[:2]))


def _fixed(left: _Left, priced: _Priced, value: float, grain: float) -> _Left:
    """Decides the sites whose other choice cannot beat the best solution."""
    need = value + slack_of(value, grain) - left.base  # a better one is worth more than this
    order = np.sort(priced.worth)[::-1]
    p = min(left.p, len(order))
    last_in = order[p - 1]
    first_out = order[p] if p < len(order) else 0.0
    out = priced.bound + np.minimum(priced.worth - last_in, 0) <= need
    sure = priced.bound - np.maximum(priced.worth - first_out, 0) <= need
    sure &= priced.worth >= last_in
    out &= priced.worth < last_in
    return narrowed(left, out, sure)


def narrowed(left: _Left, out: Bool, sure: Bool) -> _Left:
    """The instance without the sites that are out, with those that are in."""
    covered = left.cover.times(sure.astype(np.float64)) > 0
    base = left.base + float(left.weights[covered].sum())
    free = ~(out | sure)
    smaller, weights = merged(
        left.cover.only_rows(~covered).only_sites(free), left.weights[~covered]
    )
    keep = undominated(smaller.transposed())
    return _Left(
        smaller.only_sites(keep),
        weights,
        left.site[free][keep],
        base,
        np.concatenate([left.taken, left.site[sure]]),
        left.p - int(sure.sum()),
    )


def _proved(
    left: _Left, best: Int64, value: float, bound: float, grain: float, patience: Patience
) -> tuple[Int64, float]:
    """What is left, solved by HiGHS: max Σ w y, y_i ≤ Σ x over the sites of i, Σ x ≤ p."""
    cover, sites, rows = left.cover, left.cover.sites, left.cover.rows
    degree = cover.degree
    first = np.zeros(rows + 2, np.int64)
    np.cumsum(np.append(degree + 1, sites), out=first[1:])
    column = np.empty(first[-1], np.int64)
    number = np.ones(first[-1])
    column[np.arange(len(cover.site)) + cover.row] = cover.site
    column[first[1:-1] - 1] = sites + np.arange(rows)
    number[first[1:-1] - 1] = -1
    column[first[-2] :] = np.arange(sites)
    start = np.zeros(sites + rows)
    start[np.flatnonzero(np.isin(left.site, best))] = 1
    start[sites:] = cover.times(start[:sites]) > 0
    outcome = solve(
        Program(
            cost=np.concatenate([np.zeros(sites), -left.weights]),
            upper=np.ones(sites + rows),
            whole=np.arange(sites + rows) < sites,
            first=first,
            column=column,
            value=number,
            least=np.append(np.zeros(rows), -np.inf),
            most=np.append(np.full(rows, np.inf), float(left.p)),
        ),
        patience,
        grain=grain,
        start=start if start[:sites].sum() <= left.p else None,
    )
    if outcome.values is not None:
        own = np.flatnonzero(outcome.values[:sites] > 0.5)
        worth = left.base + covered_weight(cover, left.weights, own)
        if worth > value and len(own) <= left.p:
            best, value = np.concatenate([left.taken, left.site[own]]), worth
    return best, min(bound, max(value, left.base - outcome.bound))
