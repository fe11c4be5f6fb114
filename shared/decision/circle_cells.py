"""Cells by the band in which they are reached first, and circles on the H3 grid.

A circle is a sequence of bands: within 60 s, 120 s, … these cells (resolution 9) are reached, each
cell in its first band only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from shared.contracts.records import CircleBand
from shared.geometry.distance import EARTH_RADIUS_M

FloatArray = npt.NDArray[np.float64]
CellArray = npt.NDArray[np.uint64]

CIRCLE_RESOLUTION = 9
"""About 0.1 km² and 350 m across: ten minutes on foot are some dozen cells."""

RING_MIN_SHARE = 0.65
"""Narrowest advance per ring ÷ (√3 × average edge): cells differ in size by up to a third, and six
of the twelve directions of a ring of hexagons advance by cos 30° only."""
RING_M = 3**0.5 * h3.average_hexagon_edge_length(CIRCLE_RESOLUTION, "m") * RING_MIN_SHARE


def cell_at(latitude: float, longitude: float) -> int:
    """The cell of a WGS-84 place."""
    return int(h3.latlng_to_cell(latitude, longitude, CIRCLE_RESOLUTION))


def banded(
    cells: CellArray, seconds: FloatArray, *, within_s: float, band_s: float
) -> tuple[CircleBand, ...]:
    """Bands of cells (n,) that are reached after so many seconds (n,); cells may be there often.

    What takes longer than ``within_s`` is left out, and so are bands in which nothing is reached
    first; cells within a band are sorted. The last band ends with ``within_s``.
    """
    timely = seconds <= within_s
    cells = cells[timely]
    numbers = np.maximum(np.ceil(seconds[timely] / band_s), 1).astype(np.int64)
    # By cell, then by band: the first of each cell is its first band.
    order = np.lexsort((numbers, cells))
    cells, numbers = cells[order], numbers[order]
    first = np.ones(len(cells), dtype=np.bool_)
    first[1:] = cells[1:] != cells[:-1]
    cells, numbers = cells[first], numbers[first]
    return tuple(
        CircleBand(
            within_s=round(min(number * band_s, within_s)),
            cells=tuple(f"{cell:x}" for cell in cells[numbers == number].tolist()),
        )
        for number in np.unique(numbers).tolist()
    )


def union(circles: Iterable[Sequence[CircleBand]]) -> tuple[CircleBand, ...]:
    """All cells of several circles, each in the first band in which any of them reaches it."""
    first: dict[str, int] = {}
    for circle in circles:
        for band in circle:
            for cell in band.cells:
                first[cell] = min(first.get(cell, band.within_s), band.within_s)
    bands: dict[int, list[str]] = {}
    for cell, within_s in first.items():
        bands.setdefault(within_s, []).append(cell)
    return tuple(
        CircleBand(within_s=within_s, cells=tuple(sorted(bands[within_s])))
        for within_s in sorted(bands)
    )


def count(circle: Sequence[CircleBand]) -> int:
    """How many cells are reached at all."""
    return sum(len(band.cells) for band in circle)


@lru_cache(maxsize=64)
def _disk(centre: int, rings: int) -> tuple[CellArray, FloatArray]:
    """Cells around a cell, ascending (n,), and their centres as points of the unit sphere (n, 3).

    Kept, because an incident is decided anew again and again at the same place.
    """
    cells = sorted(h3.grid_disk(centre, rings))
    return np.array(cells, dtype=np.uint64), _sphere(np.array([*map(h3.cell_to_latlng, cells)]))


def _sphere(degrees: FloatArray) -> FloatArray:
    """(n, 3) of (n, 2) latitude and longitude."""
    phi, lam = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def grid_bands(
    latitude: float,
    longitude: float,
    *,
    pace_s_m: float,
    start_s: float,
    within_s: float,
    band_s: float,
) -> tuple[CircleBand, ...]:
    """Cells whose centre is within ``within_s`` of the place, in a straight line.

    ``pace_s_m`` is seconds per metre of great circle (route factor ÷ speed); ``start_s`` passes
    before anything moves. The place's own cell is reached at once, however far its centre is.
    """
    moving_s = within_s - start_s
    if moving_s < 0:
        return ()
    own = cell_at(latitude, longitude)
    cells, centres = _disk(own, int(moving_s / pace_s_m / RING_M) + 1)
    chord = np.sqrt(((centres - _sphere(np.array([(latitude, longitude)]))) ** 2).sum(axis=1))
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2, 1.0))
    seconds = start_s + metres * pace_s_m
    seconds[cells == own] = start_s
    return banded(cells, seconds, within_s=within_s, band_s=band_s)
