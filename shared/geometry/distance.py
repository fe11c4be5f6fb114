"""Great-circle distance on the mean earth."""

from __future__ import annotations

import math

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the GRS 80 ellipsoid (IUGG), metres."""


def great_circle_m(
    latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float
) -> float:
    """Metres between two WGS-84 points, by the haversine formula on the mean earth."""
    phi_a, phi_b = math.radians(latitude_a), math.radians(latitude_b)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = math.radians(longitude_b - longitude_a) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))
