"""The map's files as the gateway found them at its start: they never change under their names."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.gateway.work.names import Names
from shared.basemap import BasemapError, Manifest, folder_of, read_basemap
from shared.telemetry.logs import logger

log = logger(__name__)

PREFIX: Final = "/basemap"
TILES: Final = "application/vnd.pmtiles"
GEOJSON: Final = "application/geo+json"


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file that may be fetched, for good: another content has another name."""

    content: Path | bytes
    """Where it lies, or itself: what somebody may replace under its name is kept here."""
    media_type: str
    tag: str
    """Without quotes; changes with the content."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Areas to draw where no streets are."""

    name: str
    attribution: str
    bounds: tuple[float, float, float, float]
    """South, west, north, east, degrees."""


class Basemap:
    """What there is to draw; nothing of it is needed for a call to be answered."""

    def __init__(self, streets: Path | None, boundaries: Path | None) -> None:
        """``streets``: a version's folder or one of versions; ``boundaries``: a GeoJSON file.

        What is not there or cannot be read is left out, and said in the log.
        """
        self.files: dict[str, ServedFile] = {}
        self.streets: Manifest | None = None
        self.index: Names | None = None
        """What can be searched for by name."""
        self.boundaries: Boundaries | None = None
        if streets is not None:
            self._take_streets(folder_of(streets))
        if boundaries is not None and boundaries.is_file():
            self._take_boundaries(boundaries)

    def _take_streets(self, folder: Path) -> None:
        try:
            manifest = read_basemap(folder)
        except BasemapError as error:
            log.warning("no_basemap", reason=str(error))
            return
        self.streets = manifest
        try:
            self.index = Names(folder / manifest["names"])
        except sqlite3.Error as error:
            log.warning("no_names", reason=f"{folder / manifest['names']}: {error}")
        tiles = folder / manifest["tiles"]
        self.files[manifest["tiles"]] = ServedFile(tiles, TILES, manifest["version"])

    def _take_boundaries(self, file: Path) -> None:
        try:
            content = file.read_bytes()
            document = json.loads(content)
            west, south, east, north = (float(each) for each in document["bbox"])
            attribution = str(document["attribution"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("no_boundaries", reason=f"{file}: {error}")
            return
        tag = hashlib.sha256(content).hexdigest()[:16]
        name = f"boundaries-{tag}.geojson"
        self.boundaries = Boundaries(name, attribution, (south, west, north, east))
        self.files[name] = ServedFile(content, GEOJSON, tag)

    def close(self) -> None:
        """Lets go of the index."""
        if self.index is not None:
            self.index.close()

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """South, west, north, east of what there is; streets count before boundaries."""
        if self.streets is not None:
            south, west, north, east = self.streets["bounds"]
            return south, west, north, east
        return None if self.boundaries is None else self.boundaries.bounds
