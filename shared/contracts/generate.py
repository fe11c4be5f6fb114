"""Writes what is made from the contracts, or checks that it is up to date.

``python -m shared.contracts.generate`` writes docs/reference/asyncapi.json, topics.md and
openapi/SERVICE.json and the picture in README.md; ``--check`` writes nothing, names each file that
differs and fails. The OpenAPI documents come from the services themselves, each asked in a process
of its own (``python -m services.NAME --openapi``), because shared code imports no service.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from shared.contracts import asyncapi, diagram, reference

ROOT: Final = Path(__file__).resolve().parents[2]
REFERENCE: Final = Path("docs/reference")
README: Final = Path("README.md")
MEND: Final = "run `python -m shared.contracts.generate` and commit what it writes"
OPENAPI_TIMEOUT_S: Final = 120.0


class GenerateError(Exception):
    """Something could not be made; the message names it and the mend."""


def services(root: Path = ROOT) -> tuple[str, ...]:
    """The services that can be started: the folders under services/ with a ``__main__.py``."""
    return tuple(sorted(path.parent.name for path in root.glob("services/*/__main__.py")))


def openapi_of(service: str, root: Path = ROOT) -> dict[str, Any]:
    """A service's OpenAPI document, from itself; :class:`GenerateError` when it gives none."""
    # The environment of a running stack must not change what is written.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LIFERING_")}
    environment["PYTHONPATH"] = str(root)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", f"services.{service}", "--openapi"],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=OPENAPI_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GenerateError(
            f"services.{service} --openapi did not end in {OPENAPI_TIMEOUT_S:g} s: it must print "
            "its document without starting anything"
        ) from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise GenerateError(f"services.{service} --openapi failed: {last}")
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise GenerateError(
            f"services.{service} --openapi printed something else beside its document: {error}"
        ) from error
    return found


def documents(names: Sequence[str], root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """Every generated file with what should be in it, the README's picture excepted."""
    yield REFERENCE / "asyncapi.json", as_json(asyncapi.document())
    yield REFERENCE / "topics.md", reference.topics_page()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, found in zip(names, pool.map(lambda n: openapi_of(n, root), names), strict=True):
            yield REFERENCE / "openapi" / f"{name}.json", as_json(found)


def as_json(document: Any) -> str:
    """A document as it is kept: readable in a review, the same each time."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def drift(names: Sequence[str], root: Path = ROOT) -> list[str]:
    """What is not as it should be, a line for each file with its mend."""
    problems = []
    wanted = dict(documents(names, root))
    for path, text in wanted.items():
        problem = _difference(root / path, text)
        if problem:
            problems.append(f"{path} {problem}: {MEND}")
    for path in sorted((root / REFERENCE / "openapi").glob("*.json")):
        if path.relative_to(root) not in wanted and path.stem not in names:
            problems.append(f"{path.relative_to(root)} belongs to no service: remove it")
    problem = _readme_problem(root)
    if problem:
        problems.append(f"{README} {problem}")
    return problems


def write(names: Sequence[str], root: Path = ROOT) -> list[Path]:
    """Writes what differs; returns the files written, relative to ``root``."""
    written = []
    for path, text in documents(names, root):
        if _difference(root / path, text):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            written.append(path)
    for path in sorted((root / REFERENCE / "openapi").glob("*.json")):
        if path.stem not in names:
            path.unlink()
            written.append(path.relative_to(root))
    readme = root / README
    if not readme.exists():
        raise GenerateError(f"{README} is missing")
    text = readme.read_text(encoding="utf-8")
    try:
        drawn = diagram.with_picture(text)
    except diagram.MarkersMissingError as error:
        raise GenerateError(f"{README} {error}") from error
    if drawn != text:
        readme.write_text(drawn, encoding="utf-8")
        written.append(README)
    return written


def _difference(path: Path, wanted: str) -> str | None:
    if not path.exists():
        return "is missing"
    return None if path.read_text(encoding="utf-8") == wanted else "is out of date"


def _readme_problem(root: Path) -> str | None:
    path = root / README
    if not path.exists():
        return "is missing"
    text = path.read_text(encoding="utf-8")
    try:
        drawn = diagram.with_picture(text)
    except diagram.MarkersMissingError as error:
        return str(error)
    return None if drawn == text else f"shows an old picture of the data flow: {MEND}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when all is written or up to date, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.contracts.generate",
        description="Writes the documents and the picture that are made from the contracts.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing, fail on differences")
    options = parser.parse_args(arguments)
    names = services()
    try:
        lines = drift(names) if options.check else [f"wrote {p}" for p in write(names)]
    except GenerateError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line
        return 1
    for line in lines:
        print(line, file=sys.stderr if options.check else sys.stdout)
    return 1 if options.check and lines else 0


if __name__ == "__main__":
    sys.exit(main())
