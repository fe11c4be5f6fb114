"""Demand as coverage sees it: points with people and arrests, the cells that they lie in, units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import h3
import numpy as np
import numpy.typing as npt

from shared.simulation.assumptions import DEFAULT
from shared.simulation.demand import OF_RESCUERS, Demand, hours_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RESOLUTION = 9
"""Cells of gaps and maps: about 0.1 km², those of the circles."""
UNIT_RESOLUTION = 6
"""Cells that stand in for counties where no counties are known: about 36 km²."""
POINT_SPREAD_M = 60.0
"""Demand that is spread less than this around its points (a resolution-10 cell) stays there."""
M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, eq=False)
class DemandCells:
    """Where people are and where they collapse; each sum is over weights, never over points."""

    latitude: Floats
    """(n,) WGS-84 degrees of the points that times are computed for."""
    longitude: Floats
    people: Floats
    """(n,) adds up to the population."""
    arrests: Floats
    """(n,) expected cardiac arrests per year."""
    cell: Ints
    """(n,) position in ``cells``."""
    cells: tuple[str, ...]
    """H3 cells in which there is demand."""
    unit: Ints
    """(n,) position in ``units``."""
    units: tuple[tuple[str, str], ...]
    """(id, name) of the county-level units, or of the H3 cells that stand in for them."""
    units_are: str
    """``county`` or ``h3-6``."""
    hours: Floats
    """(168,) share of the arrests in each hour of the local week, Monday 00:00 first."""
    source: str
    """Where it is from, for people."""

    @property
    def of_rescuers(self) -> bool:
        """Whether rescuers' homes stand in for everybody's, which flatters rescuers."""
        return self.source.startswith(OF_RESCUERS)

    @property
    def population(self) -> float:
        """All people."""
        return float(self.people.sum())


def cells_of(
    demand: Demand,
    *,
    incidents: Demand | None = None,
    cells: Sequence[str] | None = None,
    counties: tuple[Sequence[tuple[str, str]], Sequence[int]] | None = None,
    arrests_per_100k: float = DEFAULT.arrests_per_100k,
) -> DemandCells:
    """A simulation's demand, ready for coverage.

    ``incidents`` are past arrests: they say where (and when) arrests are expected instead of where
    people live; how many a year stays the population's. ``cells`` are the H3 cells of the points,
    where demand came as cells. ``counties`` are units as (id, name), and for each point of
    ``demand`` the position of its own.
    """
    latitude, longitude, people, origin = _points(demand)
    people = people / people.sum() * demand.population
    per_year = demand.population * arrests_per_100k / 1e5
    arrests = people / people.sum() * per_year
    named = None if cells is None else [cells[i] for i in origin]
    hours, source = hours_of(demand), demand.source
    if incidents is not None:
        there = incidents.weight / incidents.weight.sum() * per_year
        latitude = np.concatenate([latitude, incidents.latitude])
        longitude = np.concatenate([longitude, incidents.longitude])
        people = np.concatenate([people, np.zeros(len(there))])
        arrests = np.concatenate([np.zeros(len(arrests)), there])
        hours = hours_of(incidents)
        source = f"{source}; arrests where they were: {incidents.source}"
        if named is not None:
            resolution = h3.get_resolution(named[0])
            named += _cells(incidents.latitude, incidents.longitude, resolution)
    if named is None:
        named = _cells(latitude, longitude, RESOLUTION)
    unique, cell = np.unique(np.array(named), return_inverse=True)
    if counties is None:
        units, unit = _parents(unique.tolist(), cell)
    else:
        units = tuple((str(key), name) for key, name in counties[0])
        unit = np.asarray(counties[1], np.int64)[origin]
        extra = len(latitude) - len(unit)
        if extra:
            unit = np.concatenate([unit, _like_nearest(latitude, longitude, unit, extra)])
    return DemandCells(
        latitude=latitude,
        longitude=longitude,
        people=people,
        arrests=arrests,
        cell=cell.astype(np.int64),
        cells=tuple(unique.tolist()),
        unit=unit,
        units=units,
        units_are="county" if counties is not None else f"h3-{UNIT_RESOLUTION}",
        hours=hours,
        source=source,
    )


def _cells(latitude: Floats, longitude: Floats, resolution: int) -> list[str]:
    pairs = zip(latitude.tolist(), longitude.tolist(), strict=True)
    return [str(h3.latlng_to_cell(lat, lng, resolution)) for lat, lng in pairs]


def _points(demand: Demand) -> tuple[Floats, Floats, Floats, Ints]:
    """Places, weights and the point of the demand that each is of; spread by quadrature."""
    kept = np.flatnonzero(demand.weight > 0)
    latitude, longitude = demand.latitude[kept], demand.longitude[kept]
    weight = demand.weight[kept]
    if demand.spread_m <= POINT_SPREAD_M:
        places, first, which = np.unique(
            np.column_stack([latitude, longitude]), axis=0, return_index=True, return_inverse=True
        )
        return places[:, 0], places[:, 1], _heaped(which, weight), kept[first]
    offsets = _gaussian() * demand.spread_m
    lat = latitude[:, None] + offsets[None, :, 0] / M_PER_DEGREE
    squeeze = np.maximum(M_PER_DEGREE * np.cos(np.radians(lat)), 1.0)
    lng = longitude[:, None] + offsets[None, :, 1] / squeeze
    many = offsets.shape[0]
    return lat.ravel(), lng.ravel(), np.repeat(weight / many, many), np.repeat(kept, many)


def _heaped(which: npt.NDArray[Any], weight: Floats) -> Floats:
    heaps: Floats = np.bincount(which.ravel(), weight).astype(np.float64)
    return heaps


def _gaussian() -> Floats:
    """(19, 2) points of equal weight that stand for a round normal distribution of deviation 1.

    One in the middle, 6 and 12 on rings at the Rayleigh distribution's quantiles, widened so that
    the variance is exactly that of the distribution.
    """
    rings = ((1, 0.0), (6, (1 + 3) / 19), (12, (7 + 6) / 19))
    points = []
    for many, share in rings:
        radius = np.sqrt(-2 * np.log(1 - share))
        angle = 2 * np.pi * (np.arange(many) + 0.5) / many
        points.append(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    found = np.concatenate(points)
    scaled: Floats = found * np.sqrt(2.0 / (found**2).sum(axis=1).mean())
    return scaled


def _parents(cells: Sequence[str], cell: Ints) -> tuple[tuple[tuple[str, str], ...], Ints]:
    own = [
        str(h3.cell_to_parent(c, UNIT_RESOLUTION)) if h3.get_resolution(c) > UNIT_RESOLUTION else c
        for c in cells
    ]
    parents, which = np.unique(np.array(own), return_inverse=True)
    return tuple((p, f"H3 {p}") for p in parents.tolist()), which[cell].astype(np.int64)


def _like_nearest(latitude: Floats, longitude: Floats, unit: Ints, extra: int) -> Ints:
    """(extra,) the unit of the nearest point that has one, for the last points, which have none."""
    known = len(unit)
    squeeze = np.cos(np.radians(latitude.mean()))
    found = np.empty(extra, np.int64)
    for i in range(extra):
        north = latitude[:known] - latitude[known + i]
        east = (longitude[:known] - longitude[known + i]) * squeeze
        found[i] = unit[int(np.argmin(north**2 + east**2))]
    return found
