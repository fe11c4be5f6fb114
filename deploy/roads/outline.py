"""The outline of the streets that were reached, as GeoJSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.geometry.distance import EARTH_RADIUS_M
from shared.streets.graph import Float64, ProfileGraph, StreetGraph

WIDTH_M = 25.0
"""Land this far to both sides of a reached street belongs to the outline."""
HOLE_M2 = 20_000.0
"""Smaller holes are filled: blocks of houses are reached from their streets."""
DETAIL_M = 4.0
DECIMALS = 6


def outline(
    graph: StreetGraph,
    profile: ProfileGraph,
    nodes: npt.NDArray[np.int64],
) -> dict[str, Any]:
    """A valid Polygon or MultiPolygon, WGS-84, longitude first, around the reached streets.

    Reached streets are the edges with both ends among ``nodes`` (k,); a lone node is a disc. It is
    a picture of the reach: what counts are the nodes.
    """
    import shapely  # type: ignore[import-untyped]

    to_metres, to_degrees = _projection(graph, nodes)
    tail = np.repeat(np.arange(len(profile.first) - 1), np.diff(profile.first))
    inside = np.zeros(len(graph.latitude), np.bool_)
    inside[nodes] = True
    head = profile.head.astype(np.int64)
    edges = np.flatnonzero(inside[tail] & inside[head])
    pairs = np.unique(np.sort(np.stack((tail[edges], head[edges]), axis=1), axis=1), axis=0)
    ends = to_metres(graph.latitude[pairs], graph.longitude[pairs])
    points = to_metres(graph.latitude[nodes[:1]], graph.longitude[nodes[:1]])
    lines = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends)))
    lines = shapely.simplify(shapely.get_parts(lines), DETAIL_M)
    parts = np.concatenate((shapely.points(points), lines))
    shape = shapely.simplify(
        shapely.union_all(shapely.buffer(parts, WIDTH_M, quad_segs=2)), DETAIL_M
    )
    filled = [
        shapely.Polygon(
            part.exterior,
            [hole for hole in part.interiors if shapely.Polygon(hole).area >= HOLE_M2],
        )
        for part in shapely.get_parts(shape)
    ]
    degrees = shapely.transform(shapely.union_all(filled), to_degrees)
    # Rounding may let lines touch: made valid again on the grid that is printed.
    whole = shapely.make_valid(shapely.set_precision(degrees, 10**-DECIMALS))
    document: dict[str, Any] = shapely.geometry.mapping(shapely.normalize(_areas(whole)))
    return {"type": document["type"], "coordinates": _rounded(document["coordinates"])}


def _areas(shape: Any) -> Any:
    """Only what has an area."""
    import shapely

    return shapely.union_all(
        [each for each in shapely.get_parts(shape) if each.geom_type.endswith("Polygon")]
    )


def _projection(graph: StreetGraph, nodes: npt.NDArray[np.int64]) -> tuple[Any, Any]:
    """To metres east and north of the middle, and back; good for a city or two."""
    middle = float(np.mean(graph.latitude[nodes])), float(np.mean(graph.longitude[nodes]))
    north_m = math.radians(1) * EARTH_RADIUS_M
    east_m = north_m * max(math.cos(math.radians(middle[0])), 1e-6)

    def to_metres(latitude: Float64, longitude: Float64) -> Float64:
        metres: Float64 = np.stack(
            ((longitude - middle[1]) * east_m, (latitude - middle[0]) * north_m), axis=-1
        )
        return metres

    def to_degrees(metres: Float64) -> Float64:
        degrees: Float64 = np.stack(
            (metres[:, 0] / east_m + middle[1], metres[:, 1] / north_m + middle[0]), axis=-1
        )
        return degrees

    return to_metres, to_degrees


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, DECIMALS)
    return [_rounded(each) for each in coordinates]
