"""Compiling ahead: the decision's machine code is made once, before services need it.

`python -m deploy.compiling PART` compiles (or finds compiled) what calls need; the launcher runs
the parts as children, side by side, before it starts services, so that two of them never compile
the same at once and the first call is as quick as the others. What is compiled lies in the folder
that ``NUMBA_CACHE_DIR`` names (:func:`deploy.prepare.compiled_dir`), by the state of its sources
(:mod:`shared.compiled`).
"""

from __future__ import annotations

import asyncio
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
PARTS: tuple[str, ...] = ("decision", "streets")
"""Compiled side by side: what a plan calls, and the searches on streets."""
KEPT = 5
"""States of the sources whose code is kept for a checkout, some ten megabytes each."""
UNUSED_DAYS = 30.0
"""Folders of environments and checkouts that nobody has started for so long are removed."""
ABOUT_S = 45
"""What compiling takes on two cores that have nothing else to do; only said."""
SAY_EVERY_S = 15.0

_MARKER = ".lifering-compiled"
_LOCK = ".lifering-lock"
Say = Callable[[str], None]


def cache_folder() -> Path | None:
    """The folder that ``NUMBA_CACHE_DIR`` names; None when there is none of ours."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    return Path(named) if named else None


def fingerprint(root: Path = ROOT) -> str:
    """Changes whenever a source that may be compiled does."""
    found = hashlib.sha256(str(root).encode())
    for file in sorted((root / "shared").rglob("*.py")):
        about = file.stat()
        found.update(f"{file.relative_to(root)} {about.st_mtime_ns} {about.st_size}\n".encode())
    return found.hexdigest()


def is_compiled(folder: Path, part: str, sources: str) -> bool:
    """Whether a part of these very sources was compiled to its end."""
    try:
        return _marker(folder, part).read_text() == sources
    except OSError:
        return False


def _marker(folder: Path, part: str) -> Path:
    return folder / f"{_MARKER}-{part}"


def tidy(folder: Path, now_s: float) -> None:
    """Keeps the cache bounded: the newest states of this checkout, and neighbours in use.

    Only where the launcher has chosen the folder: another may hold other people's things.
    """
    if folder.parent.name != COMPILED:
        return
    try:
        states = sorted(filter(Path.is_dir, folder.iterdir()), key=_changed_s)
        neighbours = [each for each in folder.parent.iterdir() if each != folder]
    except OSError:
        return  # nothing there yet, or somebody else tidies
    for old in states[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    for other in neighbours:
        used_s = max(_changed_s(_marker(other, part)) for part in PARTS)
        if 0 < used_s < now_s - UNUSED_DAYS * 86_400:
            shutil.rmtree(other, ignore_errors=True)


def _changed_s(path: Path) -> float:
    """When it was last written, seconds since the epoch; 0 for what is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


async def compile_ahead(say: Say) -> None:
    """Compiles in child processes what is not compiled yet; quick when everything is.

    Raises :class:`UserError` with a child's last line when it fails.
    """
    folder = cache_folder()
    parts = PARTS
    if folder is not None:
        sources = await asyncio.to_thread(fingerprint)
        parts = tuple(part for part in PARTS if not is_compiled(folder, part, sources))
        for part in set(PARTS) - set(parts):
            os.utime(_marker(folder, part))  # so that it counts as used
        if not parts:
            return
        await asyncio.to_thread(tidy, folder, time.time())
    say(f"compiling the decision (once, about {ABOUT_S} s)")
    began = time.monotonic()
    work = asyncio.gather(*(_compile(part) for part in parts))
    try:
        while not (await asyncio.wait({work}, timeout=SAY_EVERY_S))[0]:
            say(f"compiling the decision: {time.monotonic() - began:.0f} s so far")
        await work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    say(f"compiled in {time.monotonic() - began:.0f} s")


async def _compile(part: str) -> None:
    """Runs one part's child to its end; ends it when cancelled."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "deploy.compiling", part,
        stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        _, errors = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
        raise UserError(f"the {part} could not be compiled: {lines[-1] if lines else 'no word'}")


def main(arguments: list[str]) -> int:
    """Compiles the parts, each by one process at a time, and marks them as done."""
    folder = cache_folder()
    for part in arguments or PARTS:
        if folder is None:
            _rehearse(part)
            continue
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{_LOCK}-{part}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            sources = fingerprint()
            if not is_compiled(folder, part, sources):
                _rehearse(part)
                _marker(folder, part).write_text(sources)
    return 0


def _rehearse(part: str) -> None:
    """Calls once all that a call needs of a part."""
    from deploy.rehearsal import REHEARSALS

    REHEARSALS[part]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
