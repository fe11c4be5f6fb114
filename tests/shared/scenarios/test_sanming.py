from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from shared.geometry.cells import centre_of
from shared.geometry.datum import to_wgs84
from shared.geometry.distance import great_circle_m
from shared.scenarios import Scenario, load
from shared.scenarios.sanming_places import COUNTIES, real_places

SHARED_DATA = Path(__file__).parents[3].parent / "shared" / "data"
BOX = (25.40, 27.20, 116.30, 118.75)
"""The prefecture's bounds, and some kilometres."""


def inside(latitude: float, longitude: float) -> bool:
    south, north, west, east = BOX
    return south <= latitude <= north and west <= longitude <= east


def test_the_published_numbers(sanming: Scenario) -> None:
    assert len(sanming.aeds) == 339
    assert len(sanming.rescuers) == 32_400
    assert sum(station["hospital"] for station in sanming.stations) == 12
    tiers = Counter(station["tier"] for station in sanming.stations)
    assert tiers["emergency_centre"] == 1
    assert set(tiers) == {
        "emergency_centre",
        "first_aid_station",
        "community_health_centre",
        "township_health_centre",
    }
    assert 50 <= len(sanming.units) <= 70
    kinds = Counter(unit["kind"] for unit in sanming.units)
    assert kinds["ambulance"] >= 30
    assert kinds["health_team"] >= 20


def test_ids_are_unique_and_units_have_their_station(sanming: Scenario) -> None:
    for table in ("aeds", "rescuers", "stations", "units"):
        ids = [row["id"] for row in sanming.table(table)]
        assert len(set(ids)) == len(ids)
    stations = {station["id"] for station in sanming.stations}
    assert {unit["station_id"] for unit in sanming.units} <= stations


def test_everything_lies_in_the_prefecture(sanming: Scenario) -> None:
    for table in ("aeds", "stations"):
        for row in sanming.table(table):
            assert inside(row["place"]["latitude"], row["place"]["longitude"]), row["id"]
            assert row["place"]["datum"] == "wgs84"
    cells = {place["cell"] for row in sanming.rescuers for place in row["places"]}
    assert all(inside(*centre_of(cell)) for cell in cells)
    # Spread over towns and villages, not heaped in one point.
    assert len(cells) > 8_000


def test_people_are_known_by_cells_only(sanming: Scenario) -> None:
    for row in sanming.rescuers:
        assert all(set(place) == {"kind", "cell", "hours"} for place in row["places"])


def test_what_is_made_up_says_so(sanming: Scenario) -> None:
    for table in ("aeds", "rescuers", "stations", "units"):
        assert all(row["provenance"]["synthetic"] for row in sanming.table(table))
    assert all(each.en and each.zh for each in sanming.manifest.assumptions)
    assert sanming.manifest.sources[0].licence == "CC BY 4.0"


def test_devices_and_people_vary(sanming: Scenario, today: date) -> None:
    hours = Counter(aed.get("opening_hours") for aed in sanming.aeds)
    assert hours["24/7"] > 20
    assert hours[None] > 5
    assert len(hours) > 8
    iso = today.isoformat()
    expired = [aed for aed in sanming.aeds if aed.get("pads_expire_on", "9999") < iso]
    assert 10 < len(expired) < 100
    locked = [aed for aed in sanming.aeds if aed["code_required"]]
    assert any("access_code" in aed for aed in locked)
    assert any("access_code" not in aed for aed in locked)
    states = Counter(row["state"] for row in sanming.rescuers)
    assert states["enrolled"] > states["verified"] > states["suspended"] > 0
    lapsed = [row for row in sanming.rescuers if row["credential"]["expires_on"] < iso]
    assert 0.04 < len(lapsed) / len(sanming.rescuers) < 0.10
    assert any("quiet_hours" in row for row in sanming.rescuers)
    assert {row["transport_mode"] for row in sanming.rescuers} == {
        "foot",
        "e_bike",
        "bicycle",
        "motorcycle",
        "car",
    }


def test_nothing_dated_lies_in_the_future(sanming: Scenario, today: date) -> None:
    iso = today.isoformat()
    assert all(aed.get("last_checked_at", "")[:10] < iso for aed in sanming.aeds)
    for row in sanming.rescuers:
        assert row["credential"]["issued_on"] <= iso
        assert row["credential"].get("verified_on", "") <= iso
        assert row["consent"]["at"][:10] < iso


def test_the_same_seed_and_day_give_the_same_and_others_differ(
    sanming: Scenario, today: date
) -> None:
    assert load("sanming", today=today) == sanming
    other_seed = load("sanming", today=today, seed=7)
    assert other_seed.counts() | {"presence": 0} == sanming.counts() | {"presence": 0}
    assert other_seed.aeds != sanming.aeds


def test_dates_move_with_the_day_and_nothing_else_does(sanming: Scenario) -> None:
    later = load("sanming", today=date(2031, 5, 1))
    assert [row["places"] for row in later.rescuers] == [row["places"] for row in sanming.rescuers]
    assert [row["place"] for row in later.aeds] == [row["place"] for row in sanming.aeds]
    lapsed = sum(row["credential"]["expires_on"] < "2031-05-01" for row in later.rescuers)
    assert 0.04 < lapsed / len(later.rescuers) < 0.10


def test_people_and_devices_around_the_call_can_be_had_at_any_hour(
    sanming: Scenario, today: date
) -> None:
    call = sanming.manifest.demo.place

    def metres(latitude: float, longitude: float) -> float:
        return great_circle_m(call.latitude, call.longitude, latitude, longitude)

    ready = [
        row
        for row in sanming.rescuers
        if row["state"] == "verified"
        and row["available"]
        and row["consent"]["alerts"]
        and "quiet_hours" not in row
        and row["credential"]["expires_on"] >= today.isoformat()
        and any(
            place["hours"] == "24/7" and metres(*centre_of(place["cell"])) < 600
            for place in row["places"]
        )
    ]
    assert len(ready) >= 15
    open_aeds = [
        aed
        for aed in sanming.aeds
        if aed.get("opening_hours") == "24/7"
        and aed["state"] == "in_service"
        and metres(aed["place"]["latitude"], aed["place"]["longitude"]) < 400
        and (not aed["code_required"] or "access_code" in aed)
    ]
    assert len(open_aeds) >= 2


def test_every_county_has_a_seat_and_townships() -> None:
    places = real_places()
    for county in COUNTIES:
        kinds = Counter(place.kind for place in places if place.county == county.code)
        assert kinds["seat"] == 1, county.name
        assert kinds["township"] >= 5, county.name
    assert 2_480_000 <= sum(county.population for county in COUNTIES) <= 2_500_000


def test_the_list_of_places_agrees_with_the_boundaries() -> None:
    folder = SHARED_DATA / "sanming_boundaries"
    if not folder.is_dir():
        pytest.skip(f"needs the boundaries in {folder.name} of the shared data, which are not here")
    import numpy as np
    import shapely
    from numpy.typing import NDArray
    from shapely.geometry import Point, shape

    from shared.geometry.datum import Datum

    def wgs84(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([to_wgs84(lat, lon, Datum.GCJ02)[::-1] for lon, lat in points.tolist()])

    areas = {}
    for county in COUNTIES:
        text = (folder / f"{county.code}.geojson").read_text("utf-8")
        areas[county.code] = shapely.transform(shape(json.loads(text)), wgs84)
        shapely.prepare(areas[county.code])
    for place in real_places():
        assert areas[place.county].contains(Point(place.longitude, place.latitude)), place
