"""The nearest of many, lower ids on ties, in the order of their ids."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined
from shared.decision.names import Numbers, Words

Floats = npt.NDArray[np.float64]


@inlined
def _earlier(one: Words, i: int, j: int) -> bool:
    """Whether row ``i`` of words comes before row ``j``."""
    for k in range(one.shape[1]):
        if one[i, k] != one[j, k]:
            return bool(one[i, k] < one[j, k])
    return False


@compiled
def sort_rows(rows: Numbers, words: Words, slots: Numbers) -> None:
    """Sorts ``rows`` in place by the ids of ``slots[row]``.

    The words are brought together first: sorting them where they lie is a walk through all ids.
    Merges runs of doubling length, so that hundreds cost thousands of comparisons at most.
    """
    n = len(rows)
    width = words.shape[1]
    ids = np.empty((n, width), dtype=np.uint64)
    for i in range(n):
        for k in range(width):
            ids[i, k] = words[slots[rows[i]], k]
    order, other = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    for i in range(n):
        at = i
        first = i - i % RUN
        while at > first and _earlier(ids, i, order[at - 1]):
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
    length = RUN
    while length < n:
        for low in range(0, n, 2 * length):
            middle, high = min(low + length, n), min(low + 2 * length, n)
            a, b = low, middle
            for at in range(low, high):
                if b >= high or (a < middle and not _earlier(ids, order[b], order[a])):
                    other[at] = order[a]
                    a += 1
                else:
                    other[at] = order[b]
                    b += 1
        order, other = other, order
        length *= 2
    for i in range(n):
        other[i] = rows[order[i]]
    for i in range(n):
        rows[i] = other[i]


RUN = 8
"""So many are sorted by insertion."""


@compiled
def nearest_rows(chords: Floats, slots: Numbers, words: Words, enough: int, rows: Numbers) -> int:
    """Puts the rows of the least ``enough`` chords into ``rows``, sorted by id; how many."""
    n = len(chords)
    count = 0
    if n <= enough:
        for i in range(n):
            rows[i] = i
        count = n
    elif enough > 0:
        limit = np.partition(chords, enough - 1)[enough - 1]
        tied = np.empty(n, dtype=np.int32)
        ties = 0
        for i in range(n):
            if chords[i] < limit:
                rows[count] = i
                count += 1
            elif chords[i] == limit:
                tied[ties] = i
                ties += 1
        if count + ties > enough:
            sort_rows(tied[:ties], words, slots)
        for i in range(enough - count):
            rows[count + i] = tied[i]
        count = enough
    sort_rows(rows[:count], words, slots)
    return count
