"""Pieces of tiles, kept in a file until all of a tile's are there.

Memory holds 28 bytes for each piece, and one tile's pieces at a time.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import shapely
from pmtiles.tile import zxy_to_tileid

from deploy.basemap.cutting import Pieces
from deploy.basemap.rules import LAYERS

_LAYER: Final = {name: number for number, name in enumerate(LAYERS)}


class PieceFile(AbstractContextManager["PieceFile"]):
    """Written once, then read tile by tile, in the order of the archive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w+b")
        self._tile, self._offset, self._length = array("Q"), array("Q"), array("I")
        self._at = 0
        self._encoder = msgspec.msgpack.Encoder()
        self._tile_ids: dict[tuple[int, int, int], int] = {}

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def __len__(self) -> int:
        return len(self._tile)

    def add(
        self, zoom: int, pieces: Pieces, layers: list[str], properties: list[dict[str, Any]]
    ) -> None:
        """Keeps pieces; ``layers`` and ``properties`` are the batch's, by number of the thing."""
        shapes = shapely.to_wkb(pieces.shape)
        rows = zip(
            pieces.thing.tolist(),
            pieces.tile_x.tolist(),
            pieces.tile_y.tolist(),
            shapes,
            strict=True,
        )
        for thing, x, y, shape in rows:
            record = self._encoder.encode((_LAYER[layers[thing]], properties[thing], shape))
            self._tile.append(self._tile_id(zoom, x, y))
            self._offset.append(self._at)
            self._length.append(len(record))
            self._file.write(record)
            self._at += len(record)

    def _tile_id(self, zoom: int, x: int, y: int) -> int:
        found = self._tile_ids.get((zoom, x, y))
        if found is None:
            found = self._tile_ids[zoom, x, y] = zxy_to_tileid(zoom, x, y)
        return found

    def tiles(self) -> Iterator[tuple[int, dict[str, list[tuple[dict[str, Any], Any]]]]]:
        """Each tile's number, and its pieces by layer: what they say, and their shape.

        In the order of numbers, pieces in the order they came.
        """
        if not len(self._tile):
            return
        self._file.flush()
        tile = np.frombuffer(self._tile, np.uint64)
        order = np.argsort(tile, kind="stable")
        starts = np.flatnonzero(np.diff(tile[order], prepend=tile[order[0]] + np.uint64(1)))
        ends = [*starts[1:].tolist(), len(order)]
        decoder = msgspec.msgpack.Decoder(tuple[int, dict[str, Any], bytes])
        names = list(LAYERS)
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for start, end in zip(starts.tolist(), ends, strict=True):
                rows = order[start:end].tolist()
                records = [
                    decoder.decode(data[self._offset[row] : self._offset[row] + self._length[row]])
                    for row in rows
                ]
                shapes = shapely.from_wkb([record[2] for record in records])
                found: dict[str, list[tuple[dict[str, Any], Any]]] = {}
                for (layer, said, _), shape in zip(records, shapes, strict=True):
                    found.setdefault(names[layer], []).append((said, shape))
                yield int(tile[rows[0]]), found
