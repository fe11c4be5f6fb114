"""LSCP: the fewest sites that cover everybody (Toregas et al. 1971), proven.

Rows and sites that another one makes superfluous are taken out until nothing changes (a demand
whose sites include all of another demand's is covered with it; a site whose demands are all
another site's is not needed; a demand with one site decides it). What is left falls into parts
that have nothing to do with each other; HiGHS proves each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.siting.answer import INFEASIBLE, Int64, Patience, Solution, Status, settled
from shared.siting.cover import Cover, binding, groups_of, undominated
from shared.siting.highs import Program, solve
from shared.siting.swaps import greedy


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What is known of the fewest sites for a cover."""

    chosen: Int64 | None
    """Sites that cover everybody; None when none were found or there are none."""
    fewest: float
    """Proven: no fewer will do; infinite when nothing does."""


def lscp(cover: Cover, patience: Patience, most: int | None = None) -> Solution:
    """The fewest sites that cover every row; no more than ``most``, if given."""
    found = fewest(cover, patience, None)
    if math.isinf(found.fewest) or (most is not None and found.fewest > most):
        return INFEASIBLE
    if found.chosen is None or (most is not None and len(found.chosen) > most):
        return Solution(Status.TIME_LIMIT, (), None, found.fewest)
    return settled(found.chosen, float(len(found.chosen)), found.fewest, 1.0, patience)


def fewest(cover: Cover, patience: Patience, enough: int | None, *, quick: bool = False) -> Found:
    """The fewest sites that cover every row.

    With ``enough`` it ends as soon as that many are known to do, or not to do. ``quick`` stops at
    the linear relaxation and the greedy solution.
    """
    if cover.rows and not cover.degree.all():
        return Found(None, math.inf)
    sure, rest, number = _reduced(cover)
    if not rest.rows:
        return Found(np.sort(sure), float(len(sure)))
    parts = [_Part.of(part, number[own]) for part, own in _parts(rest)]

    def known() -> bool:
        least = len(sure) + sum(part.bound for part in parts)
        most = len(sure) + sum(len(part.tried) for part in parts)
        return patience.over() or (enough is not None and not least <= enough < most)

    for part in parts:
        if known():
            break
        part.relax(patience)
    for part in parts:
        if quick or known():
            break
        room = None
        if enough is not None:  # what the others leave, at the very best
            room = enough - len(sure) - sum(each.bound for each in parts) + part.bound
        part.prove(room, patience)
    chosen = np.concatenate([sure, *(part.tried for part in parts)])
    return Found(np.sort(chosen), len(sure) + sum(part.bound for part in parts))


@dataclass(slots=True, eq=False)
class _Part:
    """A part that shares no site with the others."""

    cover: Cover
    number: Int64
    """(sites,) of the columns in the whole."""
    tried: Int64
    """The best sites so far, in the whole's numbers."""
    bound: float

    @classmethod
    def of(cls, cover: Cover, number: Int64) -> _Part:
        begin = _pruned(cover, greedy(cover, np.ones(cover.rows), cover.sites))
        return cls(cover, number, number[begin], 1.0 if cover.sites == 1 else 2.0)

    def relax(self, patience: Patience) -> None:
        """The linear relaxation, rounded up."""
        if len(self.tried) > self.bound:
            relaxed = solve(_program(self.cover), patience, relaxed=True)
            if math.isfinite(relaxed.bound):
                self.bound = max(self.bound, math.ceil(relaxed.bound - 1e-6))

    def prove(self, room: float | None, patience: Patience) -> None:
        """The fewest; or, with ``room``, whether that many will do."""
        if len(self.tried) <= self.bound:
            return
        start = np.isin(self.number, self.tried).astype(np.float64)
        fits = room is None or len(self.tried) <= room
        outcome = solve(
            _program(self.cover, room),
            patience,
            grain=1.0,
            target=room,
            start=start if fits else None,
        )
        if outcome.values is None:
            if outcome.proven and room is not None:
                self.bound = max(self.bound, room + 1)
            return
        better = self.number[np.flatnonzero(outcome.values > 0.5)]
        if len(better) < len(self.tried):
            self.tried = better
        if math.isfinite(outcome.bound):
            self.bound = max(self.bound, math.ceil(outcome.bound - 1e-6))


def _reduced(cover: Cover) -> tuple[Int64, Cover, Int64]:
    """Sites that are surely in, what is left, and the numbers of its sites."""
    _, leader = groups_of(cover)
    keep = np.zeros(cover.rows, np.bool_)
    keep[leader] = True
    cover = cover.only_rows(keep)
    number = np.arange(cover.sites)
    sure: list[int] = []
    while cover.rows:
        before = (cover.rows, cover.sites)
        cover = cover.only_rows(binding(cover))
        columns = undominated(cover.transposed())
        cover, number = cover.only_sites(columns), number[columns]
        alone = np.unique(cover.site[cover.first[:-1][cover.degree == 1]])
        if len(alone):
            sure += number[alone].tolist()
            mark = np.zeros(cover.sites)
            mark[alone] = 1
            cover = cover.only_rows(cover.times(mark) == 0)
        elif (cover.rows, cover.sites) == before:
            break
    return np.array(sure, np.int64), cover, number


def _parts(cover: Cover) -> Iterator[tuple[Cover, Int64]]:
    """The parts that share no site, each with the numbers of its sites."""
    label = np.arange(cover.sites)
    while True:  # every row's sites get the lowest label among them
        lowest = np.minimum.reduceat(label[cover.site], cover.first[:-1])
        new = label.copy()
        np.minimum.at(new, cover.site, np.repeat(lowest, cover.degree))
        new = new[new]
        if (new == label).all():
            break
        label = new
    rows = label[cover.site[cover.first[:-1]]]
    for each in np.unique(rows):
        own = label == each
        yield cover.only_rows(rows == each).only_sites(own), np.flatnonzero(own)


def _pruned(cover: Cover, chosen: Int64) -> Int64:
    """Without the sites that the others make superfluous, the last chosen first."""
    mark = np.zeros(cover.sites)
    mark[chosen] = 1
    hits = cover.times(mark)
    back = cover.transposed()
    kept = []
    for site in chosen.tolist():
        rows = back.site[back.first[site] : back.first[site + 1]]
        if (hits[rows] > 1).all():
            hits[rows] -= 1
        else:
            kept.append(site)
    return np.array(kept, np.int64)


def _program(cover: Cover, most: float | None = None) -> Program:
    """min Σ x, at least one x in every row; Σ x ≤ most, if given."""
    sites = cover.sites
    first, column = cover.first, cover.site
    least, upper = np.ones(cover.rows), np.full(cover.rows, np.inf)
    if most is not None:
        first = np.append(first, first[-1] + sites)
        column = np.concatenate([column, np.arange(sites)])
        least, upper = np.append(least, -np.inf), np.append(upper, most)
    return Program(
        cost=np.ones(sites),
        upper=np.ones(sites),
        whole=np.ones(sites, np.bool_),
        first=first,
        column=column,
        value=np.ones(len(column)),
        least=least,
        most=upper,
    )
