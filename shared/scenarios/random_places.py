"""Made-up places around real ones: people live and work in clusters, not evenly and not in a point.

All chance comes from a numpy generator seeded by (seed, the part's name), so that every part of a
scenario is the same for the same seed, whatever the other parts draw.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRES_PER_DEGREE = 111_195.0
"""Of latitude on the mean earth (2 pi 6,371,008.8 m / 360)."""

REACH_SIGMAS = 2.5
"""Offsets are cut here, so that nobody ends up a valley too far."""


def generator(seed: int, part: str) -> np.random.Generator:
    """The source of chance of one part of a scenario."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(part.encode())]))


@dataclass(frozen=True, slots=True)
class Cluster:
    """A neighbourhood or a village: a centre and how far people live around it."""

    latitude: float
    longitude: float
    weight: float
    sigma_m: float
    area: int
    """Which town or township it belongs to; people mostly work in their own."""
    urban: bool = True


def moved(latitude: float, longitude: float, north_m: float, east_m: float) -> tuple[float, float]:
    """A place some metres further north and east, WGS-84 degrees (good to a few kilometres)."""
    return (
        latitude + north_m / METRES_PER_DEGREE,
        longitude + east_m / (METRES_PER_DEGREE * math.cos(math.radians(latitude))),
    )


def along_valley(
    rng: np.random.Generator,
    centre: tuple[float, float],
    towards: tuple[float, float],
    *,
    count: int,
    length_m: float,
    width_m: float,
) -> list[tuple[float, float]]:
    """Neighbourhood centres of a town, stretched in the direction of another place.

    Towns between mountains grow along their river; the direction to the next town stands in for it.
    """
    north = towards[0] - centre[0]
    east = (towards[1] - centre[1]) * math.cos(math.radians(centre[0]))
    norm = math.hypot(north, east) or 1.0
    north, east = north / norm, east / norm
    along = _cut(rng.normal(0.0, 1.0, count)) * length_m
    across = _cut(rng.normal(0.0, 1.0, count)) * width_m
    return [
        moved(centre[0], centre[1], float(a * north - b * east), float(a * east + b * north))
        for a, b in zip(along, across, strict=True)
    ]


def draw_clusters(rng: np.random.Generator, weights: Sequence[float], count: int) -> Ints:
    """Indices of clusters, drawn by weight."""
    share = np.asarray(weights, dtype=np.float64)
    return rng.choice(len(share), size=count, p=share / share.sum()).astype(np.int64)


def scatter(
    rng: np.random.Generator, clusters: Sequence[Cluster], chosen: Ints
) -> tuple[Floats, Floats]:
    """A place (latitudes, longitudes) around each chosen cluster."""
    sigma = np.array([cluster.sigma_m for cluster in clusters])[chosen]
    latitude = np.array([cluster.latitude for cluster in clusters])[chosen]
    longitude = np.array([cluster.longitude for cluster in clusters])[chosen]
    north = _cut(rng.normal(0.0, 1.0, len(chosen))) * sigma
    east = _cut(rng.normal(0.0, 1.0, len(chosen))) * sigma
    return (
        latitude + north / METRES_PER_DEGREE,
        longitude + east / (METRES_PER_DEGREE * np.cos(np.radians(latitude))),
    )


def _cut(values: Floats) -> Floats:
    return np.clip(values, -REACH_SIGMAS, REACH_SIGMAS)
