"""Coordinates as people type and paste them, in whatever form and datum."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from shared.geometry.datum import Datum, to_wgs84
from shared.geometry.distance import great_circle_m

_DATUMS: Final = {
    "wgs84": Datum.WGS84, "wgs-84": Datum.WGS84, "gps": Datum.WGS84,
    "gcj02": Datum.GCJ02, "gcj-02": Datum.GCJ02, "amap": Datum.GCJ02, "高德": Datum.GCJ02,
    "腾讯": Datum.GCJ02, "火星": Datum.GCJ02,
    "bd09": Datum.BD09, "bd-09": Datum.BD09, "baidu": Datum.BD09, "百度": Datum.BD09,
}  # fmt: skip
"""Names of datums, and of the maps that use them (DOMAIN §6)."""
_DATUM: Final = re.compile(
    "|".join(re.escape(each) for each in sorted(_DATUMS, key=len, reverse=True)), re.IGNORECASE
)
_SIDES: Final = {
    "n": ("latitude", 1), "北纬": ("latitude", 1), "s": ("latitude", -1), "南纬": ("latitude", -1),
    "e": ("longitude", 1), "东经": ("longitude", 1), "w": ("longitude", -1),
    "西经": ("longitude", -1), "纬度": ("latitude", 1), "经度": ("longitude", 1),
    "lat": ("latitude", 1), "latitude": ("latitude", 1), "lng": ("longitude", 1),
    "lon": ("longitude", 1), "longitude": ("longitude", 1),
}  # fmt: skip
_SIDE: Final = "|".join(sorted(_SIDES, key=len, reverse=True))
_NUMBER: Final = r"""
    (?P<degrees%s>[+-]?\d{1,3}(?:\.\d+)?)\s*(?:[°度]\s*)?
    (?:(?<=[°度\s])(?P<minutes%s>\d{1,2}(?:\.\d+)?)\s*['分]\s*)?
    (?:(?P<seconds%s>\d{1,2}(?:\.\d+)?)\s*(?:"|\'\'|秒)\s*)?
"""
_ANGLE: Final = re.compile(
    rf"(?:(?P<before>{_SIDE})\s*[:=]?\s*{_NUMBER % (1, 1, 1)}"
    rf"|{_NUMBER % (2, 2, 2)}(?P<after>{_SIDE})?)",
    re.VERBOSE | re.IGNORECASE,
)
_GAP: Final = re.compile(r"\s*[,;、/|]?\s*")
SAME_M: Final = 1.0
"""Datums that put a place this near to one another are one candidate."""
_MOST: Final = 120


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """One reading of what was typed."""

    latitude: float
    """WGS-84 degrees"""
    longitude: float
    """WGS-84 degrees"""
    datum: Datum
    """That the typed numbers are read in."""
    assumed: bool
    """Whether nobody said which datum it is."""


def read_coordinates(text: str) -> list[TypedPlace]:
    """What a text may mean as a place; empty when it is no pair of coordinates.

    Takes decimal degrees, degrees with minutes and seconds, hemispheres before or after, in
    Chinese or Latin letters, latitude first unless letters or sizes say otherwise (Chinese maps
    write the longitude first: 117.63,26.27). Where no datum is named and they differ there is one
    candidate for each, WGS-84 first: nobody may take a guess for a fact.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for prime, mark in (("′", "'"), ("’", "'"), ("″", '"'), ("”", '"'), ("º", "°"), ("−", "-")):
        plain = plain.replace(prime, mark)
    if len(plain) > _MOST:
        return []
    named = {_DATUMS[each.group().lower()] for each in _DATUM.finditer(plain)}
    if len(named) > 1:
        return []
    pair = _pair(_DATUM.sub(" ", plain).strip(" :：,，;；()[]"))
    if pair is None:
        return []
    latitude, longitude = pair
    readings: list[TypedPlace] = []
    for datum in named or tuple(Datum):
        place = to_wgs84(latitude, longitude, datum)
        if not any(
            great_circle_m(*place, one.latitude, one.longitude) < SAME_M for one in readings
        ):
            readings.append(TypedPlace(*place, datum, not named))
    if len(readings) == 2 and readings[1].datum is Datum.BD09:
        # Outside China no map shifts but Baidu's: there it has to be named.
        return readings[:1]
    return readings


def _pair(text: str) -> tuple[float, float] | None:
    first = _ANGLE.match(text)
    if first is None:
        return None
    gap = _GAP.match(text, first.end())
    start = first.end() if gap is None else gap.end()
    if start == first.end() and text[start - 1].isdigit():
        # Two numbers in one word are a number that somebody is still typing.
        return None
    second = _ANGLE.fullmatch(text, start)
    if second is None:
        return None
    one, other = _angle(first), _angle(second)
    if one is None or other is None:
        return None
    (axis, a), (other_axis, b) = one, other
    if axis is not None and axis == other_axis:
        return None
    swapped = axis is None and other_axis is None and abs(a) > 90 >= abs(b)
    if swapped or axis == "longitude" or other_axis == "latitude":
        a, b = b, a
    return (a, b) if abs(a) <= 90 and abs(b) <= 180 else None


def _angle(match: re.Match[str]) -> tuple[str | None, float] | None:
    """Which axis it says that it is of, and degrees; None when it contradicts itself."""
    form = "1" if match["before"] else "2"
    degrees = float(match["degrees" + form])
    minutes = float(match["minutes" + form] or 0)
    seconds = float(match["seconds" + form] or 0)
    if minutes >= 60 or seconds >= 60:
        return None
    side = (match["before"] or match["after"] or "").lower()
    axis, sign = _SIDES.get(side, (None, 1))
    if sign < 0 and degrees < 0:
        return None
    size = abs(degrees) + minutes / 60 + seconds / 3600
    return axis, size * sign * (-1 if match["degrees" + form].startswith("-") else 1)
