"""Children are kept running, stopped in order, and never outlive their launcher."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from deploy.reaper import members
from deploy.supervisor import Backoff, Child, ChildSpec, Supervisor, rotate

ROOT = Path(__file__).resolve().parents[2]
SLEEP = "import time; print('up', flush=True); time.sleep(1000)"
STUBBORN = (
    "import signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "print('up', flush=True)\n"
    "time.sleep(1000)"
)
quick = partial(Backoff, first_s=0.01, longest_s=0.05)


def silent(_: str) -> None:
    """Nobody listens."""


def spec(folder: Path, name: str, code: str = SLEEP, stop_timeout_s: float = 10.0) -> ChildSpec:
    command = [sys.executable, "-I", "-c", code]
    log = folder / f"{name}.log"
    return ChildSpec(name, command, dict(os.environ), log, folder, stop_timeout_s=stop_timeout_s)


async def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition; only pytest's own time limit ends it otherwise."""
    await asyncio.to_thread(until_now, condition)


def until_now(condition: Callable[[], bool]) -> None:
    """The same, for tests that have no loop."""
    while not condition():
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_backoff_doubles_to_a_bound_and_starts_over_after_a_calm_minute() -> None:
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(61.0) == 1
    assert backoff.after(59.0) == 2


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    async with Supervisor(said.append, quick) as supervisor:
        child = await supervisor.start(spec(tmp_path, "a"))
        first = child.pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.pid not in (None, first))
        assert child.restarts == 1
    assert any("a ended (SIGKILL)" in line for line in said)
    assert child.pid is None


async def test_a_program_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    missing = ChildSpec("a", ["/nonexistent/program"], {}, tmp_path / "a.log", tmp_path)
    async with Supervisor(silent, quick) as supervisor:
        with pytest.raises(FileNotFoundError):
            await supervisor.start(missing)


async def test_restart_makes_a_new_process_and_counts(tmp_path: Path) -> None:
    async with Supervisor(silent, quick) as supervisor:
        first = (await supervisor.start(spec(tmp_path, "a"))).pid
        await supervisor.restart("a")
        child = supervisor.children["a"]
        assert child.pid not in (None, first)
        assert child.restarts == 1


async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    async with Supervisor(said.append, quick) as supervisor:
        child = await supervisor.start(spec(tmp_path, "deaf", STUBBORN, stop_timeout_s=0.2))
        await until(lambda: "up" in child.spec.log.read_text())
    assert child.process
    assert child.process.returncode == -signal.SIGKILL
    assert any("deaf did not stop in time" in line for line in said)


async def test_stopping_ends_a_back_off_too(tmp_path: Path) -> None:
    long = partial(Backoff, first_s=1000.0)
    async with Supervisor(silent, long) as supervisor:
        child = await supervisor.start(spec(tmp_path, "a", "raise SystemExit(3)"))
        await until(lambda: child.restarts == 1)
    assert child.pid is None


async def test_all_children_share_the_reapers_group(tmp_path: Path) -> None:
    async with Supervisor(silent, quick) as supervisor:
        children = [await supervisor.start(spec(tmp_path, name)) for name in "ab"]
        groups = {os.getpgid(child.pid) for child in children if child.pid}
        assert len(groups) == 1
        assert groups != {os.getpgrp()}
        assert {child.pid for child in children} <= members(groups.pop())


LAUNCHER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from deploy.supervisor import Supervisor
from tests_support import SLEEP, STUBBORN, spec

async def main():
    folder = Path(sys.argv[1])
    async with Supervisor(lambda text: None) as supervisor:
        polite = await supervisor.start(spec(folder, "polite", SLEEP))
        deaf = await supervisor.start(spec(folder, "deaf", STUBBORN))
        while not all(child.spec.log.read_text() for child in (polite, deaf)):
            await asyncio.sleep(0.02)
        print(polite.pid, deaf.pid, supervisor._reaper.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("kill_reaper_first", [False, True])
def test_kill_9_of_the_launcher_leaves_no_orphan(tmp_path: Path, kill_reaper_first: bool) -> None:
    (tmp_path / "tests_support.py").write_text(Path(__file__).read_text())
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    command = [sys.executable, "-c", LAUNCHER, str(tmp_path), str(tmp_path)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout
        *children, reaper = map(int, launcher.stdout.readline().split())
        group = os.getpgid(children[0])
        if kill_reaper_first:
            os.kill(reaper, signal.SIGKILL)
            until_now(lambda: bool(members(group) - {*children, reaper}))
        everybody = members(group)
        assert set(children) < everybody
        launcher.kill()
    until_now(lambda: not any(alive(pid) for pid in everybody))


def test_a_log_that_grew_too_long_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    rotate(log)
    log.write_text("short")
    rotate(log, limit_bytes=5)
    assert log.exists()
    rotate(log, limit_bytes=4)
    assert not log.exists()
    assert (tmp_path / "a.log.1").read_text() == "short"


def test_a_child_without_a_process_has_no_pid(tmp_path: Path) -> None:
    assert Child(spec(tmp_path, "a"), Backoff()).pid is None
