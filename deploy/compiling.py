"""Compiling ahead: the decision's machine code is made once, before services need it.

`python -m deploy.compiling` compiles (or finds compiled) what calls need; the launcher runs it as a
child before it starts services, so that two of them never compile the same at once and the first
call is as quick as the others. What is compiled lies in the folder that ``NUMBA_CACHE_DIR`` names
(:func:`deploy.prepare.compiled_dir`); numba itself knows every entry by its source file's path and
age, so that several checkouts may share one.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from pathlib import Path

from deploy.errors import UserError
from deploy.prepare import COMPILED

ROOT = Path(__file__).resolve().parents[1]
TOWN_NODES = 400
"""Of the made-up town whose streets are searched once: what is compiled is the same for all."""
MOST_BYTES = 300 * 2**20
"""A folder that has grown beyond this (orphans of edited sources) is made anew."""
UNUSED_DAYS = 30.0
"""Folders of environments and checkouts that nobody has started for so long are removed."""
ABOUT_S = 60
"""What compiling everything takes on one slow core; only said, nothing depends on it."""
SAY_EVERY_S = 15.0

_MARKER = ".lifering-compiled"
_LOCK = ".lifering-lock"
Say = Callable[[str], None]


def cache_folder() -> Path | None:
    """The folder that ``NUMBA_CACHE_DIR`` names; None when numba chooses one for itself."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    return Path(named) if named else None


def fingerprint(root: Path = ROOT) -> str:
    """Changes whenever a source that may be compiled does: numba goes by path, time and size."""
    found = hashlib.sha256(str(root).encode())
    for file in sorted((root / "shared").rglob("*.py")):
        about = file.stat()
        found.update(f"{file.relative_to(root)} {about.st_mtime_ns} {about.st_size}\n".encode())
    return found.hexdigest()


def is_compiled(folder: Path, sources: str) -> bool:
    """Whether these very sources were compiled to their end."""
    try:
        return (folder / _MARKER).read_text() == sources
    except OSError:
        return False


def tidy(folder: Path, now_s: float) -> None:
    """Keeps the cache bounded: this folder by its size, its neighbours by their last use.

    Only where the launcher has chosen the folder: another may hold other people's things.
    """
    if folder.parent.name != COMPILED:
        return
    if _size(folder) > MOST_BYTES:
        for entry in folder.iterdir():
            if entry.name != _LOCK:
                _remove(entry)
    for other in folder.parent.iterdir():
        with contextlib.suppress(OSError):
            stale = now_s - (other / _MARKER).stat().st_mtime > UNUSED_DAYS * 86_400
            if stale and other != folder:
                _remove(other)


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another process may just have replaced it
            total += file.stat().st_size
    return total


def _remove(entry: Path) -> None:
    if entry.is_dir():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)


async def compile_ahead(say: Say) -> None:
    """Compiles in a child process what is not compiled yet; quick when everything is.

    Raises :class:`UserError` with the child's last line when it fails.
    """
    folder = cache_folder()
    if folder is not None and is_compiled(folder, fingerprint()):
        os.utime(folder / _MARKER)  # so that it counts as used
        return
    say(f"compiling the decision (once, about {ABOUT_S} s)")
    began = time.monotonic()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "deploy.compiling",
        stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        work = asyncio.ensure_future(child.communicate())
        while not (await asyncio.wait({work}, timeout=SAY_EVERY_S))[0]:
            say(f"compiling the decision: {time.monotonic() - began:.0f} s so far")
        _, errors = work.result()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
        raise UserError(f"the decision could not be compiled: {lines[-1] if lines else 'no word'}")
    say(f"compiled in {time.monotonic() - began:.0f} s")


def main() -> int:
    """Compiles everything, one process at a time for each folder, and marks it as done."""
    folder = cache_folder()
    if folder is None:
        _warm()
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = fingerprint()
        if not is_compiled(folder, sources):
            tidy(folder, time.time())
            _warm()
            (folder / _MARKER).write_text(sources)
    return 0


def _warm() -> None:
    """Calls once all that a call needs: the decision, and the searches on streets."""
    from shared import decision
    from shared.streets import router
    from shared.streets.synthetic import synthetic_graph

    policy = decision.default_policy()
    warm = getattr(decision, "warm", None)
    if warm is not None:
        warm()
    router.warm(router.StreetRouter(synthetic_graph(TOWN_NODES), policy.streets, policy.travel))


if __name__ == "__main__":
    sys.exit(main())
