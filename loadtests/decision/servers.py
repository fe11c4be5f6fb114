"""Real servers of the machine's own packages, as children of the benchmark, in a temporary folder.

They listen on Unix sockets in that folder only: no port can be taken, and a question costs less
than over loopback. PostgreSQL refuses root, so root lends it the launcher's system user. The
launcher's reaper ends the children when the benchmark dies, however it does.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import deploy.reaper
from deploy.embedded.system_user import SystemUser, require_reach, unprivileged_user
from deploy.errors import UserError

INSTALL = "loadtests/install-peers (Debian and its like, as root)"
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
POSTGRES_ROOTS = (Path("/usr/lib/postgresql"), Path("/usr/share/postgresql"))
"""Programs and extensions, each by major version, as Debian lays them out."""
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    # What a careful administrator gives it on a machine like this; everything fits in memory.
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
    # Short questions: compiling plans, helpers and upkeep would only slow them.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum": "off",
    "fsync": "off",
    "synchronous_commit": "off",
}


@dataclass(frozen=True, slots=True)
class PostgisPrograms:
    """Where a PostgreSQL with PostGIS lies."""

    folder: Path
    version: str
    postgis: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the machine has, and what is to be told about the rest."""

    postgis: PostgisPrograms | None
    redis: str | None
    missing: tuple[str, ...]


def find(roots: tuple[Path, Path] = POSTGRES_ROOTS, path: str | None = None) -> Found:
    """Looks for both servers; ``path`` instead of the PATH of the environment."""
    postgis = _find_postgis(*roots)
    redis = shutil.which("redis-server", path=path)
    missing = []
    if postgis is None:
        missing.append(f"no PostgreSQL with PostGIS on this machine: run {INSTALL}")
    if redis is None:
        missing.append(f"no redis-server on this machine: run {INSTALL}")
    return Found(postgis, redis, tuple(missing))


def _find_postgis(programs: Path, shared: Path) -> PostgisPrograms | None:
    """The newest version that has both."""
    versions = (f.name for f in programs.glob("*") if f.name.isdigit()) if programs.exists() else ()
    for version in sorted(versions, key=int, reverse=True):
        control = shared / version / "extension" / "postgis.control"
        folder = programs / version / "bin"
        if (folder / "postgres").exists() and control.exists():
            stated = re.search(r"default_version\s*=\s*'([^']+)'", control.read_text())
            return PostgisPrograms(folder, version, stated[1] if stated else "unknown")
    return None


@dataclass
class Children:
    """Child processes in the reaper's group. Use `children()`."""

    folder: Path
    """Every user may pass through it; sockets, data and logs are in it."""
    group: int
    _running: list[tuple[str, subprocess.Popen[bytes], signal.Signals]] = field(
        default_factory=list
    )

    @property
    def pids(self) -> list[int]:
        """In the order in which they were started."""
        return [process.pid for _, process, _ in self._running]

    def start(
        self,
        name: str,
        command: Sequence[str],
        ready: Callable[[], bool],
        *,
        user: SystemUser | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Starts a server and waits until it is ready; raises ``UserError`` when it is not."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
                process_group=self.group,
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
                pass_fds=pass_fds,
            )
        self._running.append((name, process, stop_signal))
        end = time.monotonic() + READY_WITHIN_S
        while not ready():
            if process.poll() is not None or time.monotonic() > end:
                said = log.read_text(errors="replace").strip().splitlines() or ["nothing"]
                raise UserError(f"{name} did not start; it said: {said[-1][:300]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Asks all to end, the last started first, and makes sure that they do."""
        for _, process, stop_signal in reversed(self._running):
            if process.poll() is None:
                process.send_signal(stop_signal)
        for _, process, _ in self._running:
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def children() -> Iterator[Children]:
    """A temporary folder, and the servers that are started in it until the end."""
    folder = Path(tempfile.mkdtemp(prefix="lifering-bench-"))
    reading, writing = os.pipe()
    reaper: subprocess.Popen[bytes] | None = None
    try:
        folder.chmod(0o711)
        reaper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(deploy.reaper.__file__), str(reading)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(reading,),
            process_group=0,
            cwd="/",
        )
        running = Children(folder, reaper.pid)
        try:
            yield running
        finally:
            running.stop()
    finally:
        os.close(writing)
        os.close(reading)
        if reaper is not None:
            reaper.wait()
        shutil.rmtree(folder, ignore_errors=True)


def start_postgis(running: Children, programs: PostgisPrograms) -> Path:
    """Starts PostgreSQL; returns the folder of its socket. Everybody on it is trusted."""
    user = unprivileged_user()
    require_reach(running.folder, user, "set TMPDIR to a folder that every user can enter")
    home = running.folder / "postgis"
    home.mkdir(mode=0o711)
    if user is not None:
        os.chown(home, user.uid, user.gid)
    data = home / "data"
    made = subprocess.run(
        [
            str(programs.folder / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )  # fmt: skip
    if made.returncode:
        said = (made.stderr or made.stdout).strip().splitlines() or ["nothing"]
        raise UserError(f"PostgreSQL's initdb failed; it said: {said[-1][:300]}")
    settings = POSTGRES_SETTINGS | {"unix_socket_directories": str(home)}
    command = [str(programs.folder / "postgres"), "-D", str(data)]
    command += [f"--{name}={value}" for name, value in settings.items()]
    ready = [str(programs.folder / "pg_isready"), "-q", "-h", str(home), "-U", "postgres"]
    running.start(
        "PostgreSQL",
        command,
        lambda: subprocess.run(ready, capture_output=True, check=False).returncode == 0,
        user=user,
        stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
    )
    return home


def start_redis(running: Children, program: str) -> Path:
    """Starts Redis without writing to disk; returns its socket."""
    home = running.folder / "redis"
    home.mkdir(mode=0o700)
    place = home / "redis.sock"
    command = [
        program, "--port", "0", "--unixsocket", str(place), "--save", "", "--appendonly", "no",
        "--dir", str(home), "--daemonize", "no",
    ]  # fmt: skip
    running.start("Redis", command, place.exists)
    return place


def redis_version(program: str) -> str:
    """Such as 7.0.15; "unknown" when it does not say."""
    with contextlib.suppress(OSError):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        found = re.search(r"v=(\S+)", said.stdout)
        if found:
            return found[1]
    return "unknown"
