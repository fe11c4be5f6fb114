"""What of an extract can be searched for by name."""

from __future__ import annotations

from typing import Final, NamedTuple

from deploy.basemap.rules import Tags

_POI_KEYS: Final = (
    "amenity", "emergency", "healthcare", "shop", "tourism", "leisure", "office", "railway",
    "public_transport", "highway", "historic", "man_made", "aeroway", "natural", "building",
    "craft", "landuse", "waterway",
)  # fmt: skip
_PLACE_RANK: Final = {
    "city": 10, "town": 9, "suburb": 8, "village": 8, "quarter": 7, "neighbourhood": 7,
    "island": 7, "square": 7, "hamlet": 6, "locality": 5, "isolated_dwelling": 5,
    "county": 8, "municipality": 8,
}  # fmt: skip
_POI_RANK: Final = {
    "hospital": 9, "clinic": 7, "fire_station": 7, "police": 7, "station": 8, "school": 6,
    "university": 7, "townhall": 7, "mall": 6, "stadium": 7, "aerodrome": 8, "park": 6,
    "hotel": 5, "bus_stop": 4, "crossing": 0,
}  # fmt: skip
STREET_RANK: Final = 6


class Named(NamedTuple):
    """A line of the search index."""

    kind: str
    """place, street or address"""
    name: str
    other_names: str
    """Separated by line breaks."""
    detail: str
    """What sort of thing, as OpenStreetMap has it, or the street of an address."""
    rank: int
    """0 (of no account) to 10 (a city)."""
    latitude: float
    longitude: float


def other_names(tags: Tags) -> str:
    """Every other name that a thing is known by: other languages', old, short, a number."""
    name = tags.get("name", "")
    found = {
        value
        for key, value in tags.items()
        if key.startswith(
            ("name:", "alt_name", "short_name", "old_name", "official_name", "loc_name")
        )
        or key in ("ref", "int_name", "addr:housename", "brand", "operator:short")
    }
    found.discard(name)
    return "\n".join(sorted(found))


def point_names(tags: Tags, latitude: float, longitude: float) -> list[Named]:
    """What a node, or the middle of an area, is found by: its name, and its address."""
    found = []
    name = tags.get("name")
    if name:
        place = tags.get("place")
        if place in _PLACE_RANK:
            what, rank = place, _PLACE_RANK[place]
        else:
            what = next((tags[key] for key in _POI_KEYS if key in tags), "")
            rank = _POI_RANK.get(what, 5 if what else 0)
        if what == "yes":
            what = "building"
        if rank:
            found.append(Named("place", name, other_names(tags), what, rank, latitude, longitude))
    number = tags.get("addr:housenumber")
    street = tags.get("addr:street") or tags.get("addr:place")
    if number and street:
        town = tags.get("addr:city") or tags.get("addr:suburb") or ""
        # Number first and number last: both are ways to say an address.
        found.append(
            Named("address", f"{street} {number}", f"{number} {street}", town, 3,
                  latitude, longitude)
        )  # fmt: skip
    return found
