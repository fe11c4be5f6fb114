"""Reads the streets out of an OpenStreetMap extract (.osm.pbf), in two passes over the file.

First the ways with ``highway`` (and the defibrillators), then the coordinates of their nodes only:
the filters run in osmium's own code, so a province costs memory for its streets, not for its
buildings.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from deploy.errors import UserError
from shared.streets.building import Extract
from shared.streets.graph import Int64
from shared.streets.kinds import Profile
from shared.streets.rules import USED_KEYS, WayUse, blocks_cars, use_of, why_not

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and how many there are (0: not known)."""

SAY_EVERY = 100_000
_PBF_HEADER = b"OSMHeader"


@dataclass(slots=True)
class Found:
    """What an extract holds besides its streets."""

    source_bytes: int
    bounds: tuple[float, float, float, float] | None = None
    """South, west, north, east of the nodes of its streets, degrees."""
    left_out: dict[str, Counter[str]] = field(
        default_factory=lambda: {profile.value: Counter() for profile in Profile}
    )
    """Ways that a profile may not use at all, by the tag that says so."""
    defibrillators: list[dict[str, Any]] = field(default_factory=list)
    """``{"node", "latitude", "longitude", "tags"}`` by node id."""


def read_extract(file: Path, progress: Progress | None = None) -> tuple[Extract, Found]:
    """The streets of an extract as arrays, and what else was found.

    Raises :class:`UserError` when the file is not there, cannot be read or is not a .osm.pbf.
    """
    say = progress or (lambda what, done, rows: None)
    found = Found(source_bytes=check_pbf(file))
    way_first, way_node, use = _ways(file, found, say)
    wanted = np.unique(way_node)
    node_id, latitude, longitude, blocked = _nodes(file, wanted, say)
    if len(node_id):
        found.bounds = (
            float(latitude.min()), float(longitude.min()),
            float(latitude.max()), float(longitude.max()),
        )  # fmt: skip
    found.defibrillators.sort(key=lambda each: int(each["node"]))
    return Extract(way_first, way_node, use, node_id, latitude, longitude, blocked), found


def check_pbf(file: Path) -> int:
    """The size of a .osm.pbf, in bytes; raises :class:`UserError` for anything else."""
    try:
        with file.open("rb") as handle:
            begin = handle.read(64)
            size = handle.seek(0, 2)
    except IsADirectoryError:
        raise UserError(f"{file} is a folder: name an OpenStreetMap extract (.osm.pbf)") from None
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}: name a readable .osm.pbf file") from None
    if _PBF_HEADER not in begin:
        raise UserError(f"{file} is not an OpenStreetMap extract in PBF form (.osm.pbf)")
    return size


def _objects(file: Path, kinds: Any, *filters: Any) -> Iterator[Any]:
    """The objects of a file that pass the filters; a broken file is one clear line."""
    import osmium

    processor = osmium.FileProcessor(osmium.io.File(str(file), "pbf"), kinds)
    for each in filters:
        processor = processor.with_filter(each)
    try:
        yield from processor
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{file} is damaged ({reason}): get the extract again") from None


def _ways(file: Path, found: Found, say: Progress) -> tuple[Int64, Int64, npt.NDArray[np.uint8]]:
    import osmium

    first, nodes, uses = array("q", [0]), array("q"), bytearray()
    kinds = osmium.osm.NODE | osmium.osm.WAY
    streets = osmium.filter.KeyFilter("highway")
    streets.enable_for(osmium.osm.WAY)
    aeds = osmium.filter.TagFilter(("emergency", "defibrillator"))
    aeds.enable_for(osmium.osm.NODE)
    for each in _objects(file, kinds, streets, aeds):
        if each.is_node():
            if each.deleted or not each.location.valid():
                continue
            found.defibrillators.append(
                {
                    "node": each.id,
                    "latitude": each.location.lat,
                    "longitude": each.location.lon,
                    "tags": {tag.k: tag.v for tag in each.tags},
                }
            )
            continue
        if each.deleted:
            continue
        tags = tuple((tag.k, tag.v) for tag in each.tags if tag.k in USED_KEYS)
        use, left_out = _use(tags)
        for profile, reason in zip(Profile, left_out, strict=True):
            if reason is not None:
                found.left_out[profile.value][reason] += 1
        nodes.extend([node.ref for node in each.nodes])
        first.append(len(nodes))
        uses += bytes(use)
        if len(first) % SAY_EVERY == 0:
            say("ways", len(first) - 1, 0)
    say("ways", len(first) - 1, len(first) - 1)
    return (
        np.frombuffer(first, np.int64),
        np.frombuffer(nodes, np.int64) if nodes else np.zeros(0, np.int64),
        np.frombuffer(bytes(uses), np.uint8).reshape(-1, len(WayUse._fields)),
    )


@lru_cache(maxsize=65_536)
def _use(tags: tuple[tuple[str, str], ...]) -> tuple[WayUse, tuple[str | None, ...]]:
    named = dict(tags)
    return use_of(named), why_not(named)


def _nodes(
    file: Path, wanted: Int64, say: Progress
) -> tuple[Int64, npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Ids (ascending), coordinates and barriers of those nodes that the file has."""
    import osmium

    ids, latitudes, longitudes, blocked = array("q"), array("d"), array("d"), array("q")
    if len(wanted):
        # A view gives its numbers one by one: no list of millions of Python numbers.
        only = osmium.filter.IdFilter(memoryview(wanted))  # type: ignore[arg-type]
        for node in _objects(file, osmium.osm.NODE, only):
            location = node.location
            if node.deleted or not location.valid():
                continue
            ids.append(node.id)
            latitudes.append(location.lat)
            longitudes.append(location.lon)
            if len(node.tags) and blocks_cars({tag.k: tag.v for tag in node.tags}):
                blocked.append(node.id)
            if len(ids) % SAY_EVERY == 0:
                say("nodes", len(ids), len(wanted))
    say("nodes", len(ids), len(wanted))
    # A node that the file has twice counts once, as it comes last.
    node_id, last = np.unique(np.array(ids, np.int64)[::-1], return_index=True)
    rows = len(ids) - 1 - last
    return (
        node_id,
        np.array(latitudes, np.float64)[rows],
        np.array(longitudes, np.float64)[rows],
        np.isin(node_id, np.array(blocked, np.int64)),
    )
