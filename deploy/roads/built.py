"""Streets of an extract, built once: what was built is found again by the file's content.

Kept in the user's cache, by the hash of the file and of the code that builds, so that neither an
extract that has changed nor rules that have changed ever give old streets.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.errors import UserError
from deploy.roads.reading import Found, Progress, check_pbf, read_extract
from shared import streets
from shared.streets.building import Report, build_graph
from shared.streets.graph import GraphError, StreetGraph, load, read_manifest, save

KEPT = 8
"""Extracts whose streets stay in the cache; the one used longest ago goes."""
_CODE = ("building", "components", "edges", "graph", "kinds", "rules")


@dataclass(frozen=True, slots=True)
class Built:
    """The streets of one extract."""

    graph: StreetGraph
    source: dict[str, Any]
    """File, hash, extent, counts, what was left out and why, defibrillators."""

    def keep_in(self, folder: Path) -> Path:
        """Writes them as ``folder/<version>``, with where they come from."""
        return save(self.graph, folder / self.graph.version, self.source)


def built_of(file: Path, progress: Progress | None = None) -> Built:
    """The streets of an extract, from the cache when it was built before.

    Raises :class:`UserError` when the file is no extract or has no streets.
    """
    check_pbf(file)
    with file.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    folder = _cache() / f"{digest[:24]}-{_code_hash()}"
    with contextlib.suppress(GraphError, OSError):
        graph, source = load(folder), read_manifest(folder)["source"]
        os.utime(folder)
        return Built(graph, {**source, "file": file.name})
    extract, found = read_extract(file, progress)
    if progress is not None:
        progress("streets", 0, 0)
    graph, report = build_graph(extract)
    if not len(graph.latitude):
        raise UserError(f"{file} has no streets: get an extract with highways and their nodes")
    built = Built(graph, _source(file, digest, found, report))
    try:
        save(graph, folder, built.source)
        _forget(folder.parent)
    except OSError as error:
        # Only the next start is slower for it.
        print(f"lifering: not kept in the cache: {error.strerror}", file=sys.stderr)
    return built


def _source(file: Path, digest: str, found: Found, report: Report) -> dict[str, Any]:
    return {
        "file": file.name,
        "sha256": digest,
        "bytes": found.source_bytes,
        "bounds": list(found.bounds) if found.bounds else None,
        "ways": report.ways,
        "nodes": report.nodes,
        "nodes_absent": report.nodes_absent,
        "nodes_blocking_cars": report.nodes_blocking_cars,
        "profiles": {str(profile): counts for profile, counts in report.profiles.items()},
        "left_out": {profile: dict(why) for profile, why in found.left_out.items()},
        "defibrillators": found.defibrillators,
    }


def _cache() -> Path:
    from deploy.prepare import cache_dir

    return cache_dir() / "streets"


def _code_hash() -> str:
    """Of all code that decides what the streets of a file are."""
    here, there = Path(__file__).parent, Path(streets.__file__ or "").parent
    files = [here / "reading.py", here / "built.py", *(there / f"{name}.py" for name in _CODE)]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:8]


def _forget(cache: Path) -> None:
    kept = sorted(
        (each for each in cache.iterdir() if each.is_dir() and not each.name.startswith(".")),
        key=lambda each: each.stat().st_mtime,
        reverse=True,
    )
    for old in kept[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
