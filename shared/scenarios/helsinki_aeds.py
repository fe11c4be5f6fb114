"""Helsinki's AEDs: made up, at places of the kinds that have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from shared.scenarios.helsinki_places import City, Spot
from shared.scenarios.scenario import Row

SOURCE = "Lifering scenario generator: made-up device at a place of OpenStreetMap"
CABINET = "Lifering scenario generator: made-up device"
EXPIRED_SHARE, OUT_OF_SERVICE_SHARE, STATE_UNKNOWN_SHARE = 0.10, 0.03, 0.05
"""Assumed, as in the scenario sanming."""


@dataclass(frozen=True, slots=True)
class Site:
    """A kind of place, by OpenStreetMap's tag."""

    key: str
    values: tuple[str, ...]
    hours: str | None
    """Assumed where the extract does not say; None: unknown."""
    access: str = "public"


SITES: tuple[Site, ...] = (
    Site("tourism", ("hotel", "hostel"), "24/7", "staff"),
    Site("building", ("train_station",), "Mo-Su 05:00-24:00"),
    Site("shop", ("mall", "department_store"), "Mo-Sa 09:00-21:00; Su 11:00-18:00"),
    Site("shop", ("supermarket",), "Mo-Su 08:00-22:00"),
    Site("amenity", ("pharmacy",), "Mo-Fr 09:00-18:00; Sa 10:00-16:00"),
    Site("amenity", ("library",), "Mo-Fr 09:00-20:00; Sa 10:00-16:00"),
    Site("leisure", ("sports_centre", "fitness_centre"), "Mo-Su 06:00-22:00", "private"),
    Site("tourism", ("museum",), "Tu-Su 11:00-18:00"),
    Site("amenity", ("theatre", "cinema", "community_centre"), None),
    Site("amenity", ("school", "university", "college"), "Mo-Fr 08:00-17:00; PH off", "staff"),
    Site("building", ("university",), "Mo-Fr 08:00-18:00; PH off", "staff"),
    Site("amenity", ("bank",), "Mo-Fr 10:00-16:30; PH off", "staff"),
    Site("amenity", ("place_of_worship",), None, "unknown"),
)


def make_aeds(
    rng: np.random.Generator,
    city: City,
    count: int,
    today: date,
    fixed: Sequence[tuple[float, float]],
) -> list[Row]:
    """``count`` devices; the first are cabinets in the street at the ``fixed`` places."""
    sites = _sites(city)
    wanted = min(count - len(fixed), len(sites))
    drawn = rng.choice(len(sites), size=wanted, replace=False)
    rows = [_cabinet(at, number, today) for number, at in enumerate(fixed, start=1)]
    for index in sorted(int(each) for each in drawn):
        site, spot = sites[index]
        rows.append(_device(rng, site, spot, len(rows) + 1, today))
    return rows


def _sites(city: City) -> list[tuple[Site, Spot]]:
    """Each place once, those with the same name too."""
    found: dict[str, tuple[Site, Spot]] = {}
    for site in SITES:
        for spot in city.of(site.key, *site.values):
            if city.inside(spot.latitude, spot.longitude):
                found.setdefault(spot.name, (site, spot))
    return list(found.values())


def _device(rng: np.random.Generator, site: Site, spot: Spot, number: int, today: date) -> Row:
    chance = rng.random(4)
    overdue, ahead = int(rng.integers(1, 300)), int(rng.integers(30, 730))
    ago = min(500, int(rng.exponential(60.0))) + 1
    state = "in_service"
    if chance[0] < OUT_OF_SERVICE_SHARE:
        state = "out_of_service"
    elif chance[0] < OUT_OF_SERVICE_SHARE + STATE_UNKNOWN_SHARE:
        state = "unknown"
    floor = 0 if chance[1] < 0.7 else int(rng.integers(1, 4)) if chance[1] < 0.85 else None
    pads = today + timedelta(days=-overdue if chance[2] < EXPIRED_SHARE else ahead)
    checked = datetime.combine(today - timedelta(days=ago), time(8, 0), UTC)
    row: Row = {
        "id": f"aed-he-{number:04d}",
        "name": spot.name,
        "place": spot.place(),
        "floor": floor,
        "opening_hours": spot.hours or site.hours,
        "time_zone": "Europe/Helsinki",
        "country": "FI",
        "access": site.access,
        "code_required": False,
        "state": state,
        "pads_expire_on": pads.isoformat(),
        "battery_expires_on": (today + timedelta(days=ahead + 365)).isoformat(),
        "last_checked_at": checked.isoformat().replace("+00:00", "Z"),
        "child_pads": bool(chance[3] < 0.3),
        "provenance": {"source": SOURCE, "licence": "ODbL", "synthetic": True},
    }
    return {key: value for key, value in row.items() if value is not None}


def _cabinet(at: tuple[float, float], number: int, today: date) -> Row:
    """A device in the street that can be had at any hour; the first one's code is known."""
    coded = {"code_required": True, "access_code": "2580"} if number == 1 else {}
    return {
        "id": f"aed-he-{number:04d}",
        "name": f"Kadunvarren kaappi {number} (esimerkki)",
        "place": {"latitude": round(at[0], 6), "longitude": round(at[1], 6), "datum": "wgs84"},
        "floor": 0,
        "opening_hours": "24/7",
        "time_zone": "Europe/Helsinki",
        "country": "FI",
        "access": "public",
        "code_required": False,
        **coded,
        "state": "in_service",
        "pads_expire_on": (today + timedelta(days=400)).isoformat(),
        "battery_expires_on": (today + timedelta(days=900)).isoformat(),
        "last_checked_at": f"{(today - timedelta(days=12)).isoformat()}T08:00:00Z",
        "child_pads": True,
        "provenance": {"source": CABINET, "synthetic": True},
    }
