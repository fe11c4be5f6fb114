from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from shared.geometry.cells import centre_of
from shared.hours import validate_hours
from shared.scenarios import Scenario, load

OPEN_DATA = Path(__file__).parents[3].parent / "shared" / "data" / "aed_takamatsu"


def test_the_published_numbers(takamatsu: Scenario) -> None:
    assert len(takamatsu.aeds) == 450
    assert len(takamatsu.rescuers) == 6_000
    fire = [row for row in takamatsu.stations if row["id"].startswith("st-tk-f")]
    assert len(fire) == 13
    assert [row["name"] for row in fire if row["tier"] == "emergency_centre"] == ["高松市消防局"]
    assert sum(row["hospital"] for row in takamatsu.stations) == 33
    assert not any("休止中" in row["name"] for row in takamatsu.stations)


def test_what_is_real_and_what_is_made_up(takamatsu: Scenario) -> None:
    for row in (*takamatsu.aeds, *takamatsu.stations):
        assert row["provenance"]["synthetic"] is False
        assert row["provenance"]["licence"] == "CC BY 4.0"
    for row in (*takamatsu.rescuers, *takamatsu.units):
        assert row["provenance"]["synthetic"] is True
    assert takamatsu.manifest.synthetic == {
        "aeds": False,
        "rescuers": True,
        "stations": False,
        "units": True,
    }
    assert "CC BY 4.0" in takamatsu.manifest.sources[0].attribution


def test_what_the_city_does_not_say_stays_unknown(takamatsu: Scenario) -> None:
    assert {aed["state"] for aed in takamatsu.aeds} == {"unknown"}
    assert {aed["access"] for aed in takamatsu.aeds} == {"unknown"}
    assert Counter(aed.get("child_pads") for aed in takamatsu.aeds) == {True: 157, None: 293}
    hours = [aed.get("opening_hours") for aed in takamatsu.aeds]
    assert hours.count(None) == 450 - 198
    assert hours.count("24/7") == 18
    for text in filter(None, hours):
        validate_hours(text)


def test_everything_lies_in_and_around_the_city(takamatsu: Scenario) -> None:
    for row in (*takamatsu.aeds, *takamatsu.stations):
        assert 34.1 < row["place"]["latitude"] < 34.5
        assert 133.85 < row["place"]["longitude"] < 134.25
    cells = {place["cell"] for row in takamatsu.rescuers for place in row["places"]}
    assert len(cells) > 2_000
    for latitude, longitude in map(centre_of, cells):
        assert 34.1 < latitude < 34.5
        assert 133.85 < longitude < 134.25


def test_the_same_seed_and_day_give_the_same(takamatsu: Scenario, today: date) -> None:
    assert load("takamatsu", today=today) == takamatsu


def test_the_carried_facts_are_the_published_ones(takamatsu: Scenario) -> None:
    if not OPEN_DATA.is_dir():
        pytest.skip("needs the city's files in the shared data, which are not here")
    with (OPEN_DATA / "aed_location.csv").open(encoding="utf-8-sig", newline="") as file:
        published = list(csv.DictReader(file))
    assert len(published) == len(takamatsu.aeds)
    for row, aed in zip(published, takamatsu.aeds, strict=True):
        assert aed["name"] == " ".join(row["name"].split())
        assert aed["place"]["latitude"] == pytest.approx(float(row["latitude"]), abs=1e-6)
        assert aed["place"]["longitude"] == pytest.approx(float(row["longitude"]), abs=1e-6)
    with (OPEN_DATA / "fire_station.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    assert names == {r["name"] for r in takamatsu.stations if r["id"].startswith("st-tk-f")}
