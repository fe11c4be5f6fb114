"""plan decide: every candidate with a reason, and the same bytes for the same inputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.commands.plan_decide import main
from deploy.errors import UserError
from deploy.planning.question import joined, read_place, read_time

ROOT = Path(__file__).resolve().parents[2]
SANMING = ("--scenario", "sanming", "--at", "26.2848,117.6293")
TAKAMATSU = ("--scenario", "takamatsu", "--at", "34.32998,134.05123", "--floor", "1")
NIGHT, DAY = "2026-05-06T03:00:00+08:00", "2026-05-09T14:00:00+09:00"

Json = dict[str, Any]
Capture = pytest.CaptureFixture[str]


def decided(capsys: Capture, *arguments: str) -> Json:
    assert main([*arguments, "--json"]) == 0
    document: Json = json.loads(capsys.readouterr().out)
    return document


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corner of Takamatsu as a directory: small, so that asking is quick."""
    from datetime import date

    from shared.scenarios import Scenario, load, write

    whole = load("takamatsu", today=date(2026, 5, 6))
    people = whole.rescuers[:250]
    known = {row["id"] for row in people}
    folder = tmp_path_factory.mktemp("scenario") / "corner"
    presence = [row for row in whole.presence if row["rescuer_id"] in known]
    write(
        Scenario(whole.manifest, whole.aeds, people, whole.stations, whole.units, presence), folder
    )
    return folder


@pytest.mark.parametrize("time", [NIGHT, DAY])
@pytest.mark.parametrize("place", [SANMING, TAKAMATSU], ids=["sanming", "takamatsu"])
def test_every_candidate_is_told_with_its_reason(
    capsys: Capture, place: tuple[str, ...], time: str
) -> None:
    plan = decided(capsys, *place, "--time", time)
    assert plan["rescuers"]
    assert plan["units"]
    told = [*plan["rescuers"], *plan["units"], *plan["skipped"]]
    assert all(each["reason"] for each in told)
    counts: dict[str, int] = {}
    for each in plan["skipped"]:
        key = f"{each['kind']}.{each['reason']}"
        counts[key] = counts.get(key, 0) + 1
    # Nobody is only counted, however many are barred for the same reason.
    assert counts == plan["skipped_counts"]
    assert max(counts.values()) > 20
    chosen = {each["rescuer_id"] for each in plan["rescuers"]}
    assert not chosen & {each["id"] for each in plan["skipped"]}
    assert plan["call_at"] == plan["made_at"]
    assert plan["snapshot"]["records"]["rescuers"] in (32_400, 6_000)
    assert plan["basis"]["routing"] == "h3-grid"
    assert plan["streets"] is None


def test_the_same_bytes_in_any_process(city: Path) -> None:
    command = [
        sys.executable, "-P", "-m", "deploy.cli", "plan", "decide", "--scenario", str(city),
        *TAKAMATSU[2:], "--time", NIGHT, "--json",
    ]  # fmt: skip
    outputs = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("4711", "Asia/Tokyo"))
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["rescuers"]


def test_another_moment_is_another_plan(capsys: Capture, city: Path) -> None:
    asked = ("--scenario", str(city), *TAKAMATSU[2:], "--time")
    night, day = decided(capsys, *asked, NIGHT), decided(capsys, *asked, DAY)
    assert night["snapshot"]["id"] != day["snapshot"]["id"]  # live places are as of the call
    assert night["rescuers"][0]["p_accept"] < day["rescuers"][0]["p_accept"]


def test_a_kept_snapshot_gives_the_same_plan(capsys: Capture, city: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    asked = (*TAKAMATSU[2:], "--time", DAY)
    first = decided(capsys, "--scenario", str(city), *asked, "--snapshot-to", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert decided(capsys, "--snapshot", str(file), *asked) == first
    # Without a moment: the one at which it was taken.
    assert decided(capsys, "--snapshot", str(file), *TAKAMATSU[2:]) == first


def test_a_changed_snapshot_is_refused(capsys: Capture, city: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    asked = (*TAKAMATSU[2:], "--time", DAY)
    decided(capsys, "--scenario", str(city), *asked, "--snapshot-to", str(file))
    document = json.loads(file.read_text())
    document["content"]["tables"]["aeds"]["records"].pop()
    file.write_text(json.dumps(document))
    with pytest.raises(UserError, match="was changed after it was taken"):
        main(["--snapshot", str(file), *asked])


def test_a_datum_moves_the_place(capsys: Capture, city: Path) -> None:
    asked = ("--scenario", str(city), "--time", DAY, "--at")
    here = decided(capsys, *asked, "34.32998,134.05123")["patient"]
    gcj = decided(capsys, *asked, "34.32998,134.05123", "--datum", "gcj02")["patient"]
    assert here["latitude"] == 34.32998
    assert 0.0005 < abs(gcj["latitude"] - here["latitude"]) < 0.01
    assert gcj["datum"] == "wgs84"


def test_people_are_told_what_is_missing(capsys: Capture, city: Path) -> None:
    assert main(["--scenario", str(city), *TAKAMATSU[2:], "--time", NIGHT]) == 0
    shown = capsys.readouterr().out
    assert "CPR within 240 s" in shown
    assert "to meet cpr:" in shown
    assert "not_verified" in shown
    assert "nearest_ambulance" in shown
    assert "CC BY 4.0" in shown


def test_a_rule_of_another_system_is_asked_for_by_name(capsys: Capture, city: Path) -> None:
    asked = ("--scenario", str(city), *TAKAMATSU[2:], "--time", DAY)
    ours, theirs = decided(capsys, *asked), decided(capsys, *asked, "--policy", "k-nearest")
    assert (ours["rule"], theirs["rule"]) == ("target", "k-nearest")
    assert ours["snapshot"] == theirs["snapshot"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("--time", "2026-05-06T03:00:00"), "has no time zone: add one"),
        (("--time", "soon"), "write a moment such as"),
        (("--time", "0001-01-01T00:00:00Z"), "choose a year"),
        (("--at", "somewhere"), "write LAT,LNG"),
        (("--at", "134.05,34.33"), "latitude comes first"),
        (("--at", "nan,0"), "two numbers"),
        (("--floor", "ground"), "whole number"),
        (("--floor", "999"), "from -20 to 200"),
        (("--policy", "guess"), "guess"),
        (("--policy", "nowhere.json"), "nowhere.json"),
        (("--scenario", "atlantis"), "no scenario 'atlantis'"),
        (("--snapshot-to", "/dev/null/x"), "cannot be written"),
    ],
)
def test_mistakes_are_one_line(city: Path, changed: tuple[str, str], says: str) -> None:
    asked = {"--scenario": str(city), "--at": "34.33,134.05", "--time": DAY}
    with pytest.raises(UserError, match=says) as caught:
        main([word for pair in (asked | dict([changed])).items() for word in pair])
    assert "\n" not in str(caught.value)


def test_a_scenario_needs_a_moment(city: Path) -> None:
    with pytest.raises(UserError, match="--time is needed"):
        main(["--scenario", str(city), "--at", "34.33,134.05"])


def test_nothing_running_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFERING_HOME", str(tmp_path / "none"))
    with pytest.raises(UserError, match="nothing runs"):
        main(["--live", "--at", "34.33,134.05"])


def test_south_and_west_are_places_too() -> None:
    assert joined(["--at", "-33.9,18.4", "--json"], "--at") == ["--at=-33.9,18.4", "--json"]
    assert read_place("-33.9,-18.4", "wgs84") == (-33.9, -18.4)
    assert read_place("0,0", "wgs84") == (0.0, 0.0)


def test_a_moment_may_be_in_any_zone() -> None:
    assert read_time("2026-05-06T03:00:00+08:00") == read_time("2026-05-05T19:00:00Z")
