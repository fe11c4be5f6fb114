"""The environment: named by what is in it, made once, made again when it was cut off."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy import prepare

ROOT = Path(__file__).resolve().parents[2]


def test_name_follows_lock_and_python() -> None:
    name = prepare.environment_name(b"a==1", "cpython-311-7")
    assert name == prepare.environment_name(b"a==1", "cpython-311-7")
    assert name != prepare.environment_name(b"a==2", "cpython-311-7")
    assert name != prepare.environment_name(b"a==1", "cpython-312-1")


def test_cache_is_the_users_and_roots_is_open_to_others() -> None:
    assert prepare.cache_dir({"HOME": "/h"}, uid=1) == Path("/h/.cache/lifering")
    assert prepare.cache_dir({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, 1) == Path("/x/lifering")
    assert prepare.cache_dir({"HOME": "/root"}, uid=0) == Path("/var/cache/lifering")
    assert prepare.cache_dir({"HOME": "/h", "LIFERING_CACHE": "/c"}, uid=0) == Path("/c")


def test_whole_only_with_the_marker_of_this_very_lock(tmp_path: Path) -> None:
    assert not prepare.is_whole(tmp_path, b"lock", ".ready")
    (tmp_path / ".ready").write_text("cut off")
    assert not prepare.is_whole(tmp_path, b"lock", ".ready")


@pytest.mark.parametrize(
    ("arguments", "tools"),
    [
        (["test"], True),
        (["--data-dir", "test", "up"], False),
        (["--data-dir", "x", "test", "-k", "a"], True),
        (["tool", "ruff"], True),
        (["demo", "test"], False),
        ([], False),
    ],
)
def test_tools_only_for_the_commands_that_need_them(arguments: list[str], tools: bool) -> None:
    assert prepare.wants_tools(arguments) is tools


@pytest.mark.parametrize(
    ("output", "mend"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError(... Temporary failure in name resolution)", "network"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "does not match its hash"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "LIFERING_CACHE"),
        ("SSLError(CERTIFICATE_VERIFY_FAILED)", "SSL_CERT_FILE"),
        ("ERROR: something else\n", "something else"),
        ("", "no output"),
    ],
)
def test_every_failure_is_one_line_with_its_mend(output: str, mend: str) -> None:
    line = prepare.explain(output)
    assert mend in line
    assert "\n" not in line


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for venv and pip; returns what was done."""
    done: list[str] = []

    def make(environment: Path) -> None:
        done.append("make")
        environment.mkdir()

    def install(environment: Path, lock: Path, label: str) -> None:
        if os.environ.get("CUT_OFF"):
            raise prepare.PrepareError("cut off")
        done.append(label)

    for name in ("RUNTIME_LOCK", "DEV_LOCK"):
        lock = tmp_path / f"{name}.lock"
        lock.write_text(f"{name}==1")
        monkeypatch.setattr(prepare, name, lock)
    monkeypatch.setattr(prepare, "_make_environment", make)
    monkeypatch.setattr(prepare, "_install", install)
    return done


def test_installs_once_and_tools_into_the_same(tmp_path: Path, installer: list[str]) -> None:
    python = prepare.prepare(tmp_path, tools=False)
    assert prepare.prepare(tmp_path, tools=False) == python
    assert prepare.prepare(tmp_path, tools=True) == python
    assert installer == ["make", "environment", "tools"]


def test_half_made_environment_is_made_again(
    tmp_path: Path, installer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUT_OFF", "1")
    with pytest.raises(prepare.PrepareError):
        prepare.prepare(tmp_path, tools=False)
    environment = next(path for path in (tmp_path / "env").iterdir() if path.is_dir())
    (environment / "half").touch()
    monkeypatch.delenv("CUT_OFF")
    prepare.prepare(tmp_path, tools=False)
    assert not (environment / "half").exists()
    assert installer == ["make", "make", "environment"]


def test_without_venv_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", missing)
    monkeypatch.setattr("shutil.which", missing)
    with pytest.raises(prepare.PrepareError, match="python3-venv"):
        prepare._make_environment(tmp_path / "env")


def _script(path: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [shutil.which("sh") or "sh", str(ROOT / "lifering"), *arguments]
    full = {"PATH": str(path), "HOME": str(path), **env}
    return subprocess.run(command, env=full, capture_output=True, text=True, check=False)


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    for name in ("dirname", "readlink"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def test_script_without_python_says_what_to_install(bare_path: Path) -> None:
    done = _script(bare_path, "up")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "python3-venv" in done.stderr


def test_script_passes_an_old_python_by(bare_path: Path) -> None:
    old, new = bare_path / "python3", bare_path / "python3.12"
    old.write_text("#!/bin/sh\nexit 1\n")
    new.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "new $3 $4"\n')
    for file in (old, new):
        file.chmod(0o755)
    assert _script(bare_path, "status", "x y").stdout == "new status x y\n"


def test_cache_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [str(ROOT / "lifering"), "--help"]
    env = {**os.environ, "LIFERING_CACHE": str(tmp_path / "file")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("lifering: ")
    assert done.stderr.count("\n") == 1
