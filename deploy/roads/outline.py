"""The outline of the streets that were reached, as GeoJSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.geometry.distance import EARTH_RADIUS_M
from shared.streets.building import great_circles_m
from shared.streets.graph import Float64, ProfileGraph, StreetGraph

WIDTH_M = 25.0
"""Land this far to both sides of a reached street belongs to the outline."""
HOLE_M2 = 20_000.0
"""Smaller holes are filled: blocks of houses are reached from their streets."""
DETAIL_M = 4.0
DECIMALS = 6
ROUGH_ABOVE = 15_000
"""More reached edges than this are drawn by cells."""
ROUGH_RESOLUTION = 10
"""H3: cells of some 130 m across."""
STEP_M = 60.0
LONE_CELL = 7
"""Corners of the ring around a single cell, which is filled."""


def outline(
    graph: StreetGraph,
    profile: ProfileGraph,
    nodes: npt.NDArray[np.int64],
) -> dict[str, Any]:
    """A valid Polygon or MultiPolygon, WGS-84, longitude first, around the reached streets.

    Reached streets are the edges with both ends among ``nodes`` (k,); a lone node is a disc. It is
    a picture of the reach: what counts are the nodes.
    """
    import shapely

    pairs = _reached_edges(graph, profile, nodes)
    rough = len(pairs) > ROUGH_ABOVE
    shape = _cells(graph, pairs, nodes) if rough else _lines(graph, pairs, nodes)
    # Rounding may let lines touch: made valid again on the grid that is printed.
    whole = shapely.make_valid(shapely.set_precision(shape, 10**-DECIMALS))
    document: dict[str, Any] = shapely.geometry.mapping(shapely.normalize(_areas(whole)))
    return {"type": document["type"], "coordinates": _rounded(document["coordinates"])}


def _reached_edges(
    graph: StreetGraph, profile: ProfileGraph, nodes: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """(e, 2) both ends of each reached edge, each pair once."""
    tail = np.repeat(np.arange(len(profile.first) - 1), np.diff(profile.first))
    inside = np.zeros(len(graph.latitude), np.bool_)
    inside[nodes] = True
    head = profile.head.astype(np.int64)
    edges = np.flatnonzero(inside[tail] & inside[head])
    return np.unique(np.sort(np.stack((tail[edges], head[edges]), axis=1), axis=1), axis=0)


def _lines(graph: StreetGraph, pairs: npt.NDArray[np.int64], nodes: npt.NDArray[np.int64]) -> Any:
    """The land beside the reached streets."""
    import shapely

    to_metres, to_degrees = _projection(graph, nodes)
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
    return shapely.transform(shapely.union_all(filled), to_degrees)


def _cells(graph: StreetGraph, pairs: npt.NDArray[np.int64], nodes: npt.NDArray[np.int64]) -> Any:
    """The H3 cells that reached streets run through: quick also for a whole province."""
    import h3
    import shapely

    a, b = pairs[:, 0], pairs[:, 1]
    length_m = great_circles_m(
        graph.latitude[a], graph.longitude[a], graph.latitude[b], graph.longitude[b]
    )
    # Long edges are cut so finely that their cells touch.
    cuts = np.floor(length_m / STEP_M).astype(np.int64)
    a, b = np.repeat(a, cuts), np.repeat(b, cuts)
    nth = np.arange(len(a)) - np.repeat(np.cumsum(cuts) - cuts, cuts)
    share = (nth + 1) / np.repeat(cuts + 1, cuts)
    latitudes, longitudes = (
        np.concatenate((degrees[nodes], (1 - share) * degrees[a] + share * degrees[b])).tolist()
        for degrees in (graph.latitude, graph.longitude)
    )
    cells = {
        h3.latlng_to_cell(latitude, longitude, ROUGH_RESOLUTION)
        for latitude, longitude in zip(latitudes, longitudes, strict=True)
    }
    found = shapely.geometry.shape(h3.cells_to_geo(cells))
    return shapely.union_all(
        [
            shapely.Polygon(
                part.exterior,
                [hole for hole in part.interiors if len(hole.coords) > LONE_CELL],
            )
            for part in shapely.get_parts(found)
        ]
    )


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
