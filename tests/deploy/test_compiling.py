"""Compiling ahead: once for the same sources, in a folder that stays bounded."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy import compiling, prepare
from deploy.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = compiling.fingerprint


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = prepare.compiled_dir(tmp_path, "cpython-311-abc")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(found))
    return found


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for compiling; returns what was compiled."""
    done: list[str] = []
    monkeypatch.setattr(compiling, "_rehearse", done.append)
    return done


def test_checkouts_and_environments_have_folders_of_their_own(tmp_path: Path) -> None:
    here = prepare.compiled_dir(tmp_path, "env", Path("/a"))
    assert here == prepare.compiled_dir(tmp_path, "env", Path("/a"))
    assert here != prepare.compiled_dir(tmp_path, "env", Path("/b"))
    assert here != prepare.compiled_dir(tmp_path, "other", Path("/a"))


def test_everything_started_is_told_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "compiled" / "x"
    assert prepare.with_compiled_dir({"A": "1"}, folder) == {
        "A": "1",
        "NUMBA_CACHE_DIR": str(folder),
    }
    assert folder.is_dir()
    chosen = {"NUMBA_CACHE_DIR": "/elsewhere"}
    assert prepare.with_compiled_dir(chosen, folder) == chosen


def test_a_cache_that_cannot_be_written_is_left_to_numba(tmp_path: Path) -> None:
    (tmp_path / "compiled").touch()
    assert prepare.with_compiled_dir({"A": "1"}, tmp_path / "compiled" / "x") == {"A": "1"}


def test_compiles_once_for_the_same_sources(folder: Path, warmed: list[str]) -> None:
    assert compiling.main([]) == 0
    assert all(compiling.is_compiled(folder, part, SOURCES()) for part in compiling.PARTS)
    assert compiling.main([]) == 0
    assert warmed == list(compiling.PARTS)


def test_one_that_was_cut_off_is_done_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, warmed: list[str]
) -> None:
    def killed(_: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as now:
        now.setattr(compiling, "_rehearse", killed)
        with pytest.raises(KeyboardInterrupt):
            compiling.main([])
    assert not compiling.is_compiled(folder, "decision", SOURCES())
    compiling.main([])
    assert warmed == list(compiling.PARTS)


def test_any_changed_source_counts(tmp_path: Path) -> None:
    source = tmp_path / "shared" / "decision" / "kernels.py"
    source.parent.mkdir(parents=True)
    source.write_text("a = 1\n")
    before = compiling.fingerprint(tmp_path)
    assert compiling.fingerprint(tmp_path) == before
    source.write_text("a = 10\n")
    assert compiling.fingerprint(tmp_path) != before


def test_the_cache_is_bounded(folder: Path) -> None:
    now = time.time()
    for name, days in (("old", 40), ("recent", 1), (folder.name, 40)):
        for part in compiling.PARTS:
            marker = folder.parent / name / f".lifering-compiled-{part}"
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()
            os.utime(marker, (now - days * 86_400,) * 2)
    for number in range(compiling.KEPT + 2):
        state = folder / f"{number}"
        state.mkdir()
        os.utime(state, (now - number,) * 2)
    compiling.tidy(folder, now)
    assert {each.name for each in folder.parent.iterdir()} == {"recent", folder.name}
    kept = {each.name for each in folder.iterdir() if each.is_dir()}
    assert kept == {str(number) for number in range(compiling.KEPT)}


def test_a_folder_that_somebody_chose_is_never_tidied(tmp_path: Path) -> None:
    for number in range(compiling.KEPT + 2):
        (tmp_path / "mine" / str(number)).mkdir(parents=True)
    compiling.tidy(tmp_path / "mine", time.time())
    assert len(list((tmp_path / "mine").iterdir())) == compiling.KEPT + 2


@pytest.mark.usefixtures("warmed")
async def test_what_is_compiled_is_not_asked_for_again(folder: Path) -> None:
    compiling.main([])
    assert compiling.cache_folder() == folder
    said: list[str] = []
    await compiling.compile_ahead(said.append)
    assert said == []


async def test_a_failure_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compiled").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "compiled" / "x"))
    with pytest.raises(UserError, match=r"could not be compiled: .*Not a directory"):
        await compiling.compile_ahead(lambda _: None)


@pytest.mark.parametrize("module", ["deploy.cli", "deploy.stack", "deploy.commands.up"])
def test_the_command_line_does_not_load_the_compiler(module: str) -> None:
    """`./lifering --help` answers at once."""
    code = f"import sys, {module}; sys.exit('numba' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-P", "-c", code], env=env, check=False).returncode == 0
