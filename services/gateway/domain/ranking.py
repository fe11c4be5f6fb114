"""Which of the things found is meant: how well the name fits, what it is, how near it lies.

The weights are ours: a name that is exactly what was typed comes first, then what begins with it;
among equals the greater thing (a hospital before a shop), and the nearer one. Distance counts for
less than the name: whoever types a whole name means it, wherever the map happens to be.
"""

from __future__ import annotations

import math
from typing import Final

from shared.basemap.words import fold

EXACT, BEGINS, HAS_WORD, ELSEWHERE = 1.0, 0.8, 0.65, 0.5
RANK_WEIGHT: Final = 0.15
NEAR_WEIGHT: Final = 0.25
NEAR_M: Final = 5_000.0
"""At this distance nearness has lost two thirds of its weight."""
_ALL: Final = EXACT + RANK_WEIGHT + NEAR_WEIGHT


def score(question: str, name: str, rank: int, distance_m: float | None) -> float:
    """0 to 1; ``rank`` 0 to 10; ``distance_m`` None when nobody said where to look."""
    asked, called = fold(question), fold(name)
    if called == asked:
        fit = EXACT
    elif called.startswith(asked):
        fit = BEGINS
    elif f" {asked}" in called or (asked in called and not asked.isascii()):
        fit = HAS_WORD
    else:
        fit = ELSEWHERE
    near = 0.0 if distance_m is None else math.exp(-distance_m / NEAR_M)
    return round((fit + RANK_WEIGHT * rank / 10 + NEAR_WEIGHT * near) / _ALL, 4)
