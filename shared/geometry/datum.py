"""Datums: what a client's coordinates refer to, and the way to WGS-84.

Chinese handsets and maps use GCJ-02 or BD-09; the difference to WGS-84 averages 348 m (DOMAIN §6),
more than most alert radii. So a coordinate without its datum is refused, and everything inside is
WGS-84. The conversion is ``prcoords`` (public domain), with its iterative inverse (error < 1 mm);
outside the area where China shifts its maps the three datums coincide.
"""

from __future__ import annotations

from enum import StrEnum

import prcoords


class Datum(StrEnum):
    """The datums that a client may name."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def _shifted(latitude: float, longitude: float) -> bool:
    """Whether Chinese law shifts maps here (a rough box, as the map vendors use it)."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def to_wgs84(latitude: float, longitude: float, datum: Datum) -> tuple[float, float]:
    """The same place as (latitude, longitude) in WGS-84, degrees, always on the globe.

    BD-09 is always GCJ-02 with a further shift, also outside China, where GCJ-02 is WGS-84.
    """
    if datum is Datum.WGS84:
        return latitude, longitude
    if datum is Datum.BD09:
        gcj = prcoords.bd_gcj_bored((latitude, longitude), check_china=False)
        latitude, longitude = gcj.lat, gcj.lon
    if _shifted(latitude, longitude):
        place = prcoords.gcj_wgs_bored((latitude, longitude), check_china=False)
        latitude, longitude = place.lat, place.lon
    # BD-09's shift can carry a place at the rim over it.
    return min(90.0, max(-90.0, latitude)), (longitude + 180.0) % 360.0 - 180.0
