"""From where to where, in how many seconds: the ways that coverage asks for, in straight lines.

Targets are worked through in tiles, so that only sources near a tile are looked at; within the
limit the answers are exact: every source nearer than it is among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from shared.coverage.sources import Crowd, Pace
from shared.coverage.week import Bools, Floats, Ints
from shared.geometry.distance import EARTH_RADIUS_M

TILE_M = 6_000.0


class Field(Protocol):
    """Ways to fixed targets."""

    @property
    def off_streets(self) -> Bools:
        """(targets,) where ways are those of straight lines, although there are streets."""
        ...

    @property
    def tiles(self) -> Sequence[Ints]:
        """The targets' positions, tile by tile; together each once."""
        ...

    def ways(self, tile: int, places: Floats, pace: Pace, limit_s: float) -> tuple[Ints, Floats]:
        """Sources (k,) that may be within the limit, and their seconds (k, targets of the tile)."""
        ...

    def nearest(self, tile: int, crowd: Crowd, limit_s: float) -> Floats:
        """(groups, targets of the tile) seconds of the way from the nearest of each group; ``inf``
        beyond the limit."""
        ...


class StraightField:
    """Great circles times a route factor."""

    def __init__(self, latitude: Floats, longitude: Floats) -> None:
        self._targets = on_sphere_m(latitude, longitude)
        self.tiles: Sequence[Ints] = _tiles(self._targets)
        middle = [self._targets[rows].mean(axis=0) for rows in self.tiles]
        self._middle = np.array(middle).reshape(-1, 3)
        self._radius_m = [
            float(np.sqrt(((self._targets[rows] - here) ** 2).sum(axis=1).max()))
            for rows, here in zip(self.tiles, middle, strict=True)
        ]
        self.off_streets: Bools = np.zeros(len(latitude), np.bool_)
        self._known: dict[int, tuple[Floats, Floats]] = {}

    def _places(self, places: Floats) -> Floats:
        """As points in space; kept, because the same sources are asked for tile by tile."""
        kept = self._known.get(id(places))
        if kept is None or kept[0] is not places:
            kept = self._known[id(places)] = (
                places,
                on_sphere_m(places[:, 0], places[:, 1]),
            )
        return kept[1]

    def _near(self, tile: int, places: Floats, metres: float) -> tuple[Ints, Floats]:
        """Sources that may be within so many metres of some target, and the metres to each."""
        points = self._places(places)
        here = self._middle[tile]
        # A chord is shorter than its arc, so that nothing within the arc is left out.
        away = ((points - here) ** 2).sum(axis=1)
        rows = np.flatnonzero(away <= (metres + self._radius_m[tile] + 1.0) ** 2)
        chords = points[rows] - here
        targets = self._targets[self.tiles[tile]] - here
        squares = (
            (chords**2).sum(axis=1)[:, None]
            + (targets**2).sum(axis=1)[None, :]
            - 2.0 * (chords @ targets.T)
        )
        return rows, squares

    def ways(self, tile: int, places: Floats, pace: Pace, limit_s: float) -> tuple[Ints, Floats]:
        """See :meth:`Field.ways`."""
        rows, squares = self._near(tile, places, max(limit_s, 0.0) / pace.s_per_m)
        return rows, arc_m(squares) * pace.s_per_m

    def nearest(self, tile: int, crowd: Crowd, limit_s: float) -> Floats:
        """See :meth:`Field.nearest`."""
        found = np.full((len(crowd.groups), len(self.tiles[tile])), np.inf)
        fastest = min((group.pace.s_per_m for group in crowd.groups), default=1.0)
        rows, squares = self._near(tile, crowd.places, max(limit_s, 0.0) / fastest)
        for k, first, last in crowd.runs(rows):
            found[k] = squares[first:last].min(axis=0)
        pace = np.array([group.pace.s_per_m for group in crowd.groups])
        finite = np.isfinite(found)
        found[finite] = arc_m(found[finite])
        found *= pace[:, None]
        found[found > limit_s] = np.inf
        return found

    def counts(self, tile: int, crowd: Crowd, radius_m: float) -> Floats:
        """(groups, targets of the tile) how many of each are within metres of straight line."""
        found = np.zeros((len(crowd.groups), len(self.tiles[tile])))
        rows, squares = self._near(tile, crowd.places, radius_m)
        inside = arc_m(squares) <= radius_m
        for k, first, last in crowd.runs(rows):
            found[k] = crowd.many[rows[first:last]] @ inside[first:last]
        return found

    def within_each_m(self, tile: int, places: Floats, radius_m: float) -> tuple[Ints, Bools]:
        """Places (k,) that may be within so many metres of straight line, and (k, targets of the
        tile) whether they are."""
        rows, squares = self._near(tile, places, radius_m)
        return rows, arc_m(squares) <= radius_m


def on_sphere_m(latitude: Floats, longitude: Floats) -> Floats:
    """(n, 3) points of the mean earth, metres from its middle."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    points: Floats = EARTH_RADIUS_M * np.column_stack(
        [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]
    )
    return points


def arc_m(squares: Floats) -> Floats:
    """Great-circle metres of squared chords (which rounding may put a hair below 0)."""
    half = np.sqrt(np.maximum(squares, 0.0)) / (2 * EARTH_RADIUS_M)
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(half, 1.0))
    return metres


def _tiles(points: Floats) -> list[Ints]:
    """Points by cubes of space, each within a few kilometres."""
    if not len(points):
        return []
    cube = np.floor(points / TILE_M).astype(np.int64)
    _, which = np.unique(cube, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    cuts = np.flatnonzero(np.diff(which.ravel()[order])) + 1
    return [rows.astype(np.int64) for rows in np.split(order, cuts)]
