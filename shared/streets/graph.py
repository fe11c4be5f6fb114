"""The street graph: nodes, and for each profile its edges in compressed sparse rows.

Written as a folder of plain arrays with a manifest, and loaded as memory maps: services that share
a machine share the pages, and nothing is read before it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FORMAT = 1
"""Of the folder; another one is refused."""
MANIFEST = "manifest.json"
POINTER = "current"
"""In a folder of versions: the file that names the one to take."""

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Uint32 = npt.NDArray[np.uint32]
Uint8 = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]


class GraphError(Exception):
    """A folder that holds no usable street graph: one clear line."""


@dataclass(frozen=True, slots=True)
class ProfileGraph:
    """One profile's edges, n nodes and e edges; every array is contiguous and read-only.

    The edges that leave node ``i`` are ``first[i]..first[i+1]``, ordered by head; the same edges
    by their end (``back_*``) are what a search towards one place follows: ``back_head`` is the node
    that the edge comes **from**.
    """

    first: Uint32
    """(n + 1,)"""
    head: Uint32
    """(e,) node"""
    length_m: Float64
    """(e,) great-circle metres"""
    kind: Uint8
    """(e,) :class:`shared.streets.kinds.Kind`"""
    back_first: Uint32
    back_head: Uint32
    back_length_m: Float64
    back_kind: Uint8
    routable: Bool
    """(n,) whether the node is in the largest component (walking: connected; cycling and driving:
    strongly connected, so that nobody is led into a dead end); only these are snapped to."""


@dataclass(frozen=True, slots=True)
class StreetGraph:
    """Nodes (ordered along a space-filling curve, so that neighbours are near in memory)."""

    version: str
    """Hash of all that is in it, short."""
    latitude: Float64
    """(n,) WGS-84 degrees"""
    longitude: Float64
    """(n,) WGS-84 degrees"""
    osm_id: Int64
    """(n,) OpenStreetMap node, or a running number of synthetic streets"""
    profiles: Mapping[str, ProfileGraph]
    """By :class:`shared.streets.kinds.Profile`."""
    attribution: str
    """Such as ``© OpenStreetMap contributors, ODbL``."""


def make_graph(
    latitude: Float64,
    longitude: Float64,
    osm_id: Int64,
    profiles: Mapping[str, ProfileGraph],
    attribution: str,
) -> StreetGraph:
    """A graph with its version: arrays are made contiguous and read-only."""
    profiles = {
        str(name): ProfileGraph(*(_frozen(getattr(each, field.name)) for field in fields(each)))
        for name, each in sorted(profiles.items())
    }
    places = (_frozen(latitude), _frozen(longitude), _frozen(osm_id))
    seal = hashlib.sha256(f"{FORMAT} {attribution}".encode())
    for name, array in _arrays(*places, profiles):
        seal.update(f"{name} {array.dtype.str} {array.shape}".encode())
        seal.update(array.data)
    return StreetGraph(seal.hexdigest()[:16], *places, profiles, attribution)


def save(graph: StreetGraph, folder: Path, source: Mapping[str, Any] | None = None) -> Path:
    """Writes a graph as ``folder``; returns it.

    Written beside and renamed, so that a half-written folder is never seen; a folder that already
    holds this version is left alone. ``source`` goes into the manifest (file, hash, extent).
    Raises :class:`OSError` where it cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if _holds(folder, graph.version):
        return folder
    beside = folder.parent / f".{folder.name}.{os.getpid()}.{secrets.token_hex(4)}"
    beside.mkdir()
    try:
        listed: dict[str, Any] = {}
        for name, array in _arrays(graph.latitude, graph.longitude, graph.osm_id, graph.profiles):
            file = beside / f"{name}.npy"
            with file.open("wb") as handle:
                np.lib.format.write_array(handle, array, allow_pickle=False)
                handle.flush()
                os.fsync(handle.fileno())
            listed[name] = {"bytes": file.stat().st_size, "sha256": _checksum(file)}
        manifest = {
            "format": FORMAT,
            "version": graph.version,
            "attribution": graph.attribution,
            "nodes": len(graph.latitude),
            "edges": {name: len(each.head) for name, each in graph.profiles.items()},
            "arrays": listed,
            "source": dict(source or {}),
        }
        (beside / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
        _put(beside, folder, graph.version)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def load(folder: Path, *, verify: bool = False) -> StreetGraph:
    """The graph of a folder, as read-only memory maps.

    The folder is a version's, or one of versions with a pointer (``LIFERING_STREETS`` may be
    either: with the pointer a restarted service takes what was imported meanwhile). Sizes are
    always compared with the manifest, checksums when ``verify`` is set (that reads all).
    Raises :class:`GraphError` with one clear line when the folder holds no usable graph.
    """
    folder = pointed(folder)
    manifest = read_manifest(folder)
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, listed in manifest["arrays"].items():
        file = folder / f"{name}.npy"
        try:
            if file.stat().st_size != listed["bytes"]:
                raise GraphError(f"{file} has not the size that its manifest says: import it again")
            if verify and _checksum(file) != listed["sha256"]:
                raise GraphError(f"{file} has not the checksum of its manifest: import it again")
            # asarray: compiled code then sees one plain type, whether mapped or in memory.
            arrays[name] = np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError) as error:
            raise GraphError(f"{file} cannot be read ({error}): import the streets again") from None
    try:
        profiles = {
            profile: ProfileGraph(
                *(arrays[f"{profile}.{field.name}"] for field in fields(ProfileGraph))
            )
            for profile in manifest["edges"]
        }
        places = (arrays["latitude"], arrays["longitude"], arrays["osm_id"])
    except KeyError as error:
        raise GraphError(f"{folder} lacks the array {error}: import the streets again") from None
    return StreetGraph(manifest["version"], *places, profiles, manifest["attribution"])


def pointed(folder: Path) -> Path:
    """The version that a folder of versions points at; any other folder is itself."""
    try:
        name = (folder / POINTER).read_text("utf-8").strip()
    except OSError:
        return folder
    # A name only: the pointer never leads out of its folder.
    return folder / Path(name).name if name else folder


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a folder says of itself. Raises :class:`GraphError`."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise GraphError(f"{folder} holds no streets: see ./lifering import roads") from None
    except (OSError, ValueError) as error:
        raise GraphError(f"{folder / MANIFEST} cannot be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise GraphError(f"{folder} is of another format than {FORMAT}: import the streets again")
    return manifest


def _arrays(
    latitude: Float64, longitude: Float64, osm_id: Int64, profiles: Mapping[str, ProfileGraph]
) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    yield from (("latitude", latitude), ("longitude", longitude), ("osm_id", osm_id))
    for name in sorted(profiles):
        for field in fields(ProfileGraph):
            yield f"{name}.{field.name}", getattr(profiles[name], field.name)


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


def _holds(folder: Path, version: str) -> bool:
    try:
        return bool(read_manifest(folder)["version"] == version)
    except GraphError:
        return False


def _put(beside: Path, folder: Path, version: str) -> None:
    """Renames; somebody else may have been first, and a broken folder is set aside."""
    try:
        beside.rename(folder)
    except OSError:
        if _holds(folder, version):
            return
        old = folder.with_name(f"{beside.name}.old")
        folder.rename(old)
        beside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def _checksum(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
