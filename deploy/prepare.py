"""Prepares the Python environment that Lifering runs in, then becomes the command line.

Standard library only: it runs before anything is installed. The environment lies in a cache that
all checkouts of a user share, under a name made of the lock's hash and the Python version; a
marker written last says that it is whole, so an install that was cut off is done again.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNTIME_LOCK = ROOT / "deploy" / "locks" / "python.lock"
DEV_LOCK = ROOT / "deploy" / "locks" / "python-dev.lock"
HELSINKI_LOCK = ROOT / "deploy" / "locks" / "helsinki.lock"
COMPILED = "compiled"
_PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==", re.MULTILINE)


class PrepareError(Exception):
    """What is missing and its mend, in one line."""


def cache_dir(environ: dict[str, str] | None = None, uid: int | None = None) -> Path:
    """The folder of what is downloaded, shared by all runs of a user.

    Root's lies outside of its home, because PostgreSQL refuses root and its other user has to be
    able to run the programs in it.
    """
    env = dict(os.environ) if environ is None else environ
    if env.get("LIFERING_CACHE"):
        return Path(env["LIFERING_CACHE"]).expanduser().absolute()
    if (os.geteuid() if uid is None else uid) == 0:
        return Path("/var/cache/lifering")
    base = env.get("XDG_CACHE_HOME") or str(Path(env.get("HOME") or "~").expanduser() / ".cache")
    return Path(base) / "lifering"


def environment_name(lock: bytes, python: str | None = None) -> str:
    """The name of the environment for a lock file's content and a Python (default: this one)."""
    which = python or f"{sys.implementation.cache_tag}-{sys.version_info.micro}"
    key = "\n".join([which, platform.machine(), sys.base_prefix]).encode()
    return f"{which}-{hashlib.sha256(key + lock).hexdigest()[:16]}"


def compiled_dir(cache: Path, environment: str, root: Path = ROOT) -> Path:
    """Where numba keeps what it compiles for an environment and a checkout."""
    checkout = hashlib.sha256(str(root).encode()).hexdigest()[:8]
    return cache / COMPILED / f"{environment}-{checkout}"


def with_compiled_dir(environ: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment with ``NUMBA_CACHE_DIR``, unless somebody has set it.

    A folder that cannot be made is left out, and numba finds a place for itself: a whole
    environment in a cache that is read-only goes on working.
    """
    if environ.get("NUMBA_CACHE_DIR"):
        return environ
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return environ
    if not os.access(folder, os.W_OK | os.X_OK):
        return environ
    return {**environ, "NUMBA_CACHE_DIR": str(folder)}


def is_whole(environment: Path, lock: bytes, marker: str) -> bool:
    """Whether this lock was installed to its end: the marker carries its hash."""
    try:
        return (environment / marker).read_text() == hashlib.sha256(lock).hexdigest()
    except OSError:
        return False


def wants_tools(arguments: list[str]) -> bool:
    """Whether the subcommand (`test`, `tool`) needs the development tools as well."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--data-dir":
            next(rest, None)
        elif not argument.startswith("-"):
            return argument in ("test", "tool")
    return False


def explain(output: str) -> str:
    """One line with the mend for a failed install's output."""
    for pattern, line in (
        (
            r"No space left|Errno 28",
            "the disk is full: free about 1.5 GB, or point LIFERING_CACHE at another disk",
        ),
        (
            r"Permission denied|Errno 13|Read-only file system",
            "the cache folder cannot be written: point LIFERING_CACHE at a folder of your own",
        ),
        (
            r"DO NOT MATCH THE HASHES|Hash mismatch",
            "a download does not match its hash in "
            "deploy/locks: try again, and if it stays so, do not trust the registry",
        ),
        (
            r"CERTIFICATE_VERIFY_FAILED|SSLError",
            "the package registry's certificate is not "
            "trusted: set SSL_CERT_FILE and PIP_CERT to your network's CA bundle",
        ),
        (
            r"NewConnectionError|Failed to establish|name resolution|Network is unreachable"
            r"|ProxyError|[Tt]imed? ?out|Connection|Failed to fetch|dns error",
            "the Python package registry cannot be reached: check the network or your pip proxy "
            "settings, then run the same command again",
        ),
    ):
        if re.search(pattern, output):
            return line
    last = [line for line in output.splitlines() if line.strip()][-1:] or ["no output"]
    return f"packages could not be installed: {last[0].strip()[:200]}"


def _say(text: str) -> None:
    print(f"lifering: {text}", file=sys.stderr, flush=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on a file, so that two first starts do not collide."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another lifering is preparing the environment, waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(command: list[str], total: int, label: str) -> None:
    """Runs an installer, turning its many lines into a few of progress."""
    done = 0
    tail: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            tail = [*tail[-400:], line]
            if total and line.startswith(("Collecting ", "Requirement already")):
                done += 1
                if done % 20 == 0 or done == total:
                    _say(f"{label}: fetched {done} of {total} packages")
            elif line.startswith("Installing collected"):
                _say(f"{label}: installing {total} packages")
    if process.returncode:
        raise PrepareError(explain("".join(tail)))


def _make_environment(environment: Path) -> None:
    """An empty virtual environment, by venv or else by uv."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        _run([sys.executable, "-I", "-m", "venv", str(environment)], 0, "")
    elif uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], 0, "")
    else:
        raise PrepareError(
            "this Python has no venv: apt install python3-venv (Debian, Ubuntu), or install uv"
        )


def _install(environment: Path, lock: Path, label: str, more: Sequence[str] = ()) -> None:
    """Installs a lock's packages, each checked against its hashes; `more` are further options."""
    total = len(_PINNED.findall(lock.read_text()))
    _say(f"{label}: installing {total} package{'s' if total > 1 else ''}, once for each user")
    python = str(environment / "bin" / "python")
    if (environment / "bin" / "pip").exists():
        command = [
            python,
            "-I",
            "-m",
            "pip",
            "install",
            "--no-input",
            "--progress-bar=off",
            "--disable-pip-version-check",
            "--retries=2",
        ]
    else:
        command = [shutil.which("uv") or "uv", "pip", "install", "--python", python]
    _run(
        [*command, "--no-deps", "--require-hashes", *more, "-r", str(lock)],
        total,
        label,
    )


def install_apart(environment: Path, lock: Path, folder: Path, label: str) -> None:
    """Installs a lock's packages for their data alone, into a folder that no Python looks into.

    Wheels only, and always those of one platform, whichever this is: nothing in them is run. Whole
    or not at all; quick when it is there. Raises :class:`PrepareError`.
    """
    if folder.is_dir():
        return
    if (environment / "bin" / "pip").exists():
        platform_options = ["--platform=manylinux2014_x86_64", "--implementation=cp", "--abi=cp311"]
    else:
        platform_options = ["--python-platform=x86_64-manylinux2014"]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder.with_suffix(".lock")):
        if folder.is_dir():
            return
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        more = [f"--target={part}", "--only-binary=:all:", "--python-version=3.11"]
        _install(environment, lock, label, [*more, *platform_options])
        part.rename(folder)


def environment_of(cache: Path, lock: Path, label: str) -> Path:
    """An environment of a lock alone, apart from ours, and its Python; raises `PrepareError`."""
    content = lock.read_bytes()
    environment = cache / "peers" / environment_name(content)
    if not is_whole(environment, content, ".ready"):
        environment.parent.mkdir(parents=True, exist_ok=True)
        with _lock(environment.with_suffix(".lock")):
            if not is_whole(environment, content, ".ready"):
                shutil.rmtree(environment, ignore_errors=True)
                _make_environment(environment)
                _install(environment, lock, label)
                (environment / ".ready").write_text(hashlib.sha256(content).hexdigest())
    return environment / "bin" / "python"


def prepare(cache: Path, tools: bool) -> Path:
    """Makes sure of the environment (and the tools) and returns its Python."""
    lock = RUNTIME_LOCK.read_bytes()
    environment = cache / "env" / environment_name(lock)
    wanted = [(RUNTIME_LOCK, ".ready", "environment")]
    if tools:
        wanted.append((DEV_LOCK, ".ready-tools", "tools"))
    if not all(is_whole(environment, file.read_bytes(), mark) for file, mark, _ in wanted):
        if os.geteuid() == 0:
            os.umask(0o022)  # PostgreSQL's user must be able to read what root installs
        environment.parent.mkdir(parents=True, exist_ok=True)
        with _lock(environment.with_suffix(".lock")):
            for file, mark, label in wanted:
                content = file.read_bytes()
                if is_whole(environment, content, mark):
                    continue
                if mark == ".ready":
                    shutil.rmtree(environment, ignore_errors=True)
                    _make_environment(environment)
                _install(environment, file, label)
                (environment / mark).write_text(hashlib.sha256(content).hexdigest())
    return environment / "bin" / "python"


def main(arguments: list[str]) -> int:
    """Prepares, then replaces this process with the command line; returns only on an error."""
    cache = cache_dir()
    try:
        python = prepare(cache, wants_tools(arguments))
    except PrepareError as error:
        _say(str(error))
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        known = full or isinstance(error, PermissionError) or error.errno == errno.EROFS
        reason = explain("No space left" if full else "Permission denied") if known else str(error)
        _say(f"{cache}: {reason}")
    except KeyboardInterrupt:
        _say("stopped; the next start goes on preparing")
    else:
        # -P: a folder called deploy where the user happens to stand must not be imported.
        command = [str(python), "-P", "-m", "deploy.cli", *arguments]
        folder = compiled_dir(cache, python.parents[1].name)
        env = with_compiled_dir({**os.environ, "PYTHONPATH": str(ROOT)}, folder)
        os.execve(python, command, env)  # noqa: S606  (no shell is wanted)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
