"""Good sites for a cover, found quickly: greedy, then swaps. No proof comes from here."""

from __future__ import annotations

import numpy as np

from shared.siting.answer import Float64, Int64, Patience, sums
from shared.siting.cover import Cover


def covered_weight(cover: Cover, weights: Float64, chosen: Int64) -> float:
    """The weight of the rows that at least one chosen site covers."""
    mark = np.zeros(cover.sites)
    mark[chosen] = 1
    return float(weights[cover.times(mark) > 0].sum())


def greedy(cover: Cover, weights: Float64, p: int) -> Int64:
    """The site that adds most, p times; fewer where nothing adds any more."""
    row, back = cover.row, cover.transposed()
    gain = sums(cover.site, weights[row], cover.sites)
    left = np.ones(cover.rows, np.bool_)
    chosen: list[int] = []
    for _ in range(min(p, cover.sites)):
        best = int(np.argmax(gain))
        if gain[best] <= 1e-12:
            break
        chosen.append(best)
        rows = back.site[back.first[best] : back.first[best + 1]]
        for i in rows[left[rows]]:
            gain[cover.site[cover.first[i] : cover.first[i + 1]]] -= weights[i]
        left[rows] = False
        gain[best] = -np.inf
    return np.array(chosen, np.int64)


def swapped(
    cover: Cover, weights: Float64, chosen: Int64, p: int, patience: Patience, most: int = 400
) -> Int64:
    """Adds sites up to p, then makes the best swap of one site for another while one helps."""
    row, site, sites = cover.row, cover.site, cover.sites
    open_ = np.zeros(sites, np.bool_)
    open_[chosen] = True
    for _ in range(most):
        hits = sums(row, open_.astype(np.float64)[site], cover.rows)
        gain = sums(site, np.where(hits == 0, weights, 0)[row], sites)
        gain[open_] = -np.inf
        if open_.sum() < p and not open_.all():
            best = int(np.argmax(gain))
            open_[best] = True
            continue
        held = np.flatnonzero(open_)
        place = np.full(sites, -1)
        place[held] = np.arange(len(held))
        # rows that one open site alone covers, and which one
        single = np.flatnonzero((hits == 1)[row])
        own = single[open_[site[single]]]
        keeper = np.full(cover.rows, -1)
        keeper[row[own]] = place[site[own]]
        loss = sums(keeper[row[own]], weights[row[own]], len(held))
        both = sums(
            keeper[row[single]] * sites + site[single], weights[row[single]], len(held) * sites
        ).reshape(len(held), sites)
        change = gain[None, :] - loss[:, None] + both
        best = int(np.argmax(change))
        if change.flat[best] <= 1e-9 * max(1.0, float(loss.sum())) or patience.over():
            break
        open_[held[best // sites]] = False
        open_[best % sites] = True
    return np.flatnonzero(open_)


def shaken(
    cover: Cover, weights: Float64, chosen: Int64, p: int, patience: Patience, kicks: int
) -> Int64:
    """Closes a few sites at random, mends by swaps, and keeps what is better; seeded.

    A swap at a time gets stuck; a better start decides more sites by their bounds.
    """
    random = np.random.default_rng(0)
    best, value = chosen, covered_weight(cover, weights, chosen)
    for _ in range(kicks):
        if patience.over() or len(best) < 3:
            break
        closed = random.choice(len(best), min(len(best) // 2, 2 + len(best) // 15), replace=False)
        some = np.delete(best, closed)
        hits = np.zeros(cover.sites)
        hits[some] = 1
        rest = np.where(cover.times(hits) > 0, 0.0, weights)
        gain = sums(cover.site, rest[cover.row], cover.sites)
        likely = np.argsort(-gain)[: 8 * len(closed)]
        again = np.unique(np.concatenate([some, random.choice(likely, len(closed))]))
        tried = swapped(cover, weights, again, p, patience, most=60)
        worth = covered_weight(cover, weights, tried)
        if worth > value:
            best, value = tried, worth
    return best
