"""New rescuers around a place: made up, and the same ones each time."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import date
from typing import Final

from shared.contracts.records import RescuerRecord, UsualPlace
from shared.contracts.words import PlaceKind, RescuerState, TransportMode
from shared.geometry.distance import EARTH_RADIUS_M
from shared.whatif.changes import AddRecruits

LASTS: Final = date(9000, 1, 1)
"""Pads, batteries and certificates of what is thought up do not expire."""
HOME_HOURS: Final = "Mo-Fr 00:00-08:00,18:00-24:00; Sa,Su 00:00-24:00"
"""When a recruit is at home, as the made-up rescuers of the scenarios who work."""
MODE: Final = TransportMode.FOOT
RESOLUTION: Final = 10


def recruits(index: int, change: AddRecruits, time_zone: str) -> Iterator[RescuerRecord]:
    """Verified rescuers on foot who live evenly spread over the circle; ids are the caller's.

    The seed is the change itself and its number, so that another one beside it moves nobody.
    """
    from shared.geometry.cells import cell_of  # loads h3, which a check of sites needs not

    draw = random.Random(  # noqa: S311 (homes that are made up, not secrets)
        f"{index} {change.latitude!r} {change.longitude!r} {change.radius_m!r}"
    )
    for _ in range(change.count):
        cell = cell_of(*_within_circle(draw, change), RESOLUTION)
        yield RescuerRecord(
            id="",
            version=1,
            state=RescuerState.VERIFIED,
            credential_expires_on=LASTS,
            skills=("cpr", "aed"),
            time_zone=time_zone,
            transport_mode=MODE,
            places=(UsualPlace(kind=PlaceKind.HOME, cell=cell, hours=HOME_HOURS),),
            synthetic=True,
        )


def _within_circle(draw: random.Random, change: AddRecruits) -> tuple[float, float]:
    """A place in the circle, evenly spread over its area."""
    away_m = change.radius_m * math.sqrt(draw.random())
    bearing = 2 * math.pi * draw.random()
    north = math.degrees(away_m * math.cos(bearing) / EARTH_RADIUS_M)
    squeeze = max(math.cos(math.radians(change.latitude)), 1e-6)
    east = math.degrees(away_m * math.sin(bearing) / EARTH_RADIUS_M / squeeze)
    latitude = min(90.0, max(-90.0, change.latitude + north))
    longitude = (change.longitude + east + 180.0) % 360.0 - 180.0
    return latitude, longitude
