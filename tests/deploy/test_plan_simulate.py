"""plan simulate and compare: files in, one document out, the same for any number of processes."""

from __future__ import annotations

import csv
import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from deploy.commands.plan_compare import main as compare
from deploy.commands.plan_simulate import main as simulate
from deploy.errors import UserError
from shared.planning.assumption_words import LABELS, SOURCES_ZH
from shared.planning.simulation_words import WORDS
from shared.simulation.assumptions import SOURCES

Json = dict[str, Any]
Capture = pytest.CaptureFixture[str]
SHORT = ("--years", "0.02", "--replications", "2", "--seed", "4")
NUMBERS = {
    "cpr_s", "shock_s", "als_s", "share_cpr_240s", "share_shock_360s", "alerts_per_incident",
    "redundant_arrivals", "before_ems_share", "survival_index", "ci95",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corner of Takamatsu as a directory, and a second one with half of its rescuers."""
    from shared.scenarios import Scenario, load, write

    whole = load("takamatsu", today=date(2026, 5, 6))
    folder = tmp_path_factory.mktemp("scenarios")
    for name, count in (("corner", 300), ("fewer", 150)):
        people = whole.rescuers[:count]
        write(
            Scenario(whole.manifest, whole.aeds, people, whole.stations, whole.units, []),
            folder / name,
        )
    return folder


def told(capsys: Capture, main: Any, *arguments: str) -> Json:
    assert main([*arguments, "--json"]) == 0
    out = capsys.readouterr()
    document: Json = json.loads(out.out)
    assert "to go" in out.err
    return document


def test_a_document_an_utstein_file_and_a_report(
    city: Path, capsys: Capture, tmp_path: Path
) -> None:
    rows, page = tmp_path / "u.csv", tmp_path / "r.html"
    policies = "target,two-direct-one-aed"
    given = ["--scenario", str(city / "corner"), "--policy", policies, *SHORT]
    given += ["--population", "400000", "--no-other-calls"]
    one = told(
        capsys, simulate, *given, "--processes", "2", "--utstein", str(rows),
        "--report", str(page), "--language", "zh-CN",
    )  # fmt: skip
    assert set(one) >= {"scenario", "seed", "incidents", "policies"}
    assert one["scenario"] == "corner"
    for name in policies.split(","):
        assert set(one["policies"][name]) >= NUMBERS
        assert len(one["policies"][name]["ci95"]["cpr_s"]["median"]) == 2
    assert "difference" in one["policies"]["two-direct-one-aed"]
    again = told(capsys, simulate, *given, "--processes", "1")
    assert again == one

    table = list(csv.DictReader(rows.read_text(encoding="utf-8").splitlines()))
    assert len(table) == 2 * one["incidents"]
    assert all(row["synthetic"] == "1" for row in table)
    same = [r for r in table if r["incident"] == "0" and r["replication"] == "0"]
    assert len({r["call_received_at"] for r in same}) == 1
    check_page(page, "zh-CN", "two-direct-one-aed")


class Page(HTMLParser):
    """What a page holds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.language = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href") and value:
                self.links.append(value)
            if tag == "html" and name == "lang":
                self.language = value or ""

    def handle_data(self, data: str) -> None:
        self.text += data


def check_page(path: Path, language: str, policy: str) -> None:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.language == language
    assert not page.links
    assert "script" not in page.tags
    assert page.tags.count("svg") == 4
    assert policy in page.text
    assert "BASIC-OHCA" in page.text


def test_every_word_is_there_in_both_languages() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh-CN"])
    assert set(LABELS) == set(SOURCES_ZH) == set(SOURCES)


def test_scenarios_compared_on_the_same_arrests(
    city: Path, capsys: Capture, tmp_path: Path
) -> None:
    page = tmp_path / "r.html"
    document = told(
        capsys, compare, str(city / "corner"), str(city / "fewer"), *SHORT, "--no-other-calls",
        "--population", "400000", "--report", str(page), "--language", "en",
    )  # fmt: skip
    first, second = (document["scenarios"][name] for name in ("corner", "fewer"))
    assert first["incidents"] == second["incidents"] > 0
    gap = second["policies"]["target"]["difference_to_first_scenario"]
    assert gap["alerts_per_incident"] <= 0
    # Ambulances do not depend on volunteers: the same arrests, the same ambulances.
    assert gap["als_s"] == {"median": 0.0, "p90": 0.0}
    assert "Simulated cardiac arrests" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--policy", "nearest"), "--policy policy: 'nearest' is no file and none of"),
        (("--policy", "target,target"), "'target' is there twice"),
        (("--demand", "no.csv"), "no such file"),
    ],
)
def test_mistakes_are_one_line(city: Path, arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(UserError, match=says):
        simulate(["--scenario", str(city / "corner"), *SHORT, *arguments])


def test_a_file_of_demand(city: Path, capsys: Capture, tmp_path: Path) -> None:
    points = tmp_path / "d.csv"
    points.write_text("latitude,longitude,weight\n34.34,134.05,200000\n34.33,134.04,-1\n")
    given = ("--scenario", str(city / "corner"), "--demand", str(points), *SHORT)
    with pytest.raises(UserError, match=r"row 2, weight: '-1' is not from 0"):
        simulate(list(given))
    points.write_text("latitude,longitude,weight\n34.34,134.05,200000\n34.33,134.04,100000\n")
    document = told(capsys, simulate, *given, "--no-other-calls")
    assert document["basis"]["population"] == 300_000
