"""Reads what is drawn and what can be searched for out of an extract, in one go over the file.

Multipolygons are put together by osmium; one whose members the extract lacks is left out, as it has
no known edge. Geometry is handed on in batches, so that memory holds one batch, not a city.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import shapely

from deploy.basemap.names import STREET_RANK, Named, other_names, point_names
from deploy.basemap.rules import (
    Drawn,
    area_of,
    is_past,
    line_of,
    point_of,
    properties_of,
)
from deploy.errors import UserError
from deploy.roads.reading import SAY_EVERY, Progress

BATCH: Final = 20_000
_KEYS: Final = (
    "highway", "railway", "waterway", "natural", "water", "landuse", "leisure", "building",
    "place", "amenity", "emergency", "healthcare", "aeroway", "man_made", "route", "name",
    "addr:housenumber",
)  # fmt: skip


@dataclass(slots=True)
class Batch:
    """Things of one kind of geometry, WGS-84, longitude first."""

    drawn: list[Drawn] = field(default_factory=list)
    properties: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    """Well-known binary in hexadecimal digits, or shapely geometries."""

    def add(self, drawn: Drawn, properties: dict[str, Any], shape: Any) -> None:
        """One more."""
        self.drawn.append(drawn)
        self.properties.append(properties)
        self.shapes.append(shape)

    def geometries(self) -> Any:
        """(n,) shapely geometries; what cannot be read is None."""
        if self.shapes and isinstance(self.shapes[0], str):
            return shapely.from_wkb(self.shapes, on_invalid="ignore")
        return shapely.points(self.shapes)


@dataclass(slots=True)
class Seen:
    """What an extract holds besides the things drawn."""

    bounds: tuple[float, float, float, float] | None
    """South, west, north, east, as the extract's header says; None when it does not."""
    coast: list[Any] = field(default_factory=list)
    """Lines with land on their left and the sea on their right (OpenStreetMap's rule)."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Things with a geometry that cannot be made, by sort."""


Take = Callable[[Batch], None]
Name = Callable[[Named], None]


def read(file: Path, take: Take, name: Name, progress: Progress | None = None) -> Seen:
    """Hands every thing to draw to ``take``, in batches, and everything with a name to ``name``.

    Raises :class:`UserError` for a file that is no extract, is damaged or holds nothing.
    """
    return _Reader(file, take, name, progress or (lambda what, done, rows: None)).run()


class _Reader:
    def __init__(self, file: Path, take: Take, name: Name, say: Progress) -> None:
        import osmium

        self.file, self.take, self.name, self.say = file, take, name, say
        self.wkb = osmium.geom.WKBFactory()
        self.no_location = osmium.InvalidLocationError
        self.lines, self.areas, self.points = Batch(), Batch(), Batch()
        self.done = 0
        self.coast: list[Any] = []
        self.left_out: Counter[str] = Counter()

    def run(self) -> Seen:
        import osmium

        try:
            things = osmium.FileProcessor(osmium.io.File(str(self.file), "pbf"))
            box = things.header.box()
            # Relations are looked at before the rest: only those that may be drawn are kept.
            things = things.with_areas(osmium.filter.KeyFilter(*_KEYS)).with_filter(
                osmium.filter.KeyFilter(*_KEYS)
            )
            for thing in things:
                self._thing(thing)
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{self.file} is damaged ({reason}): get the extract again") from None
        for batch in (self.lines, self.areas, self.points):
            self._hand_on(batch)
        self.say("things on the map", self.done, self.done)
        bounds = None
        if box.valid():
            low, high = box.bottom_left, box.top_right
            bounds = (low.lat, low.lon, high.lat, high.lon)
        return Seen(bounds, self.coast, self.left_out)

    def _thing(self, thing: Any) -> None:
        if thing.is_relation() or (not thing.is_area() and thing.deleted):
            return
        tags = {tag.k: tag.v for tag in thing.tags}
        if is_past(tags):
            return
        if thing.is_node():
            if thing.location.valid():
                self._point(tags, thing.location.lon, thing.location.lat)
        elif thing.is_way():
            self._way(thing, tags)
        else:
            self._area(thing, tags)
        self.done += 1
        if self.done % SAY_EVERY == 0:
            self.say("things on the map", self.done, 0)

    def _point(self, tags: dict[str, str], longitude: float, latitude: float) -> None:
        drawn = point_of(tags)
        if drawn is not None:
            self._add(self.points, drawn, properties_of(drawn, tags), (longitude, latitude))
        number = tags.get("addr:housenumber")
        if number:
            address = Drawn("address", "address", 14)
            self._add(self.points, address, {"number": number}, (longitude, latitude))
        for named in point_names(tags, latitude, longitude):
            self.name(named)

    def _way(self, way: Any, tags: dict[str, str]) -> None:
        coastline = tags.get("natural") == "coastline"
        drawn = line_of(tags, way.is_closed())
        if drawn is None and not coastline:
            return
        shape = self._shape(self.wkb.create_linestring, way, "line") or _runs(way)
        if shape is None:
            return
        if coastline:
            self.coast.append(shapely.from_wkb(shape))
        if drawn is None:
            return
        self._add(self.lines, drawn, properties_of(drawn, tags), shape)
        if drawn.layer in ("road", "waterway") and tags.get("name"):
            nodes = [node for node in way.nodes if node.location.valid()]
            middle = nodes[len(nodes) // 2].location
            kind = "street" if drawn.layer == "road" else "place"
            rank = STREET_RANK if kind == "street" else 4
            others = other_names(tags)
            self.name(Named(kind, tags["name"], others, drawn.kind, rank, middle.lat, middle.lon))

    def _area(self, area: Any, tags: dict[str, str]) -> None:
        drawn = area_of(tags)
        named = "name" in tags or "addr:housenumber" in tags
        if drawn is None and not (named and not self._is_line_only(tags)):
            return
        shape = self._shape(self.wkb.create_multipolygon, area, "area")
        if shape is None:
            return
        if drawn is not None:
            self._add(self.areas, drawn, properties_of(drawn, tags), shape)
        if named:
            # Not the centroid: that of a crescent lies outside.
            place = shapely.point_on_surface(shapely.from_wkb(shape))
            if not shapely.is_empty(place):
                self._point(tags, place.x, place.y)

    @staticmethod
    def _is_line_only(tags: dict[str, str]) -> bool:
        """Closed ways that go round something are no areas: roundabouts, walls, coasts."""
        return (
            any(
                key in tags and tags.get("area") != "yes"
                for key in ("highway", "barrier", "railway", "boundary", "route")
            )
            or tags.get("natural") == "coastline"
        )

    def _shape(self, make: Callable[[Any], str], thing: Any, sort: str) -> str | None:
        """None when nodes are missing or lie on one another."""
        try:
            return make(thing)
        except (RuntimeError, ValueError, self.no_location):
            self.left_out[sort] += 1
            return None

    def _add(self, batch: Batch, drawn: Drawn, properties: dict[str, Any], shape: Any) -> None:
        batch.add(drawn, properties, shape)
        if len(batch.shapes) >= BATCH:
            self._hand_on(batch)

    def _hand_on(self, batch: Batch) -> None:
        if batch.shapes:
            self.take(batch)
            batch.drawn, batch.properties, batch.shapes = [], [], []


def _runs(way: Any) -> str | None:
    """A way of which nodes are missing, broken where they are: as streets are broken there."""
    parts: list[list[tuple[float, float]]] = [[]]
    for node in way.nodes:
        if not node.location.valid():
            parts.append([])
        elif not parts[-1] or parts[-1][-1] != (node.location.lon, node.location.lat):
            parts[-1].append((node.location.lon, node.location.lat))
    lines = [shapely.linestrings(part) for part in parts if len(part) > 1]
    return str(shapely.to_wkb(shapely.multilinestrings(lines), hex=True)) if lines else None
