"""What each demand costs from each site: straight in a plane, on the globe, or from a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from shared.geometry.distance import EARTH_RADIUS_M
from shared.siting.answer import Float64

_AT_ONCE = 4_000_000


class Metric(StrEnum):
    """How costs are measured."""

    PLANAR = "planar"
    """Straight lines between x and y, in their unit."""
    GREAT_CIRCLE = "great-circle"
    """Metres on a sphere between WGS-84 latitudes and longitudes."""
    STREETS = "streets"
    """Metres or seconds along the streets."""
    MATRIX = "matrix"
    """As given for each pair."""


class Table(Protocol):
    """Costs of (demands, sites), never negative, infinite where not connected."""

    @property
    def rows(self) -> int:
        """Demands."""
        ...

    @property
    def sites(self) -> int:
        """Sites."""
        ...

    def block(self, begin: int, end: int) -> Float64:
        """(end - begin, sites) the costs of some demands."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Costs that are there already."""

    cost: Float64

    @property
    def rows(self) -> int:
        """Demands."""
        return int(self.cost.shape[0])

    @property
    def sites(self) -> int:
        """Sites."""
        return int(self.cost.shape[1])

    def block(self, begin: int, end: int) -> Float64:
        """(end - begin, sites) the costs of some demands."""
        return self.cost[begin:end]


@dataclass(frozen=True, slots=True, eq=False)
class Planar:
    """Straight lines in a plane: √(dx² + dy²)."""

    demand: Float64
    """(rows, 2) x, y"""
    site: Float64
    """(sites, 2) x, y"""

    @property
    def rows(self) -> int:
        """Demands."""
        return len(self.demand)

    @property
    def sites(self) -> int:
        """Sites."""
        return len(self.site)

    def block(self, begin: int, end: int) -> Float64:
        """(end - begin, sites) the costs of some demands."""
        x = self.demand[begin:end, :1] - self.site[None, :, 0]
        y = self.demand[begin:end, 1:] - self.site[None, :, 1]
        x *= x
        y *= y
        x += y
        return np.sqrt(x, out=x)


@dataclass(frozen=True, slots=True, eq=False)
class GreatCircle:
    """Great circles by the haversine formula."""

    demand: Float64
    """(rows, 2) latitude, longitude, WGS-84 degrees"""
    site: Float64
    """(sites, 2) the same"""
    radius_m: float = EARTH_RADIUS_M

    @property
    def rows(self) -> int:
        """Demands."""
        return len(self.demand)

    @property
    def sites(self) -> int:
        """Sites."""
        return len(self.site)

    def block(self, begin: int, end: int) -> Float64:
        """(end - begin, sites) metres of some demands."""
        phi, lam = (np.radians(self.demand[begin:end, k])[:, None] for k in (0, 1))
        phi_site, lam_site = (np.radians(self.site[:, k])[None, :] for k in (0, 1))
        chord = np.sin((phi_site - phi) / 2) ** 2
        chord += np.cos(phi) * np.cos(phi_site) * np.sin((lam_site - lam) / 2) ** 2
        metres: Float64 = 2 * self.radius_m * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
        return metres


def blocks(table: Table) -> Iterator[Float64]:
    """All costs, some demands at a time."""
    step = max(1, _AT_ONCE // max(1, table.sites))
    for begin in range(0, table.rows, step):
        yield table.block(begin, min(begin + step, table.rows))


def whole(table: Table) -> Float64:
    """(rows, sites) all costs at once."""
    if isinstance(table, Given):
        return table.cost
    parts = list(blocks(table))
    return np.concatenate(parts) if parts else np.zeros((0, table.sites))
