"""MEXCLP: where p ambulances stand so that the expected covered weight is most, proven.

Each ambulance is busy with the same probability q, whatever the others do; a demand that k of them
cover is covered with 1 - q^k, so the k-th adds (1 - q) q^(k-1) (Daskin 1983). Several may stand at
one site. For each demand only the first few k are written down, and the last of them for every
ambulance beyond: that can only promise more, so the program's value is a bound, and when its
sites really reach it, they are proven. Where more stand around a demand, more k are written.
"""

from __future__ import annotations

import math

import numpy as np

from shared.siting.answer import Float64, Int64, Patience, Solution, settled, sums
from shared.siting.cover import Cover, groups_of, undominated
from shared.siting.highs import Program, solve

LEVELS = 3
"""Ambulances that are told apart around a demand, to begin with."""


def expected(weights: Float64, around: Float64, busy: float) -> float:
    """The expected covered weight with so many ambulances around each demand."""
    return math.fsum((weights * (1.0 - np.power(busy, around))).tolist())


def mexclp(
    cover: Cover, weights: Float64, there: Float64, p: int, busy: float, patience: Patience
) -> Solution:
    """The sites of p ambulances; a site with several comes as often in ``chosen``.

    ``there`` (rows,) is how many stand around each demand already; they count in the objective.
    ``busy`` is q, 0 ≤ q < 1.
    """
    group, leader = groups_of(cover, there.astype(np.int64))
    heavy = sums(group, weights, len(leader))
    useful = (heavy > 0) & (cover.degree[leader] > 0)
    keep = np.zeros(cover.rows, np.bool_)
    keep[leader[useful]] = True
    order = np.argsort(leader[useful])
    heavy = heavy[useful][order]
    small, base = cover.only_rows(keep), there[keep]
    columns = undominated(small.transposed())
    small, number = small.only_sites(columns), np.flatnonzero(columns)

    def worth(chosen: Int64) -> float:
        count = np.bincount(chosen, minlength=cover.sites).astype(np.float64)
        return expected(weights, there + cover.times(count), busy)

    none = np.zeros(0, np.int64)
    if p <= 0 or not small.rows:
        return settled(none, worth(none), worth(none), 0.0, patience)
    fixed = expected(weights, there, busy)
    best = number[_greedy(small, heavy, base, p, busy)]
    value, bound = worth(best), float(weights.sum())
    depth = np.full(small.rows, min(p, LEVELS))
    while not patience.over():
        outcome = solve(_program(small, heavy, base, depth, p, busy), patience)
        bound = min(bound, fixed - outcome.bound)
        if outcome.values is None:
            break
        count = np.rint(outcome.values[: small.sites])
        chosen = np.repeat(number, count.astype(np.int64))
        if worth(chosen) > value:
            best, value = chosen, worth(chosen)
        around = small.times(count)
        more = around > depth
        patience.say(f"bound {bound:,.9g}, best {value:,.9g}")
        if not more.any() or not outcome.proven:
            if outcome.proven and bound - value <= 1e-7 * max(1.0, value):
                bound = value  # the solver's tolerance, not a better place
            break
        depth[more] = np.minimum(p, around[more]).astype(np.int64)
    return settled(best, value, max(bound, value), 0.0, patience)


def _greedy(cover: Cover, weights: Float64, base: Float64, p: int, busy: float) -> Int64:
    """One ambulance after the other where it adds most."""
    adds = weights * (1 - busy) * np.power(busy, base)
    row, back = cover.row, cover.transposed()
    chosen = []
    for _ in range(p):
        gain = sums(cover.site, adds[row], cover.sites)
        best = int(np.argmax(gain))
        chosen.append(best)
        adds[back.site[back.first[best] : back.first[best + 1]]] *= busy
    return np.array(chosen, np.int64)


def _program(
    cover: Cover, weights: Float64, base: Float64, depth: Int64, p: int, busy: float
) -> Program:
    """min -Σ gain y, Σ_k y_ik ≤ Σ x over the sites of i, Σ x ≤ p."""
    sites, rows = cover.sites, cover.rows
    levels = int(depth.sum())
    owner = np.repeat(np.arange(rows), depth)
    level = np.arange(levels) - np.repeat(np.cumsum(depth) - depth, depth)
    gain = (weights * (1 - busy))[owner] * np.power(busy, base[owner] + level)
    last = level == depth[owner] - 1
    upper = np.where(last, p - level, 1).astype(np.float64)
    first = np.zeros(rows + 2, np.int64)
    np.cumsum(np.append(cover.degree + depth, sites), out=first[1:])
    column = np.empty(first[-1], np.int64)
    number = np.ones(first[-1])
    ours = np.arange(len(cover.site)) + np.repeat(np.cumsum(depth) - depth, cover.degree)
    column[ours] = cover.site
    theirs = np.ones(first[-2], np.bool_)
    theirs[ours] = False
    column[:-sites][theirs] = sites + np.arange(levels)
    number[:-sites][theirs] = -1
    column[-sites:] = np.arange(sites)
    return Program(
        cost=np.concatenate([np.zeros(sites), -gain]),
        upper=np.concatenate([np.full(sites, float(p)), upper]),
        whole=np.arange(sites + levels) < sites,
        first=first,
        column=column,
        value=number,
        least=np.append(np.zeros(rows), -np.inf),
        most=np.append(np.full(rows, np.inf), float(p)),
    )
