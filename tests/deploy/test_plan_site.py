"""`plan site` and `plan relocate` as a planner uses them: files in, one document out."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from deploy.commands import plan_relocate, plan_site
from deploy.errors import UserError

SAN_FRANCISCO = Path(__file__).parents[2].parent / "shared" / "data" / "facility_location_sf"
FIELDS = ["model", "status", "objective", "bound", "gap", "sites", "covered_weight",
          "total_weight", "elapsed_s"]  # fmt: skip
PLANE = {
    "d": "id,x,y,weight\na,0,0,10\nb,10,0,5\nc,30,0,2.5\n",
    "s": "id,x,y\nwest,5,0\neast,30,0\nfar,90,90\n",
    "e": "id,x,y\nold,31,0\n",
}


def site(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert plan_site.main([str(each) for each in [*arguments, "--json"]]) == 0
    return dict(json.loads(capsys.readouterr().out))


@pytest.fixture
def plane(tmp_path: Path) -> list[str]:
    for name, text in PLANE.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return ["--demand", str(tmp_path / "d.csv"), "--sites", str(tmp_path / "s.csv")]


def test_the_document(plane: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = site(capsys, "--model", "mclp", *plane, "--radius-m", "5", "--p", "1")
    assert list(found) == FIELDS
    assert found | {"elapsed_s": 0} == {
        "model": "mclp", "status": "optimal", "objective": 15.0, "bound": 15.0, "gap": 0.0,
        "sites": ["west"], "covered_weight": 15.0, "total_weight": 17.5, "elapsed_s": 0,
    }  # fmt: skip


def test_the_limit_itself_counts(plane: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    shorter = str(math.nextafter(5, 0))
    found = site(capsys, "--model", "mclp", *plane, "--radius-m", shorter, "--p", "3")
    assert found["objective"] == 2.5


def test_existing_sites_serve_for_nothing(
    plane: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old: list[str | Path] = ["--existing", tmp_path / "e.csv"]
    found = site(capsys, "--model", "mclp", *plane, *old, "--radius-m", "5", "--p", "1")
    assert (found["objective"], found["sites"]) == (17.5, ["west"])
    found = site(capsys, "--model", "lscp", *plane, *old, "--radius-m", "5")
    assert (found["objective"], found["sites"]) == (1.0, ["west"])
    found = site(capsys, "--model", "pmedian", *plane, *old, "--p", "1")
    assert found["objective"] == 10 * 5 + 5 * 5 + 2.5
    found = site(capsys, "--model", "pcenter", *plane, *old, "--p", "1")
    assert found["objective"] == 5.0


def test_ambulances_share_a_site(plane: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = site(
        capsys, "--model", "mexclp", *plane, "--radius-m", "5", "--p", "2",
        "--busy-fraction", "0.5",
    )  # fmt: skip
    assert found["sites"] == ["west", "west"]
    assert found["objective"] == 15 * 0.75


def test_what_cannot_be_is_said(plane: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = site(capsys, "--model", "lscp", *plane, "--radius-m", "1")
    assert (found["status"], found["objective"], found["sites"]) == ("infeasible", None, [])


def test_great_circle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.csv").write_text("id,latitude,longitude,weight\na,0,0,1\nb,0,1,3\n")
    (tmp_path / "s.csv").write_text("id,latitude,longitude\ns,0,0\n")
    files: list[str | Path] = ["--demand", tmp_path / "d.csv", "--sites", tmp_path / "s.csv"]
    degree_m = math.pi / 180
    found = site(capsys, "--model", "pmedian", *files, "--p", "1", "--earth-radius-m", "1000000")
    assert found["objective"] == pytest.approx(3e6 * degree_m, rel=1e-12)


def test_a_closed_site_covers_no_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.csv").write_text(
        "id,x,y,weight_day,weight_evening,weight_night\nlow,0,0,80,0,0\nhigh,9,0,0,0,100\n"
    )
    (tmp_path / "s.csv").write_text(
        "id,x,y,hours\nshop,9,0,08:00-16:00\nhall,0,0,Mo-Fr 08:00-12:00\ndoor,9,1,24/7\n"
    )
    files: list[str | Path] = ["--demand", tmp_path / "d.csv", "--sites", tmp_path / "s.csv"]
    found = site(capsys, "--model", "mclp", *files, "--radius-m", "1", "--p", "1")
    assert (found["objective"], found["sites"]) == (100.0, ["door"])
    found = site(capsys, "--model", "mclp", *files, "--radius-m", "1", "--p", "2")
    assert found["objective"] == pytest.approx(100 + 80 * 5 / 7 / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "mclp", "--radius-m", "5"], "needs --p"),
        (["--model", "mclp", "--p", "1"], "needs --radius-m"),
        (["--model", "mexclp", "--p", "1", "--radius-m", "5"], "needs --busy-fraction"),
        (["--model", "pmedian", "--p", "4"], "there are 3 sites"),
        (["--model", "mclp", "--p", "1", "--within-s", "5"], "--within-s"),
        (["--model", "mclp", "--p", "1", "--radius-m", "5", "--metric", "streets"], "--roads"),
    ],
)
def test_options_that_do_not_fit(plane: list[str], arguments: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        plan_site.main([*arguments, *plane])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,x,y,weight\na,0,0,-1\n", "row 1 has weight '-1'"),
        ("id,x,y,weight\na,0,0,1\na,1,1,1\n", "row 2 has the id 'a' of row 1"),
        ("id,x,y,weight\na,0,nan,1\n", "row 1 has y 'nan'"),
        ("id,x,weight\na,0,1\n", "no column y"),
        ("name,x,y\na,0,1\n", "no column id"),
        ("id,x,y,weight\n", "no rows"),
    ],
)
def test_rows_that_cannot_be(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(UserError, match=words):
        plan_site.main(
            ["--model", "mclp", "--demand", str(tmp_path / "d.csv"), "--radius-m", "1", "--p", "1"]
        )


def test_relocation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.csv").write_text("id,x,y,weight\na,0,0,10\nb,10,0,7\nc,20,0,5\nd,40,0,1\n")
    (tmp_path / "e.csv").write_text("id,x,y\none,40,0\ntwo,0,0\nthree,0,1\n")
    files = ["--demand", str(tmp_path / "d.csv"), "--existing", str(tmp_path / "e.csv")]
    assert plan_relocate.main([*files, "--budget", "0.4", "--radius-m", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found)[:9] == FIELDS
    assert (found["objective"], found["gap"], found["cost"]) == (22.0, 0.0, 0.4)
    assert sorted(found["sites"]) == ["b", "c"]
    assert found["new"] == []
    assert len(found["moved"]) == 2
    assert {each["from"] for each in found["moved"]} < {"one", "two", "three"}
    assert {each["to"] for each in found["moved"]} == {"b", "c"}


@pytest.mark.skipif(not SAN_FRANCISCO.is_dir(), reason="the shared data is not on this machine")
def test_san_francisco(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (SAN_FRANCISCO / name).open() as file:
        rows = list(csv.DictReader(file))
    weights = {row["DestinationName"]: row["demand"] for row in rows}
    (tmp_path / "d.csv").write_text(
        "id,weight\n" + "".join(f"{id_},{weight}\n" for id_, weight in weights.items())
    )
    stores = dict.fromkeys(row["name"] for row in rows)
    (tmp_path / "s.csv").write_text("id\n" + "".join(f"{id_}\n" for id_ in stores))
    (tmp_path / "c.csv").write_text(
        "from,to,cost\n"
        + "".join(f"{row['DestinationName']},{row['name']},{row['distance']}\n" for row in rows)
    )
    files: list[str | Path] = ["--demand", tmp_path / "d.csv", "--sites", tmp_path / "s.csv",
             "--matrix", tmp_path / "c.csv"]  # fmt: skip
    models = {"MCLP": "mclp", "LSCP": "lscp", "PMEDIAN_weighted": "pmedian", "PCENTER": "pcenter"}
    with (SAN_FRANCISCO / "optima_bruteforce.csv").open() as file:
        for row in csv.DictReader(file):
            model = models[row["model"]]
            options = ["--radius-m", row["radius_m"]] if row["radius_m"] else []
            if model != "lscp":
                options += ["--p", row["p"]]
            found = site(capsys, "--model", model, *files, *options)
            if row["p"] == "infeasible":
                assert found["status"] == "infeasible"
                continue
            optimum = float(row["p"] if model == "lscp" else row["optimum"])
            assert (found["status"], found["gap"]) == ("optimal", 0.0), row
            assert found["objective"] == pytest.approx(optimum, abs=1e-3), row
