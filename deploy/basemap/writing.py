"""From an extract to a map's folder: tiles, search index, manifest."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import mapbox_vector_tile
import numpy as np
import shapely
from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer

from deploy.basemap.coast import sea
from deploy.basemap.cutting import EXTENT, pieces_of, to_world, zooms
from deploy.basemap.index import NameIndex
from deploy.basemap.pieces import PieceFile
from deploy.basemap.reading import Batch, read
from deploy.basemap.rules import LAYERS, MAX_ZOOM, MIN_ZOOM, Drawn
from deploy.errors import UserError
from deploy.roads.reading import Progress
from shared.basemap import FORMAT, MANIFEST, Manifest
from shared.streets.building import OSM_ATTRIBUTION as ATTRIBUTION

Bounds = tuple[float, float, float, float]
"""South, west, north, east, degrees."""
_SAY_EVERY: Final = 500
_OPTIONS: Final = {"extents": EXTENT, "y_coord_down": True, "check_winding_order": False}
_SEA: Final = Drawn("water", "sea", MIN_ZOOM)
_JOINED: Final = frozenset(layer for layer, geometry in LAYERS.items() if geometry == "line")


def build_map(file: Path, folder: Path, progress: Progress | None = None) -> Manifest:
    """Writes the map of an extract into an empty folder; returns its manifest.

    Raises :class:`deploy.errors.UserError` when the file is no extract, ``OSError`` when the disk
    is full. Memory: node coordinates (16 bytes each) and a batch; the rest waits in a file.
    """
    say = progress or (lambda what, done, rows: None)
    counts: Counter[str] = Counter()
    tiles, names = folder / "tiles.part", folder / "names.part"
    with PieceFile(folder / "pieces.part") as pieces, NameIndex(names) as index:
        extents = []

        def take(batch: Batch) -> None:
            extents.append(_keep(batch, pieces))
            counts.update(each.layer for each in batch.drawn)

        seen = read(file, take, index.add, say)
        if not extents:
            raise UserError(f"{file} has nothing to draw: get an extract with streets")
        bounds = seen.bounds or _around(extents)
        water = _sea_batch(seen.coast, bounds)
        if water.shapes:
            _keep(water, pieces)
            counts["water"] += len(water.shapes)
        with tiles.open("w+b") as handle:
            _write_tiles(handle, pieces, bounds, file.name, say)
        say("names", 0, 0)
        counts["names"] = index.finish()
    digest = hashlib.sha256()
    for part in (tiles, names):
        with part.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    version = digest.hexdigest()[:16]
    manifest: Manifest = {
        "format": FORMAT,
        "version": version,
        "tiles": f"streets-{version}.pmtiles",
        "tiles_bytes": tiles.stat().st_size,
        "names": f"names-{version}.sqlite",
        "file": file.name,
        "attribution": ATTRIBUTION,
        "bounds": [round(each, 7) for each in bounds],
        "min_zoom": MIN_ZOOM,
        "max_zoom": MAX_ZOOM,
        "counts": dict(sorted(counts.items())),
    }
    tiles.rename(folder / manifest["tiles"])
    names.rename(folder / manifest["names"])
    # Written last: a folder without it is no map.
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text, "utf-8")
    return manifest


def _around(extents: list[Any]) -> Bounds:
    """South, west, north, east of all that is drawn."""
    west, south = np.nanmin(np.array(extents)[:, :2], axis=0).tolist()
    east, north = np.nanmax(np.array(extents)[:, 2:], axis=0).tolist()
    return south, west, north, east


def _sea_batch(coast: list[Any], bounds: Bounds) -> Batch:
    batch = Batch()
    for part in sea(coast, bounds):
        batch.add(_SEA, {"kind": _SEA.kind}, shapely.to_wkb(part, hex=True))
    return batch


def _keep(batch: Batch, pieces: PieceFile) -> Any:
    """Cuts a batch into tiles; its west, south, east and north."""
    shapes = np.asarray(batch.geometries(), dtype=object)
    layers = [each.layer for each in batch.drawn]
    geometry = LAYERS[layers[0]]
    min_zoom = np.array([each.min_zoom for each in batch.drawn])
    # What cannot be read is drawn nowhere.
    min_zoom[shapely.is_missing(shapes)] = MAX_ZOOM + 1
    world = shapely.transform(shapes, to_world)
    for zoom, rows in zooms(min_zoom, MIN_ZOOM, MAX_ZOOM):
        found = pieces_of(world[rows], geometry, zoom, MAX_ZOOM)
        pieces.add(
            zoom, found, [layers[row] for row in rows], [batch.properties[row] for row in rows]
        )
    return shapely.total_bounds(shapes)


def _write_tiles(handle: Any, pieces: PieceFile, bounds: Bounds, name: str, say: Progress) -> None:
    writer: Any = Writer(handle)  # type: ignore[no-untyped-call]
    done = 0
    for tile, layers in pieces.tiles():
        writer.write_tile(tile, gzip.compress(encode(layers), 6, mtime=0))
        done += 1
        if done % _SAY_EVERY == 0:
            say("tiles", done, 0)
    say("tiles", done, done)
    south, west, north, east = (round(each * 1e7) for each in bounds)
    writer.finalize(
        {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            "min_lat_e7": south, "min_lon_e7": west, "max_lat_e7": north, "max_lon_e7": east,
            "center_zoom": 12,
            "center_lat_e7": (south + north) // 2,
            "center_lon_e7": (west + east) // 2,
        },
        {
            "name": name,
            "attribution": ATTRIBUTION,
            "vector_layers": [
                {
                    "id": layer, "fields": {"kind": "String"},
                    "minzoom": MIN_ZOOM, "maxzoom": MAX_ZOOM,
                }
                for layer in LAYERS
            ],
        },
    )  # fmt: skip


def encode(layers: dict[str, list[tuple[dict[str, Any], Any]]]) -> bytes:
    """A Mapbox Vector Tile (version 2) of pieces by layer; shapes in whole steps, y downwards."""
    return bytes(
        mapbox_vector_tile.encode(
            [
                {
                    "name": layer,
                    "features": [
                        {"geometry": shape, "properties": said}
                        for said, shape in (
                            _joined(layers[layer]) if layer in _JOINED else layers[layer]
                        )
                    ],
                }
                for layer in LAYERS
                if layer in layers
            ],
            default_options=_OPTIONS,
        )
    )


def _joined(pieces: list[tuple[dict[str, Any], Any]]) -> list[tuple[dict[str, Any], Any]]:
    """Lines that say the same made one where they meet: fewer things, room for their names."""
    alike: dict[tuple[tuple[str, Any], ...], list[Any]] = {}
    for said, shape in pieces:
        alike.setdefault(tuple(said.items()), []).append(shape)
    return [
        (
            dict(said),
            shapes[0]
            if len(shapes) == 1
            # Directed: arrows of one-way streets go the way that they are mapped.
            else shapely.line_merge(
                shapely.multilinestrings(shapely.get_parts(shapes)), directed="oneway" in dict(said)
            ),
        )
        for said, shapes in alike.items()
    ]
