"""What central Helsinki has, read from the extract: buildings and places with a name.

Tags and coordinates are OpenStreetMap's and stay in the extract; only the kinds that are looked for
are written here. The extract is about 1.0 km by 1.7 km.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.hours import validate_hours
from shared.scenarios.extracts import helsinki_extract
from shared.scenarios.random_places import METRES_PER_DEGREE
from shared.scenarios.scenario import Row

KEPT_KEYS = ("amenity", "building", "leisure", "name", "opening_hours", "shop", "tourism")
RIM_M = 90.0
"""Nobody is put nearer to the rim than a cell is wide: ways are cut off there."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A node, a way or an area of the extract, by its middle."""

    id: str
    """``n``, ``w`` or ``r`` and OpenStreetMap's number."""
    latitude: float
    longitude: float
    tags: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its name; empty when it has none."""
        return self.tags.get("name", "")

    @property
    def hours(self) -> str | None:
        """Its opening hours; None where there are none, or none that can be read."""
        text = self.tags.get("opening_hours")
        if text is None:
            return None
        try:
            return validate_hours(text)
        except ValueError:
            return None

    def place(self) -> Row:
        """As a row has it."""
        return {
            "latitude": round(self.latitude, 6),
            "longitude": round(self.longitude, 6),
            "datum": "wgs84",
        }


@dataclass(frozen=True, slots=True)
class City:
    """What the scenario is made from; everything sorted by id."""

    buildings: tuple[Spot, ...]
    spots: tuple[Spot, ...]
    """With a name."""
    bounds: tuple[float, float, float, float]
    """South, west, north, east of all nodes."""

    def of(self, key: str, *values: str) -> list[Spot]:
        """The named spots with one of these values of a tag."""
        return [spot for spot in self.spots if spot.tags.get(key) in values]

    def inside(self, latitude: float, longitude: float, rim_m: float = RIM_M) -> bool:
        """Whether a place is in the extract and not at its rim."""
        south, west, north, east = self.bounds
        up = rim_m / METRES_PER_DEGREE
        across = up / math.cos(math.radians(latitude))
        return south + up <= latitude <= north - up and west + across <= longitude <= east - across


def central_helsinki() -> City:
    """The extract; raises :class:`shared.scenarios.files.ScenarioError` when it is not there."""
    return _read(helsinki_extract())


@lru_cache(maxsize=1)
def _read(file: Path) -> City:
    import osmium

    buildings: list[Spot] = []
    spots: list[Spot] = []
    latitudes: list[float] = []
    longitudes: list[float] = []
    ways: dict[int, list[tuple[float, float]]] = {}
    things: Iterable[Any] = osmium.FileProcessor(str(file)).with_locations()
    for thing in things:
        if thing.is_node():
            points = [(thing.lat, thing.lon)]
            latitudes.append(thing.lat)
            longitudes.append(thing.lon)
        elif thing.is_way():
            # Some nodes of ways at the rim are not in the extract.
            points = [(n.lat, n.lon) for n in thing.nodes if n.location.valid()]
            ways[thing.id] = points
        else:
            outer = [m.ref for m in thing.members if m.type == "w" and m.role == "outer"]
            points = [point for way in outer for point in ways.get(way, ())]
        tags = {key: thing.tags[key] for key in KEPT_KEYS if key in thing.tags}
        if not points or not tags:
            continue
        middle = _middle(points)
        letter = "n" if thing.is_node() else "w" if thing.is_way() else "r"
        spot = Spot(f"{letter}{thing.id}", *middle, tags)
        if thing.is_way() and "building" in tags:
            buildings.append(spot)
        if "name" in tags:
            spots.append(spot)
    return City(
        buildings=tuple(sorted(buildings, key=_number)),
        spots=tuple(sorted(spots, key=_number)),
        bounds=(min(latitudes), min(longitudes), max(latitudes), max(longitudes)),
    )


def _number(spot: Spot) -> tuple[str, int]:
    return spot.id[0], int(spot.id[1:])


def _middle(points: list[tuple[float, float]]) -> tuple[float, float]:
    """The middle of the box around some points."""
    latitudes, longitudes = zip(*points, strict=True)
    return (min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2
