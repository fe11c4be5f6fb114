"""plan coverage: files in, one document out; mistakes in one line; no server is started."""

from __future__ import annotations

import csv
import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import h3
import pytest

from deploy.commands.plan_coverage import main
from deploy.errors import UserError
from shared.coverage.words import TARGETS, WORDS
from shared.errors import UserError as FileError

Json = dict[str, Any]
Capture = pytest.CaptureFixture[str]
TIERS = ["aed", "rescuer", "chain", "health-centre", "station", "ambulance"]
CELL = "892e72b2887ffff"


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takamatsu with few of its rescuers and AEDs, as a directory."""
    from shared.scenarios import Scenario, load, write

    whole = load("takamatsu", today=date(2026, 5, 6))
    folder = tmp_path_factory.mktemp("scenarios") / "corner"
    people = whole.rescuers[:200]
    write(
        Scenario(whole.manifest, whole.aeds[:60], people, whole.stations, whole.units, []), folder
    )
    return folder


def told(capsys: Capture, corner: Path, *arguments: str) -> Json:
    assert main(["--scenario", str(corner), *arguments, "--json"]) == 0
    document: Json = json.loads(capsys.readouterr().out)
    return document


def test_the_document_has_every_tier_and_time_by_hour_as_well(
    corner: Path, capsys: Capture, tmp_path: Path
) -> None:
    cells, table = tmp_path / "c.geojson", tmp_path / "c.csv"
    page = tmp_path / "c.html"
    document = told(
        capsys, corner, "--by-hour", "--geojson", str(cells), "--csv", str(table),
        "--report", str(page), "--language", "en",
    )  # fmt: skip
    assert document["scenario"] == "corner"
    layers = document["layers"]
    assert [(x["tier"], x["within_s"]) for x in layers] == [
        (tier, seconds) for tier in TIERS for seconds in (180, 300, 480, 600)
    ]
    for layer in layers:
        assert len(layer["by_hour"]) == 168
        shares = [layer[f"{what}_share"] for what in ("population", "area", "arrest")]
        assert all(0 <= share <= 1 for share in (*shares, *layer["by_hour"]))
    for tier in TIERS:
        own = [x["population_share"] for x in layers if x["tier"] == tier]
        assert own == sorted(own), "a longer time reaches more"
    by = {(x["tier"], x["within_s"]): x for x in layers}
    assert by["chain", 600]["population_share"] <= by["rescuer", 600]["population_share"]
    assert 0 < by["aed", 600]["unknown_hours_share"] < by["aed", 600]["population_share"]
    assert set(document["gaps"][0]) >= {
        "cell", "latitude", "longitude", "expected_arrests_per_year", "nearest_s",
    }  # fmt: skip
    assert {gap["tier"] for gap in document["gaps"]} == {"chain"}
    assert sum(unit["population"] for unit in document["units"]) == pytest.approx(
        document["basis"]["population"]
    )
    assert document["circles"][0]["station_id"] is None
    features = json.loads(cells.read_text("utf-8"))["features"]
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert len(features) == len(rows) == document["basis"]["cells"]
    assert sum(float(row["people"]) for row in rows) == pytest.approx(
        document["basis"]["population"], rel=1e-3
    )
    assert set(rows[0]) >= {"cell", "people", *(f"{tier}_s" for tier in TIERS)}
    text = page.read_text("utf-8")
    assert _asked_for(text) == []
    for word in ("Gaps of rescuer and AED", "Hour by hour", "made-up records", "<svg"):
        assert word in text


def _asked_for(page: str) -> list[str]:
    """What a page would fetch from elsewhere."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(str(value) for name, value in attrs if name in ("src", "href"))
            assert tag != "script"

    Reader().feed(page)
    return found


def test_a_report_in_chinese_says_the_same_of_one_moment(
    corner: Path, capsys: Capture, tmp_path: Path
) -> None:
    page = tmp_path / "c.html"
    document = told(
        capsys, corner, "--tier", "aed,chain", "--within-s", "300,240", "--report", str(page),
        "--at", "2026-05-06T03:00:00+09:00",
    )  # fmt: skip
    assert [x["within_s"] for x in document["layers"]] == [240, 300, 240, 300]
    assert "by_hour" not in document["layers"][0]
    assert document["basis"]["moment"].startswith("2026-05-06T03:00")
    text = page.read_text("utf-8")
    assert '<html lang="zh-CN">' in text
    assert "救护员与AED的空白：300秒内不可达" in text
    assert "逐小时覆盖" not in text


def test_demand_comes_as_points_as_cells_and_as_past_incidents(
    corner: Path, capsys: Capture, tmp_path: Path
) -> None:
    latitude, longitude = 34.3428, 134.0466
    points, cells, past = (tmp_path / name for name in ("p.csv", "c.csv", "i.csv"))
    points.write_text(f"latitude,longitude,weight\n{latitude},{longitude},3000\n0,0,1000\n")
    cell = h3.latlng_to_cell(latitude, longitude, 8)
    cells.write_text(f"cell,weight\n{cell},2\n")
    past.write_text(
        f"latitude,longitude,at\n0,0,2025-01-06T03:30:00+09:00\n{latitude},{longitude},\n"
    )
    short = ("--tier", "station", "--within-s", "600")
    one = told(capsys, corner, *short, "--demand", str(points))
    assert one["layers"][0]["population_share"] == pytest.approx(0.75)
    assert one["basis"]["population"] == 4_000
    assert one["gaps"][0]["latitude"] == pytest.approx(0, abs=1e-9), "latitude 0 is a place"
    assert one["basis"]["units_are"] == "h3-6"
    by_cell = told(capsys, corner, *short, "--demand", str(cells), "--population", "500")
    assert by_cell["basis"]["population"] == 500
    assert by_cell["basis"]["cells"] == 1
    assert by_cell["basis"]["area_km2"] == pytest.approx(h3.cell_area(cell, unit="km^2"))
    old = told(capsys, corner, *short, "--demand", str(points), "--incidents", str(past))
    assert old["layers"][0]["population_share"] == pytest.approx(0.75)
    assert old["layers"][0]["arrest_share"] == pytest.approx(0.5)


def test_a_running_system_is_asked_through_its_snapshot(
    corner: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    from deploy.planning import live
    from shared.scenarios import load
    from shared.scenarios.records import known_of
    from shared.snapshots import encode

    at = datetime(2026, 5, 6, 3, tzinfo=UTC)
    known = known_of(load(str(corner), today=at.date()), at)
    monkeypatch.setattr(live, "take_snapshot", lambda _: encode(known, at, "dispatch of a test"))
    assert main(["--live", "--tier", "aed", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["scenario"] == "live"
    assert document["basis"]["time_zone"] == "Asia/Tokyo"
    assert document["basis"]["source"] == "dispatch of a test"
    assert document["basis"]["demand_of_rescuers"] is True
    same = told(capsys, corner, "--tier", "aed", "--date", "2026-05-06")
    assert document["layers"] == same["layers"]
    file = tmp_path / "tuesday.json"
    file.write_bytes(encode(known, at, "dispatch of a test"))
    assert main(["--snapshot", str(file), "--tier", "aed", "--json"]) == 0
    kept = json.loads(capsys.readouterr().out)
    assert (kept["scenario"], kept["layers"]) == ("tuesday", same["layers"])
    file.write_bytes(b"{}")
    with pytest.raises(UserError, match="is not a snapshot"):
        main(["--snapshot", str(file)])


def test_areas_that_are_named_are_told_apart(corner: Path, capsys: Capture, tmp_path: Path) -> None:
    points, areas = tmp_path / "p.csv", tmp_path / "a.geojson"
    points.write_text("latitude,longitude,weight\n34.34,134.04,300\n34.34,134.06,100\n0,0,50\n")
    box = [[134.0, 34.0], [134.05, 34.0], [134.05, 35.0], [134.0, 35.0], [134.0, 34.0]]
    shape = {"type": "Polygon", "coordinates": [box]}
    feature = {"type": "Feature", "properties": {"name": "西区"}, "geometry": shape}
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    document = told(
        capsys, corner, "--tier", "station", "--demand", str(points), "--boundaries", str(areas)
    )
    assert document["basis"]["units_are"] == "county"
    assert [(u["name"], round(u["population"])) for u in document["units"]] == [
        ("西区", 300),
        ("—", 150),
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--tier", "helicopter"], "--tier helicopter: choose from aed, "),
        (["--within-s", "180,soon"], "--within-s 180,soon: write seconds"),
        (["--within-s", "0"], "--within-s: 0 is not above 0"),
        (["--at", "2026-05-06T03:00"], "--at 2026-05-06T03:00: has no time zone"),
        (["--at", "tomorrow"], "--at tomorrow: write a moment"),
    ],
)
def test_what_cannot_be_asked(corner: Path, arguments: list[str], problem: str) -> None:
    with pytest.raises(UserError) as error:
        main(["--scenario", str(corner), *arguments])
    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("option", "content", "problem"),
    [
        ("--demand", "latitude,longitude\n1,2\n", "has no column 'weight'"),
        ("--demand", "latitude,longitude,weight\n1,2,3\n95,2,1\n", "row 2, latitude: '95'"),
        ("--demand", "latitude,longitude,weight\n1,2,-3\n", "row 1, weight: '-3'"),
        ("--demand", "latitude,longitude,weight\n1,2,0\n", "no row with a weight above 0"),
        ("--demand", "cell,weight\n8928308280fffff,1\nhere,2\n", "row 2, cell: 'here'"),
        ("--demand", f"cell,weight\n{CELL},1\n862e72b2fffffff,2\n", "cells of several resolutions"),
        ("--incidents", "latitude,longitude,at\n1,2,2025-01-01T03:00\n", "row 1, at: "),
        ("--incidents", "latitude,when\n1,2\n", "has no column 'longitude'"),
    ],
)
def test_files_that_cannot_be_read(
    corner: Path, tmp_path: Path, option: str, content: str, problem: str
) -> None:
    file = tmp_path / "d.csv"
    file.write_text(content)
    with pytest.raises((UserError, FileError)) as error:
        main(["--scenario", str(corner), option, str(file)])
    assert problem in str(error.value)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


def test_both_languages_have_the_same_words() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh-CN"])
    for name, text in WORDS["en"].items():
        fields = {part.split("}")[0] for part in text.split("{")[1:]}
        chinese = {part.split("}")[0] for part in WORDS["zh-CN"][name].split("{")[1:]}
        assert fields == chinese, name
    assert all(len(texts) == 3 and all(texts) for texts in TARGETS.values())
