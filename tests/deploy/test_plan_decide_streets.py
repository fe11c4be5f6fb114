"""plan decide on streets: those that are named, and those that come with a scenario."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.commands.plan_decide import main
from deploy.errors import UserError
from deploy.planning.streets import Streets, built_from, current_streets
from shared.scenarios import Scenario, load

MONACO = Path(__file__).parents[2].parent / "shared" / "data" / "osm_monaco" / "monaco.osm.pbf"
CALL = ("--at", "60.1728,24.9493", "--floor", "3", "--time", "2026-05-06T14:00:00+03:00")


@pytest.fixture(scope="module")
def extract() -> Path:
    """The extract of central Helsinki; fetched (hash-checked, once) where it can be."""
    from deploy.extracts import provide
    from shared.scenarios.extracts import helsinki_extract

    try:
        provide("helsinki")
    except UserError as error:
        pytest.skip(f"needs the streets of central Helsinki: {error}")
    return helsinki_extract()


@pytest.fixture(scope="module")
def helsinki(extract: Path) -> Scenario:
    from datetime import date

    assert extract.is_file()
    return load("helsinki", today=date(2026, 5, 6))


def decided(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, *CALL, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_helsinki_is_decided_on_its_own_streets(
    extract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = decided(capsys, "--scenario", "helsinki")
    assert plan["basis"]["routing"] == "streets"
    assert plan["basis"]["streets"] == plan["streets"]["version"]
    assert plan["streets"]["file"] == extract.name
    assert plan["attribution"] == ["© OpenStreetMap contributors, ODbL"]
    assert {choice["task"] for choice in plan["rescuers"]} >= {"direct", "via_aed"}
    assert {choice["kind"] for choice in plan["units"]} == {"ambulance", "health_team"}
    named = decided(capsys, "--scenario", "helsinki", "--roads", str(extract))
    assert named == plan


@pytest.mark.usefixtures("extract")
def test_streets_of_elsewhere_lead_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not MONACO.is_file():
        pytest.skip("needs the extract of Monaco in the shared data, which is not here")
    plan = decided(capsys, "--scenario", "helsinki", "--roads", str(MONACO))
    # They do not come near the patient: the plan is made on the grid, and says so.
    assert plan["streets"] is None
    assert plan["basis"]["routing"] == "h3-grid"


def test_current_streets_count_only_where_they_are(
    extract: Path, helsinki: Scenario, tmp_path: Path
) -> None:
    from datetime import date

    data = tmp_path / "data"
    data.mkdir()
    assert current_streets(data) is None
    built = built_from(extract, data)
    assert current_streets(data) == built
    assert current_streets(data, helsinki) == built
    assert current_streets(data, load("takamatsu", today=date(2026, 5, 6))) is None
    assert built.document() == {
        "version": built.version,
        "attribution": "© OpenStreetMap contributors, ODbL",
        "file": "Helsinki.osm.pbf",
    }


def test_without_bounds_streets_cover_nothing() -> None:
    assert not Streets(Path(), "v", "a", None, None).has(0.0, 0.0)


def test_no_extract_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "roads.osm.pbf").write_text("no roads")
    arguments = ["--scenario", "takamatsu", *CALL, "--roads", str(tmp_path / "roads.osm.pbf")]
    with pytest.raises(UserError, match="not an OpenStreetMap extract"):
        main(arguments)
