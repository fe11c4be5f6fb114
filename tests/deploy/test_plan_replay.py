"""plan replay: files in, full double precision out, one clear line about what is wrong."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.commands.plan_replay import main
from deploy.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "travel.csv": "from,A,B,C\nA,0,2.5,7\nB,2.5,0,4.1\nC,7,4.1,0\n",
    "bases.csv": "location\nA\n",
    "hospitals.csv": "location\nC\n",
    "nodes.csv": "location,x,y\nA,0,0\nB,1,0\nC,3,0\n",
    "calls.csv": (
        "id,arrival_min,location,on_scene_min,transport,drop_off_min\n"
        "one,0.1,B,10,1,5\ntwo,0.7,A,3,0,\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def given(folder: Path) -> list[str]:
    names = {"matrix": "travel", **{n: n for n in ("bases", "hospitals", "nodes", "calls")}}
    return [
        word for name, file in names.items() for word in (f"--{name}", str(folder / f"{file}.csv"))
    ]


def test_responses_in_full_precision(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "responses.csv"
    assert main([*given(folder), "--out", str(out), "--json"]) == 0
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    # Free at C at 0.1 + 2.5 + 10 + 4.1 + 5; from there 7 minutes to A.
    waited = 0.1 + 2.5 + 10 + 4.1 + 5 - 0.7
    assert rows == [
        ["id", "ambulance", "response_min", "waited_min"],
        ["one", "0", "2.5", "0.0"],
        ["two", "0", repr(waited + 7), repr(waited)],
    ]
    told = json.loads(capsys.readouterr().out)
    assert told["calls"] == 2
    assert told["queued"] == 1
    assert told["share_within_12_min"] == 0.5
    assert set(told["percentiles_min"]) == {"50", "75", "90", "95", "99"}


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("travel.csv", "4.1,0\n", "4.1\n", r"travel\.csv: row 3 \(C\): has 2 minutes"),
        ("travel.csv", "A,0,2.5", "A,0,-2.5", r"row 1 \(A\), column B: '-2.5' is no time"),
        ("travel.csv", "A,0,2.5", "A,0,", r"row 1 \(A\), column B: '' is no time"),
        ("travel.csv", "\nC,", "\nD,", r"row 3: 'D' is not in the header"),
        ("travel.csv", "from,A,B,C", "from,A,B,B", "names 'B' twice"),
        ("bases.csv", "A", "Z", r"bases\.csv: row 1, location: 'Z' is not in travel\.csv"),
        ("bases.csv", "A\n", "", r"bases\.csv: has no row"),
        ("hospitals.csv", "C\n", "", r"calls\.csv: row 1, transport: is 1, and hospitals\.csv"),
        ("nodes.csv", "C,3,0\n", "", r"hospitals\.csv: row 1, location: 'C' is not in nodes\.csv"),
        ("nodes.csv", "B,1,0", "B,one,0", r"nodes\.csv: row 2, x: 'one' is no number"),
        ("nodes.csv", "location,", "place,", "has no column 'location'"),
        ("calls.csv", "two,", "one,", r"calls\.csv: row 2, id: 'one' is there twice"),
        ("calls.csv", "0.7", "inf", r"row 2, arrival_min: 'inf' is no number"),
        ("calls.csv", ",3,0,", ",-3,0,", "row 2, on_scene_min: -3 is less than 0"),
        ("calls.csv", "10,1,5", "10,2,5", "row 1, transport: '2': write 1 or 0"),
        ("calls.csv", "10,1,5", "10,1,", "row 1, drop_off_min: is empty"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, file: str, old: str, new: str, says: str) -> None:
    assert old in FILES[file]
    (folder / file).write_text(FILES[file].replace(old, new, 1), encoding="utf-8")
    out = folder / "responses.csv"
    with pytest.raises(UserError, match=says):
        main([*given(folder), "--out", str(out)])
    assert not out.exists()


def test_rows_of_the_matrix_in_another_order(folder: Path) -> None:
    text = "from,A,B,C\nC,7,4.1,0\nA,0,2.5,7\nB,2.5,0,4.1\n"
    main([*given(folder), "--out", str(folder / "a.csv")])
    (folder / "travel.csv").write_text(text, encoding="utf-8")
    main([*given(folder), "--out", str(folder / "b.csv")])
    assert (folder / "a.csv").read_bytes() == (folder / "b.csv").read_bytes()


def test_it_loads_neither_compiler_nor_server_for_a_few_calls(folder: Path) -> None:
    code = (
        "import sys; from deploy.cli import main; assert main(sys.argv[1:]) == 0; "
        "loaded = {'numba', 'aiokafka', 'asyncpg', 'fastapi'} & set(sys.modules); "
        "assert not loaded, loaded"
    )
    command = [sys.executable, "-c", code, "plan", "replay", *given(folder), "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["calls"] == 2
