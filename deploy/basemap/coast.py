"""The sea: OpenStreetMap maps only its shore, as lines with the land on their left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

SNAP = 1e-7
"""Degrees: the step of OpenStreetMap's own coordinates."""


def sea(coast: Sequence[Any], bounds: tuple[float, float, float, float]) -> list[Any]:
    """The parts of a box that are sea, as polygons (longitude first).

    ``bounds`` is south, west, north, east. A shore that ends within the box (an extract cut along
    a border) is led straight on to the nearest side of it: there the picture is a guess, and only
    there. Without a shore nothing is known, and nothing is sea.
    """
    if not coast:
        return []
    south, west, north, east = bounds
    box = shapely.box(west, south, east, north)
    shore = shapely.line_merge(
        shapely.union_all(shapely.set_precision(list(coast), SNAP)), directed=True
    )
    inside = shapely.get_parts(shapely.intersection(shore, box))
    lines = [each for each in inside if each.geom_type == "LineString" and each.length > 0]
    if not lines:
        return []
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines), directed=True))
    led = [_led_on(line, box) for line in merged]
    faces = shapely.get_parts(
        shapely.polygonize([*shapely.get_parts(shapely.union_all([*led, box.exterior]))])
    )
    return [face for face in faces if _is_sea(face, merged)]


def _led_on(line: Any, box: Any) -> Any:
    """The line with its loose ends led to the nearest side of the box."""
    if line.is_closed:
        return line
    coordinates = shapely.get_coordinates(line)
    ends = shapely.points(coordinates[[0, -1]])
    sides = shapely.get_coordinates(shapely.shortest_line(ends, box.exterior)).reshape(2, 2, 2)[
        :, 1
    ]
    return shapely.linestrings(np.concatenate((sides[:1], coordinates, sides[1:])))


def _is_sea(face: Any, shore: Any) -> bool:
    """Whether more of the shore around a face has it on its right than on its left."""
    right = left = 0.0
    for line in shore:
        if not shapely.intersects(line, face):
            continue
        coordinates = shapely.get_coordinates(line)
        start, end = coordinates[:-1], coordinates[1:]
        along = end - start
        length = np.hypot(along[:, 0], along[:, 1])
        keep = length > 0
        start, along, length = start[keep], along[keep], length[keep]
        middle = start + along / 2
        # A step to the right of the direction of the line.
        aside = np.stack((along[:, 1], -along[:, 0]), axis=1) / length[:, None] * SNAP * 20
        shapely.prepare(face)
        on_edge = shapely.dwithin(shapely.points(middle), face.boundary, SNAP * 2)
        right += float(length[on_edge & shapely.contains_xy(face, middle + aside)].sum())
        left += float(length[on_edge & shapely.contains_xy(face, middle - aside)].sum())
    return right > left
