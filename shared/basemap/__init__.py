"""The map to look at, as it lies on disk: what the launcher writes and the gateway serves.

A folder ``basemap`` in a version's folder of streets holds ``streets-<version>.pmtiles`` (vector
tiles), ``names-<version>.sqlite`` (the search index) and ``basemap.json``, which is written last.
The version is a hash of the contents, so a file of that name never changes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, TypedDict

FORMAT: Final = 1
FOLDER: Final = "basemap"
MANIFEST: Final = "basemap.json"
POINTER: Final = "current"
"""In a folder of versions of streets: the file that names the one to take."""


class BasemapError(Exception):
    """A folder that holds no usable map: one clear line."""


class Manifest(TypedDict):
    """``basemap.json``."""

    format: int
    version: str
    tiles: str
    """Name of the archive of vector tiles, in the same folder."""
    tiles_bytes: int
    names: str
    """Name of the search index, in the same folder."""
    file: str
    """Name of the extract."""
    attribution: str
    bounds: list[float]
    """South, west, north, east, degrees."""
    min_zoom: int
    max_zoom: int
    counts: dict[str, int]
    """Things drawn by layer; ``names`` are those that can be searched for."""


def folder_of(streets: Path) -> Path:
    """The map's folder of a version of streets, or of the one that a folder of versions names."""
    try:
        name = (streets / POINTER).read_text("utf-8").strip()
    except OSError:
        name = ""
    # A name only: the pointer never leads out of its folder.
    return (streets / Path(name).name if name else streets) / FOLDER


def read_basemap(folder: Path) -> Manifest:
    """What a map's folder says of itself, its files looked for.

    Raises :class:`BasemapError` with one clear line.
    """
    mend = "import the streets again (./lifering import roads FILE)"
    try:
        manifest: Manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise BasemapError(f"{folder} holds no map: {mend}") from None
    except (OSError, ValueError) as error:
        raise BasemapError(f"{folder / MANIFEST} cannot be read ({error}): {mend}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BasemapError(f"{folder} is of another format than {FORMAT}: {mend}")
    try:
        size = (folder / manifest["tiles"]).stat().st_size
    except (OSError, KeyError) as error:
        raise BasemapError(f"{folder} lacks its tiles ({error}): {mend}") from None
    if size != manifest["tiles_bytes"] or not (folder / manifest["names"]).is_file():
        raise BasemapError(f"{folder} is not what its manifest says: {mend}")
    return manifest
