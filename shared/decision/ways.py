"""From the patient's surroundings to arrays of ways: how far and how long it is for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled
from shared.decision.grid import metres_of
from shared.decision.policy import Travel

FloatArray = npt.NDArray[np.float64]


def vertical_s(floor: int | None, travel: Travel) -> float:
    """Seconds between the door and that floor (up or down); about 2 min at most (CMAJ 2016)."""
    if floor is None:
        return travel.unknown_floor_s
    return min(abs(floor) * travel.per_floor_s, travel.floors_max_s)


def points(places: Sequence[tuple[float, float]]) -> FloatArray:
    """(n, 2) degrees, also for no places at all."""
    return np.array(places, dtype=np.float64).reshape(-1, 2)


class Ways(NamedTuple):
    """On the move only: no turnout, no picking up, no floors. ``inf`` where there is no way."""

    direct_m: FloatArray
    """(n,) rescuer → patient."""
    direct_s: FloatArray
    to_aed_m: FloatArray
    """(n, a) rescuer → AED."""
    to_aed_s: FloatArray
    from_aed_m: FloatArray
    """(n, a) AED → patient, by that rescuer's mode."""
    from_aed_s: FloatArray


@compiled
def grid_ways(
    rescuers: FloatArray,
    modes: npt.NDArray[np.uint8],
    aeds: FloatArray,
    patient: tuple[float, float, float],
    speed_m_s: FloatArray,
    factor: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Great circles times a factor by mode. Places are points of the unit sphere, (n, 3)."""
    n, a = len(rescuers), len(aeds)
    direct_m, direct_s = np.empty(n), np.empty(n)
    to_m, to_s = np.empty((n, a)), np.empty((n, a))
    from_m, from_s = np.empty((n, a)), np.empty((n, a))
    beyond_m = np.empty(a)
    x, y, z = patient
    for j in range(a):
        beyond_m[j] = metres_of(
            (aeds[j, 0] - x) ** 2 + (aeds[j, 1] - y) ** 2 + (aeds[j, 2] - z) ** 2
        )
    for i in range(n):
        mode = modes[i]
        speed, longer = speed_m_s[mode], factor[mode]
        px, py, pz = rescuers[i, 0], rescuers[i, 1], rescuers[i, 2]
        metres = metres_of((px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2)
        direct_m[i] = metres * longer
        direct_s[i] = direct_m[i] / speed
        for j in range(a):
            metres = metres_of(
                (px - aeds[j, 0]) ** 2 + (py - aeds[j, 1]) ** 2 + (pz - aeds[j, 2]) ** 2
            )
            to_m[i, j] = metres * longer
            to_s[i, j] = to_m[i, j] / speed
            from_m[i, j] = beyond_m[j] * longer
            from_s[i, j] = from_m[i, j] / speed
    return direct_m, direct_s, to_m, to_s, from_m, from_s
