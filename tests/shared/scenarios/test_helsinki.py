"""Helsinki: real streets, all on them made up; skipped where the extract is not installed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deploy.roads.built import built_of
from shared.contracts.words import Task, UnitKind
from shared.decision import Patient, decide, default_policy
from shared.geometry.cells import centre_of
from shared.scenarios import Scenario, load, roads_of
from shared.scenarios.catalogue import LISTED
from shared.scenarios.extracts import ENVIRONMENT, HELSINKI, helsinki_extract
from shared.scenarios.files import ScenarioError
from shared.scenarios.helsinki_places import central_helsinki
from shared.scenarios.records import known_of
from shared.streets.router import StreetRouter

HOURS = ("2026-05-06 03:00", "2026-05-06 10:00", "2026-05-09 14:00", "2026-12-06 23:00")


@pytest.fixture(scope="module")
def helsinki(extract: Path, today: date) -> Scenario:
    assert roads_of("helsinki") == extract
    return load("helsinki", today=today)


@pytest.fixture(scope="module")
def streets(extract: Path) -> StreetRouter:
    policy = default_policy()
    return StreetRouter(built_of(extract).graph, policy.streets, policy.travel)


def test_the_list_says_what_is_made(helsinki: Scenario) -> None:
    listed = next(each for each in LISTED if each.name == "helsinki")
    assert {t: n for t, n in helsinki.counts().items() if t != "presence"} == listed.counts
    assert helsinki.manifest.title == listed.title
    assert helsinki.manifest.synthetic == listed.synthetic
    assert tuple(s.attribution for s in helsinki.manifest.sources) == listed.attribution
    assert helsinki.manifest.seed == listed.seed


def test_devices_and_people_are_marked_as_made_up(helsinki: Scenario) -> None:
    for row in (*helsinki.aeds, *helsinki.rescuers, *helsinki.units):
        assert row["provenance"]["synthetic"] is True
    real = [row for row in helsinki.stations if not row["provenance"]["synthetic"]]
    assert len(real) == 7
    assert {row["provenance"]["licence"] for row in real} == {"ODbL"}
    at_real_places = [row for row in helsinki.aeds if "licence" in row["provenance"]]
    assert len(at_real_places) == len(helsinki.aeds) - 2


def test_everything_lies_in_the_extract(helsinki: Scenario) -> None:
    city = central_helsinki()
    for row in (*helsinki.aeds, *helsinki.stations):
        assert city.inside(row["place"]["latitude"], row["place"]["longitude"], rim_m=0)
    cells = {place["cell"] for row in helsinki.rescuers for place in row["places"]}
    assert len(cells) > 80
    assert all(city.inside(*centre_of(cell), rim_m=0) for cell in cells)


def test_the_same_seed_and_day_give_the_same(helsinki: Scenario, today: date) -> None:
    assert load("helsinki", today=today) == helsinki
    assert load("helsinki", today=today, seed=2) != helsinki


@pytest.mark.parametrize("local", HOURS)
def test_the_demonstrations_call_gets_a_whole_plan(
    helsinki: Scenario, streets: StreetRouter, local: str
) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Helsinki")).astimezone(UTC)
    demo = helsinki.manifest.demo
    patient = Patient(
        demo.place.latitude, demo.place.longitude, now, floor=demo.floor,
        conscious=demo.conscious, breathing=demo.breathing_normally,
    )  # fmt: skip
    plan = decide(known_of(helsinki, now).snapshot(streets), patient, now, default_policy())
    assert plan.basis.routing == "streets"
    tasks = Counter(choice.task for choice in plan.rescuers)
    assert tasks[Task.DIRECT] >= 3
    assert tasks[Task.VIA_AED] >= 1
    assert {unit.kind for unit in plan.units} == {UnitKind.AMBULANCE, UnitKind.HEALTH_TEAM}
    # Volunteers matter: an ambulance takes some eight minutes.
    assert plan.ambulance_eta_s is not None
    assert 420 < plan.ambulance_eta_s < 600


def test_an_exported_one_reads_back(helsinki: Scenario, today: date, tmp_path: Path) -> None:
    from shared.scenarios import write

    write(helsinki, tmp_path / "city")
    assert load(tmp_path / "city", today=today) == helsinki
    manifest = json.loads((tmp_path / "city" / "manifest.json").read_text())
    assert manifest["sources"][0]["licence"] == "ODbL"


def test_another_extract_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    file = tmp_path / HELSINKI
    file.parent.mkdir(parents=True)
    file.write_bytes(b"OSMHeader of another city")
    with pytest.raises(ScenarioError, match=r"is not the extract .*helsinki\.lock"):
        helsinki_extract()


def test_without_the_extract_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ScenarioError, match="demo --scenario helsinki` fetches them"):
        load("helsinki", today=date(2026, 5, 1))
