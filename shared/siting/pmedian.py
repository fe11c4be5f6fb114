"""p-median: with p sites, the least sum of weight times cost (Hakimi 1964), proven.

A Lagrangian bound prices the row "every demand goes to one site" (Cornuéjols, Fisher and Nemhauser
1977), the solutions on its way are improved by swaps (Teitz and Bart 1968), and sites whose other
choice cannot beat the best are decided (Beasley 1985's reductions). Often that is the proof; what
is left is branched on (:mod:`shared.siting.branching`), and the rest goes to HiGHS
(:mod:`shared.siting.radii`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from shared.siting.answer import (
    INFEASIBLE,
    Bool,
    Float64,
    Int64,
    Patience,
    Solution,
    Status,
    grain_of,
    settled,
    slack_of,
    sums,
)
from shared.siting.cover import within
from shared.siting.lscp import fewest

STEPS = 300
"""Of the subgradient method in a round."""
ROUNDS = 8
KICKS = 60
"""Descents from changed solutions, at most; fewer where each takes longer."""
KICKED_CELLS = 4_000_000
"""Kicks times the size of the table, about a second's work."""


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """What is still open."""

    cost: Float64
    """(rows, sites) weight times cost."""
    near: Float64
    """(rows,) the same from what stands already, or is surely in; infinite where nothing."""
    site: Int64
    """(sites,) the number of each column."""
    taken: Int64
    p: int


def pmedian(cost: Float64, near: Float64, weights: Float64, p: int, patience: Patience) -> Solution:
    """The p columns with the least sum over rows of weight times the least cost.

    ``cost`` (rows, sites) is not negative, infinite where not connected; ``near`` (rows,) is what
    each row costs from what stands already, infinite where nothing does. Rows of no weight count
    for nothing, not even as to be connected.
    """
    heavy = weights > 0
    cost, near, weights = cost[heavy], near[heavy], weights[heavy]
    if (np.isinf(cost).all(1) & np.isinf(near)).any():
        return INFEASIBLE
    left = _first(cost, near, weights, p)
    known = np.unique(np.append(left.cost, left.near))
    grain = grain_of(known[np.isfinite(known)])
    begin = _begin(cost, near, left, patience)
    if begin is None:
        return INFEASIBLE
    if len(begin) < min(p, cost.shape[1]):
        return Solution(Status.TIME_LIMIT, (), None, 0.0)
    # No better solution pays more than all that this one pays for any of its demands.
    most = math.ceil(total(left, begin)) + 1.0
    left = replace(left, cost=np.minimum(left.cost, most), near=np.minimum(left.near, most))
    best, bound = _search(left, begin, grain, patience)
    mine = np.minimum(cost[:, best].min(1, initial=np.inf), near)
    objective = math.fsum((weights * mine).tolist())
    return settled(best, objective, bound, grain, patience)


def _first(cost: Float64, near: Float64, weights: Float64, p: int) -> Left:
    """Equal rows as one, with their weights together."""
    table = np.column_stack([cost, near])
    _, index, group = np.unique(table, axis=0, return_index=True, return_inverse=True)
    total = sums(group.ravel(), weights, len(index))
    scaled = table[index] * total[:, None]
    return Left(
        np.ascontiguousarray(scaled[:, :-1]), scaled[:, -1], np.arange(cost.shape[1]),
        np.zeros(0, np.int64), p,
    )  # fmt: skip


def _begin(cost: Float64, near: Float64, left: Left, patience: Patience) -> Int64 | None:
    """Sites that connect everybody; None when p cannot, empty when that is not known in time."""
    p = min(left.p, len(left.site))
    missing = np.isinf(near)
    if missing.any() and (p == 0 or np.isinf(cost[missing]).any()):
        finite = within(np.where(np.isfinite(cost[missing]), 0.0, 1.0), 0.5)
        found = fewest(finite, patience, p)
        if found.chosen is None or len(found.chosen) > p:
            return None if found.fewest > p else np.zeros(0, np.int64)  # p > 0 sites needed
        start = found.chosen
    else:
        start = np.zeros(0, np.int64)
    now = np.minimum(left.cost[:, start].min(1, initial=np.inf), left.near)
    chosen = start.tolist()
    for _ in range(p - len(start)):
        sums = np.minimum(left.cost, now[:, None]).sum(0)
        sums[chosen] = np.inf
        free = np.delete(np.arange(len(sums)), chosen)
        chosen.append(int(free[np.argmin(sums[free])]))
        now = np.minimum(now, left.cost[:, chosen[-1]])
    return np.array(chosen, np.int64)


def total(left: Left, chosen: Int64) -> float:
    """What these among the sites left cost, with all that stands and is surely in."""
    return float(np.minimum(left.cost[:, chosen].min(1, initial=np.inf), left.near).sum())


def swapped(left: Left, chosen: Int64, patience: Patience, most: int = 1000) -> tuple[Int64, float]:
    """The best swap of one site for another while one helps; with the sum."""
    chosen = chosen.copy()
    rows, sites = left.cost.shape
    value = math.inf
    for _ in range(most):
        own = np.column_stack([left.cost[:, chosen], left.near])
        order = np.argpartition(own, min(1, own.shape[1] - 1), axis=1)
        every = np.arange(rows)
        nearest = own[every, order[:, 0]]
        value = float(nearest.sum())
        if own.shape[1] < 2 or not len(chosen) or patience.over():
            break
        second = own[every, order[:, 1]]
        sort = np.argsort(order[:, 0], kind="stable")
        keeper = order[sort, 0]
        first = nearest[sort][:, None]
        table = left.cost[sort]
        saved = np.maximum(first - table, 0)
        lost = np.minimum(second[sort][:, None], table) - first
        np.maximum(lost, 0, out=lost)
        begins = np.flatnonzero(np.diff(keeper, prepend=-1))
        change = np.zeros((len(chosen) + 1, sites))
        change[keeper[begins]] = np.add.reduceat(lost, begins, axis=0)
        change = change[:-1] - saved.sum(0)[None, :]
        change[:, chosen] = 0
        best = int(np.argmin(change))
        if not change.flat[best] < -1e-9 * max(1.0, value):
            break
        chosen[best // sites] = best % sites
    return chosen, value


def _search(left: Left, begin: Int64, grain: float, patience: Patience) -> tuple[Int64, float]:
    """The best sites and the bound."""
    from shared.siting.branching import branched
    from shared.siting.radii import proved

    own, value = swapped(left, begin, patience)
    best = left.site[own]
    p = min(left.p, len(left.site))
    if p in (0, len(left.site)):
        return np.arange(p), value
    bound = 0.0
    prices: Float64 | None = None
    kicked = False
    for _ in range(ROUNDS):
        at = priced(left, value, grain, prices, patience)
        bound = max(bound, at.bound)
        for start in at.starts:
            tried, worth = swapped(left, start, patience)
            if worth < value * (1 - 1e-12):
                best, value = np.concatenate([left.taken, left.site[tried]]), worth
        patience.say(f"bound {bound:,.9g}, best {value:,.9g}, {len(left.site):,} sites left")
        if value - bound <= slack_of(value, grain) or patience.over():
            return best, min(bound, value)
        before = len(left.site)
        left, prices = settle_sites(left, at, value, grain)
        if left.p <= 0 or not len(left.site):
            # Only what is surely in can still be better.
            sure = total(left, np.zeros(0, np.int64))
            return (left.taken, sure) if sure < value else (best, value)
        if len(left.site) > 0.95 * before:
            if kicked:
                break
            # A better solution is worth more here than a better bound: more sites are decided.
            kicked = True
            tried, worth = _kicked(left, best, value, patience)
            if not worth < value * (1 - 1e-12):
                break
            best, value = tried, worth
    done = branched(left, prices, best, value, grain, patience)
    best, value, bound = done.best, done.value, max(bound, done.bound)
    if done.proven:
        return best, value
    return proved(left, best, value, bound, grain, patience)


def _kicked(left: Left, best: Int64, value: float, patience: Patience) -> tuple[Int64, float]:
    """The best of several descents, each from the best with a few sites drawn anew.

    Iterated local search (Lourenço, Martin and Stützle 2003), always on the same draws.
    """
    draw = np.random.default_rng(0)
    own = np.flatnonzero(np.isin(left.site, best))
    others = np.setdiff1d(np.arange(len(left.site)), own)
    anew = min(max(2, len(own) // 4), len(own), len(others))
    if not anew or len(own) != left.p:
        return best, value
    for _ in range(min(KICKS, max(4, KICKED_CELLS // left.cost.size))):
        if patience.over():
            break
        start = draw.permutation(own)
        start[:anew] = draw.choice(np.setdiff1d(np.arange(len(left.site)), own), anew, False)
        tried, worth = swapped(left, start, patience)
        if worth < value * (1 - 1e-12):
            own, value = tried, worth
            best = np.concatenate([left.taken, left.site[own]])
    return best, value


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """The best prices that were found, and what follows from them."""

    bound: float
    prices: Float64
    saves: Float64
    """(sites,) what a site saves at these prices; not positive."""
    starts: tuple[Int64, ...]


def priced(
    left: Left,
    value: float,
    grain: float,
    prices: Float64 | None,
    patience: Patience,
    steps: int = STEPS,
) -> Priced:
    """Raises the bound by subgradients with a deflected direction."""
    cost, near = left.cost, left.near
    rows, sites = cost.shape
    p = min(left.p, sites)
    if prices is None:
        order = np.partition(cost, min(1, sites - 1), axis=1)[:, min(1, sites - 1)]
        prices = np.minimum(order, near)
    bound, kept, best_saves = -math.inf, prices, np.zeros(sites)
    starts: list[tuple[float, Int64]] = []
    way = np.zeros(rows)
    theta, stalled = 1.0, 0
    for step in range(steps):
        under = cost - prices[:, None]
        np.minimum(under, 0, out=under)
        saves = under.sum(0)
        top = np.argpartition(saves, p - 1)[:p]
        here = float(prices.sum() + saves[top].sum())
        if here > bound + 1e-12 * abs(here):
            bound, kept, best_saves, stalled = here, prices, saves, 0
            if step % 8 == 0:
                starts.append((total(left, top), top))
        else:
            stalled += 1
            if stalled >= 12:
                theta, stalled, prices = 0.7 * theta, 0, kept
                continue
        slope = 1.0 - (under[:, top] < 0).sum(1)
        slope[(prices >= near) & (slope > 0)] = 0
        way = 0.7 * way + 0.3 * slope
        size = float(way @ way)
        if size < 1e-12 or theta < 1e-3 or value - bound <= slack_of(value, grain):
            break
        if patience.over():
            break
        room = max(value - here, 1e-6 * max(1.0, abs(value)))
        prices = np.minimum(np.maximum(prices + theta * room / size * way, 0), near)
    starts.sort(key=lambda each: each[0])
    return Priced(bound, kept, best_saves, tuple(top for _, top in starts[:2]))


def settle_sites(left: Left, at: Priced, value: float, grain: float) -> tuple[Left, Float64]:
    """Decides the sites whose other choice cannot beat the best solution."""
    need = value - slack_of(value, grain)  # a better one costs less than this
    sites = len(left.site)
    p = min(left.p, sites)
    order = np.sort(at.saves)
    last_in = order[p - 1]
    first_out = order[p] if p < sites else 0.0
    out = (at.bound + at.saves - last_in >= need) & (at.saves > last_in)
    sure = (at.bound + first_out - at.saves >= need) & (at.saves <= last_in)
    return narrowed(left, at.prices, out, sure)


def narrowed(left: Left, prices: Float64, out: Bool, sure: Bool) -> tuple[Left, Float64]:
    """The instance without the sites that are out, with those that are in."""
    near = np.minimum(left.near, left.cost[:, sure].min(1, initial=np.inf))
    free = ~(out | sure)
    smaller = Left(
        np.ascontiguousarray(left.cost[:, free]),
        near,
        left.site[free],
        np.concatenate([left.taken, left.site[sure]]),
        left.p - int(sure.sum()),
    )
    return smaller, np.minimum(prices, near)
