"""Which things of an extract are drawn, in which layer, from which zoom on.

Tags are OpenStreetMap's (https://wiki.openstreetmap.org/wiki/Map_features); what a map for an
emergency needs is a choice of ours: water and rails one cannot cross, streets with their names,
bridges and tunnels, buildings and house numbers, greens and squares to find one's bearings by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

MIN_ZOOM: Final = 8
MAX_ZOOM: Final = 14
"""At 4,096 steps to a tile a step is 0.6 m at the equator: closer views enlarge these tiles."""

LAYERS: Final = {
    "landuse": "polygon",
    "water": "polygon",
    "waterway": "line",
    "building": "polygon",
    "railway": "line",
    "road": "line",
    "place": "point",
    "poi": "point",
    "address": "point",
}
"""The layers of a tile, and of which geometry they are."""

Tags = Mapping[str, str]


class Drawn(NamedTuple):
    """How one thing is drawn."""

    layer: str
    kind: str
    min_zoom: int


_GREEN: Final = {
    ("leisure", "park"): "park",
    ("leisure", "garden"): "park",
    ("leisure", "nature_reserve"): "park",
    ("leisure", "golf_course"): "grass",
    ("leisure", "pitch"): "pitch",
    ("leisure", "playground"): "pitch",
    ("leisure", "stadium"): "pitch",
    ("leisure", "track"): "pitch",
    ("landuse", "forest"): "wood",
    ("natural", "wood"): "wood",
    ("natural", "scrub"): "wood",
    ("natural", "heath"): "grass",
    ("natural", "grassland"): "grass",
    ("natural", "wetland"): "grass",
    ("landuse", "grass"): "grass",
    ("landuse", "meadow"): "grass",
    ("landuse", "recreation_ground"): "grass",
    ("landuse", "village_green"): "grass",
    ("landuse", "allotments"): "grass",
    ("landuse", "orchard"): "farmland",
    ("landuse", "vineyard"): "farmland",
    ("landuse", "farmland"): "farmland",
    ("landuse", "cemetery"): "cemetery",
    ("amenity", "grave_yard"): "cemetery",
    ("natural", "beach"): "sand",
    ("natural", "sand"): "sand",
    ("natural", "bare_rock"): "rock",
    ("landuse", "residential"): "residential",
    ("landuse", "commercial"): "commercial",
    ("landuse", "retail"): "commercial",
    ("landuse", "industrial"): "industrial",
    ("landuse", "railway"): "industrial",
    ("landuse", "quarry"): "rock",
    ("amenity", "hospital"): "hospital",
    ("amenity", "school"): "school",
    ("amenity", "university"): "school",
    ("amenity", "college"): "school",
    ("amenity", "kindergarten"): "school",
    ("amenity", "parking"): "square",
    ("aeroway", "aerodrome"): "industrial",
    ("aeroway", "apron"): "square",
    ("man_made", "pier"): "square",
    ("place", "square"): "square",
}
_FROM: Final = {"wood": 8, "park": 10, "farmland": 10, "residential": 9, "industrial": 10}

_WATER: Final = {
    ("natural", "water"): ("water", 8),
    ("waterway", "riverbank"): ("river", 8),
    ("waterway", "dock"): ("water", 11),
    ("landuse", "reservoir"): ("water", 8),
    ("landuse", "basin"): ("water", 11),
    ("leisure", "swimming_pool"): ("pool", 14),
    ("leisure", "marina"): ("water", 14),
}
_WATERWAY: Final = {"river": 8, "canal": 11, "stream": 13, "drain": 14, "ditch": 14}

_ROADS: Final = {
    "motorway": ("motorway", 8),
    "trunk": ("trunk", 8),
    "primary": ("primary", 8),
    "secondary": ("secondary", 10),
    "tertiary": ("tertiary", 11),
    "motorway_link": ("link", 11),
    "trunk_link": ("link", 11),
    "primary_link": ("link", 12),
    "secondary_link": ("link", 12),
    "tertiary_link": ("link", 12),
    "residential": ("minor", 12),
    "unclassified": ("minor", 12),
    "road": ("minor", 12),
    "living_street": ("minor", 12),
    "busway": ("service", 13),
    "service": ("service", 13),
    "track": ("track", 13),
    "pedestrian": ("pedestrian", 13),
    "footway": ("path", 13),
    "path": ("path", 13),
    "cycleway": ("path", 13),
    "bridleway": ("path", 14),
    "corridor": ("path", 14),
    "steps": ("steps", 14),
}
_RAILS: Final = {
    "rail": 9, "light_rail": 11, "subway": 12, "tram": 13, "monorail": 12, "funicular": 12,
    "narrow_gauge": 11, "preserved": 12,
}  # fmt: skip
_PLACES: Final = {
    "city": 8, "town": 8, "village": 11, "suburb": 11, "quarter": 12, "neighbourhood": 13,
    "hamlet": 13, "isolated_dwelling": 14, "island": 11, "square": 14, "locality": 14,
}  # fmt: skip
_POIS: Final = {
    ("amenity", "hospital"): ("hospital", 11),
    ("amenity", "clinic"): ("clinic", 13),
    ("amenity", "fire_station"): ("fire_station", 13),
    ("amenity", "police"): ("police", 14),
    ("amenity", "townhall"): ("townhall", 14),
    ("amenity", "university"): ("university", 13),
    ("amenity", "school"): ("school", 14),
    ("emergency", "ambulance_station"): ("ambulance_station", 13),
    ("railway", "station"): ("station", 12),
    ("railway", "halt"): ("station", 13),
    ("aeroway", "aerodrome"): ("airport", 11),
    ("leisure", "stadium"): ("stadium", 13),
}

_NOT_TODAY: Final = frozenset({"construction", "proposed", "abandoned", "razed", "disused"})


def _yes(tags: Tags, key: str) -> bool:
    return tags.get(key, "no") not in ("no", "")


def line_of(tags: Tags, closed: bool) -> Drawn | None:
    """How a way is drawn as a line; None when it is not."""
    highway = tags.get("highway")
    if highway in _ROADS and not (closed and _yes(tags, "area")):
        return Drawn("road", *_ROADS[highway])
    railway = tags.get("railway")
    if railway in _RAILS:
        # Sidings and yards fill a map and tell nobody anything.
        service = "service" in tags
        return Drawn("railway", railway, max(_RAILS[railway], 13 if service else 0))
    if tags.get("route") == "ferry":
        return Drawn("road", "ferry", 11)
    waterway = tags.get("waterway")
    if waterway in _WATERWAY:
        return Drawn("waterway", waterway, _WATERWAY[waterway])
    return None


def area_of(tags: Tags) -> Drawn | None:
    """How a closed way or multipolygon is drawn as an area; None when it is not."""
    if tags.get("building", "no") != "no":
        return Drawn("building", "building", 14)
    for pair, (kind, zoom) in _WATER.items():
        if tags.get(pair[0]) == pair[1]:
            return Drawn("water", kind, zoom)
    if tags.get("highway") in ("pedestrian", "footway", "service") and _yes(tags, "area"):
        return Drawn("landuse", "square", 13)
    for pair, kind in _GREEN.items():
        if tags.get(pair[0]) == pair[1]:
            return Drawn("landuse", kind, _FROM.get(kind, 12))
    return None


def point_of(tags: Tags) -> Drawn | None:
    """How a node, or the middle of an area, is drawn as a named point; None when it is not."""
    if "name" not in tags:
        return None
    place = tags.get("place")
    if place in _PLACES:
        return Drawn("place", place, _PLACES[place])
    for pair, (kind, zoom) in _POIS.items():
        if tags.get(pair[0]) == pair[1]:
            return Drawn("poi", kind, zoom)
    return None


def properties_of(drawn: Drawn, tags: Tags) -> dict[str, Any]:
    """What a thing says of itself in a tile: kind, names, bridge and tunnel, level."""
    said: dict[str, Any] = {"kind": drawn.kind}
    if drawn.layer in ("building", "landuse") and drawn.kind not in ("park", "hospital", "school"):
        return said
    said |= names_of(tags)
    if drawn.layer in ("road", "railway", "waterway"):
        if _yes(tags, "bridge"):
            said["bridge"] = True
        if _yes(tags, "tunnel") or tags.get("covered") == "yes":
            said["tunnel"] = True
    if drawn.layer == "road":
        if "ref" in tags and drawn.kind in ("motorway", "trunk", "primary", "secondary"):
            said["ref"] = tags["ref"]
        if tags.get("oneway") in ("yes", "-1", "1"):
            said["oneway"] = True
    return said


def names_of(tags: Tags) -> dict[str, str]:
    """The local name, and those in English and Chinese where they differ from it."""
    found = {}
    name = tags.get("name")
    if name:
        found["name"] = name
        for key, language in (("name:en", "name_en"), ("name:zh", "name_zh")):
            if tags.get(key, name) != name:
                found[language] = tags[key]
    return found


def is_past(tags: Tags) -> bool:
    """Whether a thing is only planned, or no longer there."""
    return any(tags.get(key) in _NOT_TODAY for key in ("highway", "railway", "building"))
