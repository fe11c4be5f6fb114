"""Things cut into the tiles of every zoom, simplified for it, in whole steps of a tile.

All of a batch goes through each step at once, in compiled code (GEOS through shapely).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

EXTENT: Final = 4096
"""Steps to a side of a tile."""
BUFFER: Final = 64
"""Steps around a tile that belong to it, so that wide lines are not cut at its edge."""
PIXEL: Final = 8.0
"""Steps to a pixel of a tile that is drawn 512 pixels wide."""
_POLE: Final = 85.0511287798066

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pieces:
    """(k,) pieces of things, each in one tile."""

    thing: Ints
    """Which of the batch."""
    tile_x: Ints
    tile_y: Ints
    shape: Any
    """Shapely geometries in steps of the tile, y downwards, whole numbers."""


def to_world(longitude_latitude: Floats) -> Floats:
    """(n, 2) degrees → Web Mercator, the world being the square from 0 to 1, y downwards."""
    latitude = np.radians(np.clip(longitude_latitude[:, 1], -_POLE, _POLE))
    x = longitude_latitude[:, 0] / 360.0 + 0.5
    y = 0.5 - np.arcsinh(np.tan(latitude)) / (2.0 * np.pi)
    return np.stack((x, y), axis=1)


def pieces_of(shapes: Any, geometry: str, zoom: int, max_zoom: int) -> Pieces:
    """The pieces of things (n,) in the world's square, in the tiles of a zoom.

    ``geometry`` is point, line or polygon. What is smaller than can be seen is left out below the
    last zoom, whose tiles are enlarged for closer views.
    """
    scaled = shapely.transform(shapes, lambda each: each * (float(EXTENT) * 2**zoom))
    thing = np.arange(len(scaled))
    last = zoom == max_zoom
    if geometry == "line":
        scaled = shapely.simplify(scaled, 1.0 if last else PIXEL / 2, preserve_topology=False)
        keep = ~shapely.is_empty(scaled) & (shapely.length(scaled) >= (1.0 if last else PIXEL))
    elif geometry == "polygon":
        keep = shapely.area(scaled) >= (4.0 if last else 4 * PIXEL**2)
        scaled, thing = scaled[keep], thing[keep]
        scaled = shapely.simplify(scaled, 1.0 if last else PIXEL / 2)
        bad = ~shapely.is_valid(scaled)
        scaled[bad] = _areas(shapely.make_valid(scaled[bad]))
        keep = ~shapely.is_empty(scaled)
    else:
        keep = ~shapely.is_empty(scaled)
    thing, tile_x, tile_y, cut = _split(thing[keep], scaled[keep], zoom)
    whole = _to_steps(cut, tile_x, tile_y, geometry)
    kept = ~(shapely.is_empty(whole) | shapely.is_missing(whole))
    return Pieces(thing[kept], tile_x[kept], tile_y[kept], whole[kept])


def _split(thing: Ints, shapes: Any, zoom: int) -> tuple[Ints, Ints, Ints, Any]:
    """Each thing halved again and again until every piece lies in one tile (with its buffer).

    Halving keeps the work for a lake or a sea near its number of corners, not corners × tiles.
    """
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    most = 2**zoom - 1
    low = np.floor((bounds[:, :2] - BUFFER) / EXTENT)
    high = np.floor((bounds[:, 2:] + BUFFER) / EXTENT)
    first = np.clip(low, 0, most).astype(np.int64)
    last = np.clip(high, 0, most).astype(np.int64)
    done: list[tuple[Ints, Ints, Any]] = []
    while len(thing):
        span = last - first
        single = (span == 0).all(axis=1)
        done.append((thing[single], first[single], shapes[single]))
        thing, first, last = thing[~single], first[~single], last[~single]
        shapes, span = shapes[~single], span[~single]
        if not len(thing):
            break
        axis = (span[:, 1] > span[:, 0]).astype(np.int64)
        rows = np.arange(len(thing))
        middle = (first[rows, axis] + last[rows, axis]) // 2
        left_last, right_first = last.copy(), first.copy()
        left_last[rows, axis] = middle
        right_first[rows, axis] = middle + 1
        thing = np.concatenate((thing, thing))
        first = np.concatenate((first, right_first))
        last = np.concatenate((left_last, last))
        shapes = _clipped(np.concatenate((shapes, shapes)), first, last)
        kept = ~shapely.is_empty(shapes)
        thing, first, last, shapes = thing[kept], first[kept], last[kept], shapes[kept]
    if not done:
        return thing, thing, thing, shapes
    where = np.concatenate([each[1] for each in done]).reshape(-1, 2)
    return (
        np.concatenate([each[0] for each in done]),
        where[:, 0],
        where[:, 1],
        np.concatenate([each[2] for each in done]),
    )


def _clipped(shapes: Any, first: Ints, last: Ints) -> Any:
    """Shapes within their ranges of tiles and the buffer around them."""
    low, high = first * EXTENT - BUFFER, (last + 1) * EXTENT + BUFFER
    boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    return shapely.intersection(shapes, boxes)


def _to_steps(shapes: Any, tile_x: Ints, tile_y: Ints, geometry: str) -> Any:
    """In whole steps from the tile's corner; areas valid, outer rings as vector tiles want them."""
    moved = _moved(shapes, tile_x * EXTENT, tile_y * EXTENT)
    if geometry == "polygon":
        whole = shapely.transform(moved, np.rint)
        # Rounding alone lets narrow necks cross themselves: those few go the longer way.
        bad = ~shapely.is_valid(whole)
        whole[bad] = shapely.set_precision(moved[bad], 1.0)
        return shapely.orient_polygons(_areas(whole), exterior_cw=False)
    whole = shapely.transform(moved, np.rint)
    if geometry == "line":
        whole = _lines(whole)
    return whole


def _moved(shapes: Any, left: Ints, top: Ints) -> Any:
    counts = shapely.get_num_coordinates(shapes)
    offset = np.stack((np.repeat(left, counts), np.repeat(top, counts)), axis=1)
    return shapely.set_coordinates(shapes.copy(), shapely.get_coordinates(shapes) - offset)


def _areas(shapes: Any) -> Any:
    return _only(shapes, (3, 6), shapely.multipolygons)


def _lines(shapes: Any) -> Any:
    return _only(shapes, (1, 5), shapely.multilinestrings)


def _only(shapes: Any, types: tuple[int, int], many: Callable[..., Any]) -> Any:
    """Of mixed results only what has the geometry that the layer is of."""
    for row in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), types)):
        parts = shapely.get_parts(shapely.get_parts(shapes[row]))
        shapes[row] = many([each for each in parts if shapely.get_type_id(each) == types[0]])
    return shapes


def zooms(min_zoom: Ints, first: int, last: int) -> Iterator[tuple[int, Ints]]:
    """Each zoom with the things that are drawn at it."""
    for zoom in range(first, last + 1):
        rows = np.flatnonzero(min_zoom <= zoom)
        if len(rows):
            yield zoom, rows
