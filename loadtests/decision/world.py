"""A made-up world to decide in, by columns: who is where, and who may be asked at that moment.

Cities are dense in a few centres and sparse at their rims; a million rescuers are 31 cities far
from each other. Everything comes from one seed. The same columns become our records (`records`),
rows of PostGIS (`postgis`) and members of Redis (`redis_peer`), so that all hold the same world.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contracts.words import TransportMode

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
"""A Monday, 10:30 where this world lies."""
TODAY = date(2026, 3, 2)
ZONE = "Asia/Shanghai"
COUNTRY = "CN"


MODES = tuple(TransportMode)
MODE_SHARES = (0.30, 0.10, 0.40, 0.05, 0.15)
"""On foot, bicycle, e-bike, motorcycle, car."""

VERIFIED, ENROLLED, SUSPENDED = 0, 1, 2
AVAILABLE, RETURNING, MOBILE, OFF_DUTY = 0, 1, 2, 3
NO_QUIET, QUIET_AT_NIGHT, QUIET_NOW = 0, 1, 2
QUIET_HOURS = (None, "Mo-Su 22:00-06:30", "Mo-Fr 09:00-12:00")
HOME, WORK, PHONE, NOWHERE = 0, 1, 2, 3
WORK_HOURS = "Mo-Fr 08:00-18:00"
EVENING_HOURS = "Mo-Fr 18:00-24:00"
"""Hours of a home that is the only place told, and not now: such a rescuer is nowhere."""
AED_HOURS = ("24/7", "Mo-Su 06:00-22:00", "Mo-Fr 08:00-17:00", "Mo-Su 19:00-23:00", None)
AED_HOURS_SHARES = (0.60, 0.20, 0.12, 0.03, 0.05)


@dataclass(frozen=True, slots=True)
class City:
    """Where people live: a mixture of round centres over a wide rim."""

    latitude: float
    longitude: float
    weight: float
    centres_km: FloatArray
    """(c, 2) east, north of the city's middle."""
    spread_km: FloatArray
    """(c,) standard deviation of each."""
    shares: FloatArray
    """(c,) of the people, summing to 1."""


@dataclass(frozen=True, slots=True)
class Rescuers:
    """Columns of n rescuers; a number is the position, `rescuer_id` its id."""

    home: IntArray
    """(n,) H3 cells of resolution 10."""
    work: IntArray
    """(n,) cells; 0 is none."""
    phone: IntArray
    """(n,) the cell told by the phone; 0 is none."""
    phone_age_s: FloatArray
    mode: npt.NDArray[np.uint8]
    """(n,) position in TransportMode."""
    state: npt.NDArray[np.uint8]
    expires_in_days: IntArray
    """(n,) from today, negative is expired; a minimum value is no credential (NEVER)."""
    alerts_consent: BoolArray
    location_consent: BoolArray
    available: BoolArray
    quiet: npt.NDArray[np.uint8]
    held: BoolArray
    alerts_recent: npt.NDArray[np.uint8]
    evenings_only: BoolArray
    """Whose only place is open in the evening."""
    where: npt.NDArray[np.uint8]
    """(n,) which place counts now: home, work, phone, nowhere."""
    latitude: FloatArray
    """(n,) degrees, where each is now; nan when nowhere."""
    longitude: FloatArray


NEVER = -99_999
"""`expires_in_days` of who has no credential."""


@dataclass(frozen=True, slots=True)
class Aeds:
    """Columns of a AEDs."""

    latitude: FloatArray
    longitude: FloatArray
    hours: npt.NDArray[np.uint8]
    """(a,) position in AED_HOURS."""
    state: npt.NDArray[np.uint8]
    """(a,) 0 in service, 1 out of service, 2 unknown."""
    access: npt.NDArray[np.uint8]
    """(a,) 0 public, 1 staff, 2 private, 3 unknown."""
    code: npt.NDArray[np.uint8]
    """(a,) 0 none, 1 required and known, 2 required and unknown."""
    pads_expired: BoolArray
    checked: BoolArray
    missing: BoolArray
    held: BoolArray


@dataclass(frozen=True, slots=True)
class Units:
    """Columns of u units, each at its station."""

    latitude: FloatArray
    longitude: FloatArray
    ambulance: BoolArray
    """(u,) else a health-centre team on an e-bike."""
    state: npt.NDArray[np.uint8]
    """(u,) 0 available, 1 returning, 2 mobile, 3 off duty."""
    held: BoolArray


@dataclass(frozen=True, slots=True)
class World:
    """All of it."""

    seed: int
    cities: tuple[City, ...]
    rescuers: Rescuers
    aeds: Aeds
    units: Units


def rescuer_id(number: int) -> str:
    """Ids sort as numbers do."""
    return f"rescuer-{number:07d}"


def aed_id(number: int) -> str:
    """Ids sort as numbers do."""
    return f"aed-{number:06d}"


def unit_id(number: int) -> str:
    """Ids sort as numbers do."""
    return f"unit-{number:05d}"


def number_of(identity: str) -> int:
    """The number in an id."""
    return int(identity.rpartition("-")[2])


def eligible(world: World, fatigue_max_alerts: int) -> BoolArray:
    """(n,) who may be asked now, by the columns alone (not by where they are)."""
    r = world.rescuers
    may: BoolArray = (
        (r.state == VERIFIED)
        & (r.expires_in_days >= 0)
        & r.alerts_consent
        & r.available
        & (r.quiet != QUIET_NOW)
        & ~r.held
        & (r.alerts_recent < fatigue_max_alerts)
    )
    return may


def expiry(days: int) -> date | None:
    """The date of `expires_in_days`."""
    return None if days == NEVER else TODAY + timedelta(days=days)


def describe(world: World) -> dict[str, Any]:
    """What a reader of the numbers wants to know about the world."""
    r = world.rescuers
    return {
        "seed": world.seed,
        "cities": len(world.cities),
        "eligible_share": round(float(eligible(world, 4).mean()), 4),
        "placed_share": round(float((r.where != NOWHERE).mean()), 4),
        "places_shared_by": round(float(len(r.home) / len(np.unique(r.home))), 2),
    }
