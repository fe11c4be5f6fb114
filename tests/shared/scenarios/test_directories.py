from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.scenarios import Scenario, load, write
from shared.scenarios.catalogue import LISTED
from shared.scenarios.files import ScenarioError
from shared.scenarios.scenario import TABLES

PROVENANCE = {"source": "a test", "synthetic": True}


def small(today: date) -> dict[str, Any]:
    """A scenario on the Gulf of Guinea: latitude 0 and longitude 0 are places like any other."""
    place = {"latitude": 0, "longitude": 0, "datum": "wgs84"}
    return {
        "manifest": {
            "name": "null-island",
            "title": {"en": "Null Island", "zh": "零岛"},
            "centre": {"latitude": 0, "longitude": 0},
            "time_zone": "Etc/GMT",
            "country": "GH",
            "demo": {"caller_phone": "+100", "place": place, "address": "Buoy", "seen": "collapse"},
        },
        "stations": [
            {"id": "st-1", "name": "Buoy", "tier": "first_aid_station", "place": place,
             "provenance": PROVENANCE}
        ],
        "units": [
            {"id": "u-1", "station_id": "st-1", "kind": "ambulance", "mode": "car",
             "provenance": PROVENANCE}
        ],
        "aeds": [
            {"id": "aed-1", "name": "Buoy", "place": place, "opening_hours": "24/7",
             "provenance": PROVENANCE},
            {"id": "aed-2", "name": "Raft", "place": place, "provenance": PROVENANCE},
        ],
        "rescuers": [
            {"id": "res-1", "name": "A", "state": "verified", "time_zone": "Etc/GMT",
             "places": [{"kind": "home", "place": place}],
             "consent": {"alerts": True, "location": False}, "provenance": PROVENANCE}
        ],
    }  # fmt: skip


def put(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return folder


@pytest.mark.parametrize("name", ["sanming", "takamatsu"])
def test_written_and_read_again_it_is_the_same(
    name: str, today: date, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    scenario: Scenario = request.getfixturevalue(name)
    write(scenario, tmp_path / "a")
    again = load(tmp_path / "a", today=today)
    assert again == scenario
    write(load(name, today=today), tmp_path / "b")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_the_list_says_what_is_really_made(sanming: Scenario, takamatsu: Scenario) -> None:
    for listed, scenario in zip(LISTED[:2], (sanming, takamatsu), strict=True):
        manifest = scenario.manifest
        assert listed.name == manifest.name
        assert listed.title == manifest.title
        assert listed.seed == manifest.seed
        assert listed.synthetic == manifest.synthetic
        assert listed.counts == {table: len(scenario.table(table)) for table in TABLES}


def test_latitude_and_longitude_nought_are_a_place(today: date, tmp_path: Path) -> None:
    scenario = load(put(tmp_path, small(today)), today=today)
    assert scenario.aeds[0]["place"] == {"latitude": 0, "longitude": 0, "datum": "wgs84"}
    assert scenario.presence == []


def test_every_mistake_is_named_with_file_row_field_and_mend(today: date, tmp_path: Path) -> None:
    files = small(today)
    files["aeds"][0]["place"] = {"latitude": 91, "longitude": 0, "datum": "wgs84"}
    files["aeds"][1]["opening_hours"] = "nachts"
    files["rescuers"][0]["places"][0]["place"] = {"latitude": 1, "longitude": 1}
    files["rescuers"].append(files["rescuers"][0] | {"places": [], "colour": "red"})
    files["units"][0]["station_id"] = "st-9"
    files["stations"].append(files["stations"][0])
    files["presence"] = [{"rescuer_id": "res-1", "cell": "8a0000000000000"}]
    with pytest.raises(ScenarioError) as caught:
        load(put(tmp_path, files), today=today)
    found = {(each.file, each.row, each.field): each.message for each in caught.value.mistakes}
    assert set(found) == {
        ("aeds.json", 1, "place.latitude"),
        ("aeds.json", 2, "opening_hours"),
        ("rescuers.json", 1, "places.0.place.datum"),
        ("rescuers.json", 2, "colour"),
        ("units.json", 1, "station_id"),
        ("stations.json", 2, "id"),
        ("presence.json", 1, "cell"),
    }
    assert "send at most 90" in found["aeds.json", 1, "place.latitude"]
    assert "24/7" in found["aeds.json", 2, "opening_hours"]
    assert "row 1" in found["stations.json", 2, "id"]


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("aeds", None, "aeds.json: the file is missing"),
        ("units", "{", "units.json: is not JSON"),
        ("rescuers", "{}", "rescuers.json: must be a JSON array"),
        ("stations", "[1]", "stations.json, row 1"),
        ("manifest", "{}", "manifest.json, name"),
    ],
)
def test_files_that_are_no_tables(
    today: date, tmp_path: Path, file: str, content: str | None, says: str
) -> None:
    put(tmp_path, small(today))
    path = tmp_path / f"{file}.json"
    path.unlink() if content is None else path.write_text(content, "utf-8")
    with pytest.raises(ScenarioError, match=says):
        load(tmp_path, today=today)


def test_an_unknown_name_says_which_there_are(today: date, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no scenario 'atlantis'.*sanming, takamatsu"):
        load("atlantis", today=today)
    with pytest.raises(ScenarioError, match="no such scenario directory"):
        load(tmp_path / "nowhere", today=today)
    with pytest.raises(ScenarioError, match="leave out the seed"):
        load(put(tmp_path, small(today)), today=today, seed=3)
