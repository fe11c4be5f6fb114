"""Who is covered by what, kept sparse, and the reductions that lose no solution."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from shared.siting.answer import Bool, Float64, Int64, sums

_AT_ONCE = 4_000_000
"""Numbers of a distance table that are looked at together, so that memory stays small."""


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """For each demand (row) the sites (columns) that cover it."""

    first: Int64
    """(rows + 1,) where each row begins in ``site``."""
    site: Int64
    """(entries,) ascending within a row."""
    sites: int
    """How many columns there are."""

    @property
    def rows(self) -> int:
        """How many demands there are."""
        return len(self.first) - 1

    @property
    def degree(self) -> Int64:
        """(rows,) how many sites cover each."""
        return np.diff(self.first)

    @property
    def row(self) -> Int64:
        """(entries,) the row of each entry."""
        return np.repeat(np.arange(self.rows), self.degree)

    def times(self, at: Float64) -> Float64:
        """(rows,) for each demand the sum of a number per site over the sites that cover it."""
        return sums(self.row, at[self.site], self.rows)

    def only_rows(self, keep: Bool) -> Cover:
        """Without the other rows."""
        entries = np.repeat(keep, self.degree)
        return _of(self.degree[keep], self.site[entries], self.sites)

    def only_sites(self, keep: Bool) -> Cover:
        """Without the other columns, those left numbered anew in their order."""
        number = np.cumsum(keep) - 1
        entries = keep[self.site]
        degree = np.bincount(self.row[entries], minlength=self.rows)
        return _of(degree, number[self.site[entries]], int(keep.sum()))

    def transposed(self) -> Cover:
        """For each site the demands that it covers."""
        order = np.argsort(self.site, kind="stable")
        degree = np.bincount(self.site, minlength=self.sites)
        return _of(degree, self.row[order], self.rows)


def _of(degree: Int64, site: Int64, sites: int) -> Cover:
    first = np.zeros(len(degree) + 1, np.int64)
    np.cumsum(degree, out=first[1:])
    return Cover(first, site.astype(np.int64, copy=False), sites)


def cover_of(blocks: Iterable[Bool], sites: int) -> Cover:
    """From a table of yes and no, (rows, sites), given in blocks of rows."""
    degrees: list[Int64] = [np.zeros(0, np.int64)]
    columns: list[Int64] = [np.zeros(0, np.int64)]
    for block in blocks:
        degrees.append(block.sum(1))
        columns.append(np.nonzero(block)[1])
    return _of(np.concatenate(degrees), np.concatenate(columns), sites)


def within(cost: Float64, limit: float) -> Cover:
    """Who is within the limit, itself included, by a table of costs (rows, sites)."""
    rows, sites = cost.shape
    step = max(1, _AT_ONCE // max(1, sites))
    return cover_of((cost[i : i + step] <= limit for i in range(0, rows, step)), sites)


def groups_of(cover: Cover, beside: Int64 | None = None) -> tuple[Int64, Int64]:
    """Rows with the same sites (and the same number ``beside``): (group of each row, leaders).

    Found by two random 64-bit sums per row, then compared entry by entry: a row that only looks
    the same stays alone.
    """
    random = np.random.default_rng(0)
    marks = random.integers(0, 2**63, (2, cover.sites + 1), dtype=np.uint64)
    keys = np.zeros((cover.rows, 2), np.uint64)
    some = cover.degree > 0
    for k in range(2):
        keys[some, k] = np.add.reduceat(marks[k][cover.site], cover.first[:-1][some])
    if beside is not None:
        keys[:, 1] += beside.astype(np.uint64) * marks[1][-1]
    mixed = keys[:, 0] ^ (keys[:, 1] * np.uint64(0x9E3779B97F4A7C15))
    _, leader, group = np.unique(mixed, return_index=True, return_inverse=True)
    mine = leader[group]
    same = cover.degree == cover.degree[mine]
    if beside is not None:
        same &= beside == beside[mine]
    rows = np.flatnonzero(same)
    entries = np.repeat(cover.first[mine[rows]] - cover.first[rows], cover.degree[rows])
    own = np.repeat(same, cover.degree)
    differ = cover.site[own] != cover.site[np.flatnonzero(own) + entries]
    same[cover.row[own][differ]] = False
    odd = np.flatnonzero(~same)
    group = group.astype(np.int64)
    group[odd] = len(leader) + np.arange(len(odd))
    return group, np.concatenate([leader, odd]).astype(np.int64)


def merged(cover: Cover, weights: Float64) -> tuple[Cover, Float64]:
    """Rows with the same sites as one with their weights together; rows without a site are gone."""
    group, leader = groups_of(cover)
    keep = np.zeros(cover.rows, np.bool_)
    keep[leader] = True
    order = np.argsort(leader)
    total = sums(group, weights, len(leader))[order]
    smaller = cover.only_rows(keep)
    some = (smaller.degree > 0) & (total > 0)
    return smaller.only_rows(some), total[some]


def undominated(cover: Cover) -> Bool:
    """(rows,) False for a row whose sites are all among another row's; of equal rows one stays.

    As columns are rows of the transposed cover, this finds the sites that are never needed.
    """
    keep = cover.degree > 0
    back, bits, degree = cover.transposed(), _bits(cover), cover.degree
    for i in np.flatnonzero(keep):
        others = _sharing(cover, back, int(i))
        larger = (degree[others] > degree[i]) | ((degree[others] == degree[i]) & (others < i))
        others = others[larger & keep[others]]
        if len(others) and (~(bits[i] & ~bits[others]).any(1)).any():
            keep[i] = False
    return keep


def binding(cover: Cover) -> Bool:
    """(rows,) False for a row that has all sites of another one: who covers that covers it too."""
    keep = np.ones(cover.rows, np.bool_)
    back, bits, degree = cover.transposed(), _bits(cover), cover.degree
    for i in np.argsort(degree, kind="stable").tolist():
        if not keep[i]:
            continue
        others = _sharing(cover, back, i)
        others = others[(degree[others] >= degree[i]) & keep[others] & (others != i)]
        keep[others[~(bits[i] & ~bits[others]).any(1)]] = False
    return keep


def _sharing(cover: Cover, back: Cover, row: int) -> Int64:
    """The rows that have a row's rarest site: whoever has all of its sites is among them."""
    mine = cover.site[cover.first[row] : cover.first[row + 1]]
    rare = mine[np.argmin(back.first[mine + 1] - back.first[mine])]
    return back.site[back.first[rare] : back.first[rare + 1]]


def _bits(cover: Cover) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """(rows, words) each row as a string of bits."""
    words = (cover.sites + 63) // 64
    packed = np.zeros((cover.rows, words * 8), np.uint8)
    step = max(1, _AT_ONCE // max(1, cover.sites))
    for i in range(0, cover.rows, step):
        some = slice(i, min(i + step, cover.rows))
        first = cover.first[some.start]
        own = slice(int(first), int(cover.first[some.stop]))
        table = np.zeros((some.stop - some.start, cover.sites), np.bool_)
        degree = cover.degree[some]
        table[np.repeat(np.arange(some.stop - some.start), degree), cover.site[own]] = True
        block = np.packbits(table, axis=1, bitorder="little")
        packed[some, : block.shape[1]] = block
    return packed.view(np.uint64)
