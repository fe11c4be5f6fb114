"""From a place to the nearest node of a profile's network.

A grid per profile holds the routable nodes cell by cell; the search looks at the cell of the place
and then at rings around it until nothing nearer can come. The straight stretch between the place
and its node is counted as travelled at the mode's speed, so that two places at one node are not
on top of each other.

Limits: the nearest *node* is taken, not the nearest point of a street (extracts have a node every
20 m or so), and nobody knows what lies between a place and its node: a place on a bank whose own
side has no street within reach may be given a node across the water. The maximum distance
(``streets.snap_max_m``) bounds that.
"""

from __future__ import annotations

from math import cos, radians
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.compiled import inlined, leaf
from shared.geometry.distance import EARTH_RADIUS_M
from shared.streets.chains import FloatArray, UIntArray, Whole
from shared.streets.graph import StreetGraph
from shared.streets.weights import PROFILES

DEGREE_M = EARTH_RADIUS_M * np.pi / 180
"""Metres of one degree of latitude."""
CELL_M = 80.0
"""Side of a cell at least."""

SOUTH, WEST, PER_LATITUDE, PER_LONGITUDE, ROWS, COLUMNS, CELLS = 0, 1, 2, 3, 4, 5, 6
"""Columns of a grid's frame: degrees, cells per degree, numbers of cells, its first cell."""


class Grid(NamedTuple):
    """The routable nodes of all profiles by cell."""

    frame: FloatArray
    """(profiles, 8): see ``SOUTH``."""
    first: UIntArray
    """(cells of all profiles + 1,)"""
    places: FloatArray
    """(m, 2) degrees, cell by cell."""
    nodes: UIntArray
    """(m,) the node of each."""


def grid_of(graph: StreetGraph) -> Grid:
    """The grids of all profiles."""
    frame = np.zeros((len(PROFILES), 8))
    counts, places, nodes = [], [], []
    cells = 0
    for p, profile in enumerate(PROFILES):
        at = np.flatnonzero(graph.profiles[profile].routable)
        latitude, longitude = graph.latitude[at], graph.longitude[at]
        if at.size == 0:
            frame[p] = (0, 0, 1, 1, 0, 0, cells, 0)
            continue
        south, west = float(latitude.min()), float(longitude.min())
        height, width = float(latitude.max()) - south, float(longitude.max()) - west
        narrow = max(cos(radians(south + height / 2)), 0.01)
        area = max(height, 1e-6) * max(width * narrow, 1e-6) * DEGREE_M**2
        side_m = max(CELL_M, (area / (4 * at.size + 64)) ** 0.5)  # memory in step with the nodes
        per_latitude, per_longitude = DEGREE_M / side_m, DEGREE_M * narrow / side_m
        rows, columns = int(height * per_latitude) + 1, int(width * per_longitude) + 1
        frame[p] = (south, west, per_latitude, per_longitude, rows, columns, cells, 0)
        row = ((latitude - south) * per_latitude).astype(np.int64)
        column = ((longitude - west) * per_longitude).astype(np.int64)
        cell = row * columns + column
        order = np.argsort(cell, kind="stable")
        counts.append(np.bincount(cell, minlength=rows * columns))
        places.append(np.column_stack((latitude[order], longitude[order])))
        nodes.append(at[order].astype(np.uint32))
        cells += rows * columns
    first = np.zeros(cells + 1, np.uint32)
    if counts:
        first[1:] = np.cumsum(np.concatenate(counts))
    return Grid(
        frame,
        first,
        np.concatenate(places) if places else np.zeros((0, 2)),
        np.concatenate(nodes) if nodes else np.zeros(0, np.uint32),
    )


@inlined
def _look(
    first: UIntArray,
    places: FloatArray,
    nodes: UIntArray,
    cell: Whole,
    latitude: float,
    longitude: float,
    narrow: float,
    best: tuple[Whole, float],
) -> tuple[Whole, float]:
    """The better of the best so far and the nodes of a cell; the lower index on ties."""
    node, square = best
    for i in range(np.int64(first[cell]), np.int64(first[cell + 1])):
        north = places[i, 0] - latitude
        east = (places[i, 1] - longitude) * narrow
        away = north * north + east * east
        if away < square or (away == square and np.int64(nodes[i]) < node):
            node, square = np.int64(nodes[i]), away
    return node, square


@leaf
def snap(
    grid: Grid, profile: Whole, latitude: float, longitude: float, most_m: float
) -> tuple[Whole, float]:
    """The nearest routable node and the metres to it; (-1, inf) when none is within ``most_m``."""
    frame = grid.frame[profile]
    starts, places, nodes = grid.first, grid.places, grid.nodes
    rows: Whole = np.int64(frame[ROWS])
    columns: Whole = np.int64(frame[COLUMNS])
    narrow = np.cos(latitude * (np.pi / 180))
    y = (latitude - frame[SOUTH]) * frame[PER_LATITUDE]
    x = (longitude - frame[WEST]) * frame[PER_LONGITUDE]
    height = 1 / frame[PER_LATITUDE]  # of a cell, in degrees of latitude
    width = narrow / frame[PER_LONGITUDE]
    side = min(height, width)
    most = most_m / DEGREE_M
    if not (
        -most <= y * height <= rows * height + most and -most <= x * width <= columns * width + most
    ):
        return -1, np.inf
    row: Whole = np.int64(np.floor(y))
    column: Whole = np.int64(np.floor(x))
    inner = min(y - row, row + 1 - y, x - column, column + 1 - x)
    first = np.int64(frame[CELLS])
    best = (np.int64(-1), most * most * (1 + 1e-12))
    ring = 0
    while True:
        low, high = max(column - ring, 0), min(column + ring, columns - 1)
        for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            if r in (row - ring, row + ring):
                for c in range(low, high + 1):
                    best = _look(
                        starts, places, nodes, first + r * columns + c,
                        latitude, longitude, narrow, best,
                    )  # fmt: skip
            else:
                if column - ring >= 0 and column - ring < columns:
                    cell = first + r * columns + column - ring
                    best = _look(starts, places, nodes, cell, latitude, longitude, narrow, best)
                if column + ring >= 0 and column + ring < columns:
                    cell = first + r * columns + column + ring
                    best = _look(starts, places, nodes, cell, latitude, longitude, narrow, best)
        beyond = (ring + inner) * side  # nothing outside this ring is nearer
        if beyond * beyond > best[1]:
            break
        ring += 1
    if best[0] < 0:
        return -1, np.inf
    return best[0], np.sqrt(best[1]) * DEGREE_M


@leaf
def snap_all(
    grid: Grid,
    profile: Whole,
    places: FloatArray,
    most_m: float,
    nodes: npt.NDArray[np.int64],
    metres: FloatArray,
) -> None:
    """The same for (n, 2) places, into ``nodes`` and ``metres`` (n,)."""
    for i in range(places.shape[0]):
        nodes[i], metres[i] = snap(grid, profile, places[i, 0], places[i, 1], most_m)
