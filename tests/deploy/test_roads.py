from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import h3
import httpx
import numpy as np
import pytest
import shapely

from deploy import bulk, cli, imports, roads
from deploy.commands import plan
from deploy.datadir import DataDir
from deploy.errors import UserError
from deploy.roads import built
from deploy.roads.defibrillators import rows_of
from shared.contracts.words import TransportMode
from shared.decision.policy import default_policy
from shared.streets.graph import load
from tests.deploy_loading.conftest import FakeGateway, Row
from tests.shared.streets.extracts import Oracle, Way, monaco, random_extract, write_pbf

NEXT_M = 78.6266
"""From node to node of the line, metres."""
LINE = {each: (45.0, 7.0 + each / 1000) for each in range(1, 10)}
STREET: list[Way] = [(tuple(LINE), {"highway": "residential"})]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a data directory of the test's own."""
    monkeypatch.setenv("LIFERING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LIFERING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def line(tmp_path: Path) -> Path:
    return write_pbf(tmp_path / "line.osm.pbf", LINE, STREET)


def reach(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert plan.main(["reach", *map(str, words), "--json"]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def agrees(report: dict[str, Any], oracle: Oracle, place: tuple[float, float]) -> None:
    node, snap_m = oracle.snap(place)
    expected = oracle.reach(node, report["within_m"])
    assert report["snap_node"] == node
    assert report["snap_m"] == pytest.approx(snap_m, abs=1e-6)
    assert report["node_ids"] == sorted(expected)
    assert report["reached_nodes"] == len(expected)
    cells = {h3.latlng_to_cell(*oracle.places[each], 9) for each in expected}
    assert report["h3_cells"] == sorted(cells)
    outline = shapely.geometry.shape(report["polygon"])
    assert outline.is_valid
    assert not outline.is_empty
    # Longitude first; every node that is reached lies in it.
    points = [shapely.Point(*reversed(oracle.places[each])) for each in expected]
    assert all(outline.buffer(1e-5).contains(each) for each in points)


def test_reach_of_monaco_is_the_oracles(capsys: pytest.CaptureFixture[str]) -> None:
    file, place = monaco(), (43.7384, 7.4246)
    report = reach(capsys, "--roads", file, "--from", "43.7384,7.4246", "--within-m", 840)
    assert report["reached_nodes"] > 1_000
    assert report["attribution"] == "© OpenStreetMap contributors, ODbL"
    agrees(report, Oracle(file), place)
    # Kept in the cache: the second answer is the same.
    assert report == reach(
        capsys, "--roads", file, "--from", "43.7384,7.4246", "--within-m", 840, "--mode", "walk"
    )


@pytest.mark.parametrize("seed", [21, 22, 23, 24])
def test_reach_on_random_streets_is_the_oracles(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = random_extract(seed, tmp_path / "random.osm.pbf")
    oracle = Oracle(file)
    place = oracle.places[sorted(oracle.largest)[0]]
    place = (place[0] + 0.0003, place[1] - 0.0004)
    report = reach(capsys, "--roads", file, "--from", f"{place[0]},{place[1]}", "--within-m", 700)
    agrees(report, oracle, place)


def test_the_outline_of_a_whole_province_is_made_of_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.roads.outline.ROUGH_ABOVE", 0)
    file = random_extract(21, tmp_path / "random.osm.pbf")
    oracle = Oracle(file)
    place = oracle.places[sorted(oracle.largest)[0]]
    report = reach(capsys, "--roads", file, "--from", f"{place[0]},{place[1]}", "--within-m", 900)
    agrees(report, oracle, place)
    assert report["polygon"]["type"] == "Polygon"


def test_a_start_with_a_minus_and_a_limit_of_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    south = {node: (-33.9, -18.4 + node / 1000) for node in LINE}
    file = write_pbf(tmp_path / "south.osm.pbf", south, STREET)
    report = reach(capsys, "--roads", file, "--from", "-33.9,-18.399", "--within-m", 0)
    assert report["node_ids"] == [1]
    assert shapely.geometry.shape(report["polygon"]).area > 0


def test_seconds_and_other_modes(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--roads", line, "--from", "45,7.001")
    by_mode = {
        mode: reach(capsys, *where, "--within-s", 200, "--mode", mode)["reached_nodes"]
        for mode in ("walk", "cycle", "drive")
    }
    policy = default_policy()
    speed_m_s = {
        "walk": policy.travel.speed_m_s[TransportMode.FOOT],
        "cycle": policy.travel.speed_m_s[TransportMode.BICYCLE],
        "drive": policy.streets.drive_m_s.residential,
    }
    assert by_mode == {
        mode: 1 + min(8, int(200 * speed / NEXT_M)) for mode, speed in speed_m_s.items()
    }
    drive = reach(capsys, *where, "--within-s", 60, "--mode", "drive")
    assert drive["farthest_s"] == pytest.approx(
        int(60 * speed_m_s["drive"] / NEXT_M) * NEXT_M / speed_m_s["drive"], rel=1e-4
    )
    assert plan.main(["reach", *map(str, where), "--within-m", "160"]) == 0
    assert "3 of 9 nodes within 160 m" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "91,7", "--within-m", "10"], "latitude"),
        (["--from", "45,181", "--within-m", "10"], "longitude"),
        (["--from", "here", "--within-m", "10"], "LAT,LNG"),
        (["--from", "45", "--within-m", "10"], "LAT,LNG"),
        (["--from", "nan,7", "--within-m", "10"], "two numbers"),
        (["--from", "45,7", "--within-m", "-1"], "--within-m"),
        (["--from", "45,7", "--within-m", "nan"], "--within-m"),
        (["--from", "45,7", "--within-s", "inf"], "--within-s"),
        (["--from", "45.5,7.5", "--within-m", "10"], "--snap-max-m 1000"),
        (["--from", "45.001,7", "--within-m", "10", "--snap-max-m", "50"], "--snap-max-m 50"),
    ],
)
def test_bad_questions_are_one_clear_line(words: list[str], said: str, line: Path) -> None:
    with pytest.raises(UserError, match=said) as error:
        plan.main(["reach", "--roads", str(line), *words])
    assert "\n" not in str(error.value)


def test_bad_files_are_one_clear_line(line: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.osm.pbf"
    text.write_text("no extract")
    damaged = tmp_path / "damaged.osm.pbf"
    damaged.write_bytes(line.read_bytes()[:-20])
    empty = write_pbf(tmp_path / "empty.osm.pbf", LINE, [((1, 2), {"building": "yes"})])
    for file, said in (
        (tmp_path / "nothing.osm.pbf", "readable"),
        (tmp_path, "folder"),
        (text, "PBF form"),
        (damaged, "damaged"),
        (empty, "has no streets"),
    ):
        with pytest.raises(UserError, match=said) as error:
            plan.main(["reach", "--roads", str(file), "--from", "45,7", "--within-m", "10"])
        assert "\n" not in str(error.value)
    stairs = write_pbf(tmp_path / "stairs.osm.pbf", LINE, [((1, 2), {"highway": "steps"})])
    with pytest.raises(UserError, match="no streets for --mode drive"):
        plan.main(
            ["reach", "--roads", str(stairs), "--from", "45,7", "--within-m", "9",
             "--mode", "drive"]
        )  # fmt: skip


def test_plan_names_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", "--help"]) == 0
    said = capsys.readouterr().out
    assert "reach" in said
    assert "decide" in said
    assert plan.main([]) == 2
    with pytest.raises(UserError, match="no command plan 'ambulances'"):
        plan.main(["ambulances"])


def test_the_cache_knows_a_file_by_its_content(
    line: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built.built_of(line)
    monkeypatch.setattr(built, "read_extract", None)  # nothing is read again
    again = built.built_of(line)
    assert again.graph.version == first.graph.version
    assert again.source == first.source
    renamed = line.rename(tmp_path / "renamed.osm.pbf")
    assert built.built_of(renamed).source["file"] == "renamed.osm.pbf"
    write_pbf(renamed, LINE, [((1, 2, 3), {"highway": "path"})])
    with pytest.raises(TypeError):
        built.built_of(renamed)


def test_the_cache_forgets_what_was_used_longest_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built, "KEPT", 2)
    cache = tmp_path / "cache" / "streets"
    for number in range(2, 6):
        file = write_pbf(
            tmp_path / "a.osm.pbf", LINE, [(range(1, number + 1), {"highway": "path"})]
        )
        built.built_of(file)
        for folder in cache.iterdir():
            os.utime(folder, ns=(folder.stat().st_atime_ns, folder.stat().st_mtime_ns - 10**9))
    assert sorted(len(load(each).osm_id) for each in cache.iterdir()) == [4, 5]


def test_a_cache_that_cannot_be_written_stops_nobody(
    line: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "a-file"
    in_the_way.write_text("")
    monkeypatch.setenv("LIFERING_CACHE", str(in_the_way))
    assert len(built.built_of(line).graph.osm_id) == 9
    assert "not kept in the cache" in capsys.readouterr().err


def test_streets_of_a_data_directory(line: Path, home: Path, tmp_path: Path) -> None:
    data = DataDir(home)
    data.make()
    assert roads.current(home) is None
    said: list[str] = []
    first = roads.build(line, data, lambda what, done, total: said.append(what))
    assert roads.current(data) == first == home / "streets" / load(first).version
    assert said == ["ways", "nodes", "streets", "things on the map", "tiles", "names"]
    other = write_pbf(tmp_path / "other.osm.pbf", LINE, [((1, 2, 3), {"highway": "path"})])
    second = roads.build(other, home)
    assert roads.current(home) == second != first
    assert load(roads.streets_dir(home)).version == load(second).version
    # What services may still have mapped stays.
    assert np.array_equal(np.sort(load(first).osm_id), sorted(LINE))
    for name in ("gone", "", "..", "../.."):
        (home / "streets" / "current").write_text(name)
        assert roads.current(home) is None


TAGS = {
    1: {"opening_hours": "Mo-Fr 08:00-18:00", "access": "customers", "level": "2",
        "defibrillator:location": "by the lift", "ref": "A-17", "name": "Town hall",
        "operator": "Town", "phone": "+377 1"},
    2: {},
    3: {"opening_hours": "when the shop is open", "access": "ask", "level": "0;1", "ref": "B",
        "check_date": "2023-08-30", "indoor": "no"},
    4: {"access": "permissive", "level": "-1", "opening_hours": "24/7"},
    5: {"access": "no"},
}  # fmt: skip


def with_aeds(folder: Path) -> Path:
    tags = {node: {"emergency": "defibrillator"} | more for node, more in TAGS.items()}
    return write_pbf(
        folder / "aeds.osm.pbf", LINE, STREET, tags | {6: {"emergency": "fire_hydrant"}}
    )


def test_what_tags_do_not_say_stays_unknown(tmp_path: Path) -> None:
    found = built.built_of(with_aeds(tmp_path)).source["defibrillators"]
    outcome = rows_of(found, "aeds.osm.pbf")
    assert outcome.refused == []
    rows = {row["id"]: row for row in outcome.rows}
    assert list(rows) == [f"osm-{node}" for node in TAGS]
    provenance = {
        "source": "OpenStreetMap (aeds.osm.pbf)", "licence": "ODbL 1.0", "synthetic": False
    }  # fmt: skip
    place = {"latitude": 45.0, "longitude": 7.001, "datum": "wgs84"}
    assert rows["osm-1"] == {
        "id": "osm-1", "name": "Town hall", "place": place, "provenance": provenance,
        "opening_hours": "Mo-Fr 08:00-18:00", "access": "staff", "floor": 2,
        "placement": "by the lift", "keeper": {"name": "Town", "phone": "+377 1"},
    }  # fmt: skip
    place = place | {"longitude": 7.002}
    assert rows["osm-2"] == {
        "id": "osm-2", "name": "AED 2", "place": place, "provenance": provenance
    }  # fmt: skip
    assert set(rows["osm-3"]) == {"id", "name", "place", "provenance"}
    assert rows["osm-3"]["name"] == "B"
    assert {each["field"] for each in outcome.warnings} == {"opening_hours", "floor", "access"}
    assert (rows["osm-4"]["access"], rows["osm-4"]["floor"]) == ("public", -1)
    assert rows["osm-5"]["access"] == "private"


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake, real = FakeGateway(), bulk.gateway_client
    monkeypatch.setattr(
        bulk, "gateway_client", lambda url, token: real(url, token, httpx.MockTransport(fake))
    )
    monkeypatch.setenv("LIFERING_TOKEN", "a-registrar")
    return fake


def test_import_roads_and_its_defibrillators(
    gateway: FakeGateway, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["roads", str(with_aeds(tmp_path)), "--aeds", "--url", "http://gateway", "--json"]
    assert imports.main(words) == 0
    report: Row = json.loads(capsys.readouterr().out)
    assert report["defibrillators"]["found"] == 5
    assert report["defibrillators"]["nodes"] == [1, 2, 3, 4, 5]
    assert report["defibrillators"]["imported"]["created"] == 5
    assert set(gateway.tables["aeds"]) == {f"osm-{node}" for node in TAGS}
    assert report["profiles"]["walk"]["routable_nodes"] == 9
    assert report["bounds"] == {"south": 45.0, "west": 7.001, "north": 45.0, "east": 7.009}
    assert report["running"] is False
    assert roads.current(home) == Path(report["folder"])
    assert imports.main(words) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["defibrillators"]["imported"]["unchanged"] == 5


def test_refused_defibrillators_are_reported_by_node(
    gateway: FakeGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = {"field": "place", "message": "is abroad", "mend": "leave it out"}
    gateway.refuse = lambda row: error if row["id"] == "osm-4" else None
    words = ["roads", str(with_aeds(tmp_path)), "--aeds", "--url", "http://gateway"]
    assert imports.main(words) == 1
    said = capsys.readouterr().out
    assert "node 4: place: is abroad; leave it out" in said
    assert "4 created, 0 updated, 0 unchanged, 1 refused" in said


def test_without_aeds_nothing_is_sent(
    gateway: FakeGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imports.main(["roads", str(with_aeds(tmp_path))]) == 0
    said = capsys.readouterr()
    assert "5 defibrillators" in said.out
    assert "lifering: joining the streets" in said.err
    assert gateway.requests == []


def test_a_gateway_that_is_not_there_is_told_before_the_long_work(
    line: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match=r"\./lifering up"):
        imports.main(["roads", str(line), "--aeds"])
    assert roads.current(home) is None
    assert "ways" not in capsys.readouterr().err


def test_monacos_ten_defibrillators(capsys: pytest.CaptureFixture[str]) -> None:
    assert imports.main(["roads", str(monaco()), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["defibrillators"]["found"] == len(report["defibrillators"]["nodes"]) == 10
    assert report["attribution"] == "© OpenStreetMap contributors, ODbL"
