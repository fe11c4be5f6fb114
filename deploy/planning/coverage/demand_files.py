"""Demand from files: points or H3 cells with weights, past incidents, areas with names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import h3
import numpy as np

from deploy.errors import UserError
from shared.importing.reading import Record, read_file
from shared.simulation.assumptions import HOUR_BLOCKS
from shared.simulation.demand import Demand

MOST_WEIGHT = 1e12
CELL_RESOLUTIONS = (4, 12)
"""Of cells that demand may come in: from about 1,800 km² to 300 m²."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file of demand."""

    demand: Demand
    cells: tuple[str, ...] | None
    """The cells of its rows, where it came as cells."""


def read_demand(path: Path, population: float | None) -> Read:
    """``latitude,longitude,weight`` or ``cell,weight``; weights are people, or in their proportion.

    Raises :class:`UserError` naming file, row, field and mend.
    """
    fields = ("latitude", "longitude", "cell", "weight")
    table = read_file(path, lambda column: column in fields)
    as_cells = "cell" in table.columns
    needed = ("cell", "weight") if as_cells else ("latitude", "longitude", "weight")
    missing = [field for field in needed if field not in table.columns]
    if missing:
        raise UserError(
            f"{path}: has no column {missing[0]!r}: it needs latitude,longitude,weight or "
            "cell,weight"
        )
    places, weights, cells = [], [], []
    for record in table.records:
        if as_cells:
            cell = _cell(path, record)
            cells.append(cell)
            places.append(h3.cell_to_latlng(cell))
        else:
            places.append(_place(path, record))
        weights.append(_number(path, record, "weight", 0.0, MOST_WEIGHT))
    weight = np.array(weights)
    if not len(weight) or weight.sum() <= 0:
        raise UserError(f"{path}: has no row with a weight above 0")
    if len({h3.get_resolution(cell) for cell in cells}) > 1:
        raise UserError(f"{path}: cell: cells of several resolutions: give those of one")
    at = np.array(places)
    kind = "cells" if as_cells else "points"
    demand = Demand(
        at[:, 0],
        at[:, 1],
        weight,
        population or float(weight.sum()),
        source=f"{kind} of {path.name}",
    )
    return Read(demand, tuple(cells) if as_cells else None)


def read_incidents(path: Path, time_zone: str) -> Demand:
    """Past incidents ``latitude,longitude`` and, where known, ``at`` (ISO, with its zone).

    Each counts once, or by its ``weight``. Their hours of the day are those of arrests, with the
    published ones weighing as one incident in each hour, so that few incidents leave no hour empty.
    Raises :class:`UserError`.
    """
    fields = ("latitude", "longitude", "at", "weight")
    table = read_file(path, lambda column: column in fields)
    for field in fields[:2]:
        if field not in table.columns:
            raise UserError(f"{path}: has no column {field!r}: it needs latitude,longitude (,at)")
    zone = ZoneInfo(time_zone)
    places, weights = [], []
    hours = np.zeros(24)
    for record in table.records:
        places.append(_place(path, record))
        weighed = "weight" in table.columns
        weight = _number(path, record, "weight", 0.0, MOST_WEIGHT) if weighed else 1.0
        weights.append(weight)
        text = str(record.values.get("at") or "").strip()
        if text:
            hours[_moment(path, record, text).astimezone(zone).hour] += weight
    if not places or sum(weights) <= 0:
        raise UserError(f"{path}: has no incident with a weight above 0")
    week = None
    if hours.any():
        published = np.repeat(HOUR_BLOCKS, 6)
        week = np.tile(hours + published / published.mean(), 7)
    at = np.array(places)
    return Demand(
        at[:, 0],
        at[:, 1],
        np.array(weights),
        float(sum(weights)),
        source=f"{len(places):,} incidents of {path.name}",
        hours=week,
    )


def _number(path: Path, record: Record, field: str, low: float, high: float) -> float:
    text = str(record.values.get(field, ""))
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and low <= value <= high):
        raise UserError(
            f"{path}: row {record.row}, {field}: {text!r} is not from {low:g} to {high:g}"
        )
    return value


def _place(path: Path, record: Record) -> tuple[float, float]:
    latitude = _number(path, record, "latitude", -90.0, 90.0)
    return latitude, _number(path, record, "longitude", -180.0, 180.0)


def _cell(path: Path, record: Record) -> str:
    text = str(record.values.get("cell", "")).strip().lower()
    low, high = CELL_RESOLUTIONS
    if not h3.is_valid_cell(text) or not low <= h3.get_resolution(text) <= high:
        raise UserError(
            f"{path}: row {record.row}, cell: {text!r} is no H3 cell of resolution {low} to {high}:"
            " write one such as 89411ca2d6fffff"
        )
    return text


def _moment(path: Path, record: Record, text: str) -> datetime:
    mend = "write a moment with its zone, such as 2025-05-06T03:00:00+08:00, or leave it empty"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{path}: row {record.row}, at: {text!r} is no time: {mend}") from None
    if at.tzinfo is None:
        raise UserError(f"{path}: row {record.row}, at: {text!r} has no time zone: {mend}")
    return at


NAMES = ("name", "NAME", "name_zh", "名称", "NL_NAME", "shapeName", "id")
"""Properties that are looked at for an area's name, in this order."""


def read_areas(path: Path) -> tuple[list[tuple[str, str]], Callable[[Demand], list[int]]]:
    """Named polygons (GeoJSON, WGS-84), and what finds each point's; one more for those outside.

    Raises :class:`UserError`.
    """
    import shapely
    from shapely.geometry import shape

    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        features = found["features"]
        shapes = [shape(feature["geometry"]) for feature in features]
        names = [_name(feature, k) for k, feature in enumerate(features)]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise UserError(
            f"{path}: is not GeoJSON with features that are areas ({error}): "
            "give a FeatureCollection of polygons with a name each"
        ) from None
    if not shapes:
        raise UserError(f"{path}: has no areas")
    units = [(str(k), name) for k, name in enumerate(names)]
    units.append(("outside", "—"))
    tree = shapely.STRtree(shapes)

    def whose(demand: Demand) -> list[int]:
        points = shapely.points(demand.longitude, demand.latitude)
        inside, area = tree.query(points, predicate="intersects")
        own = np.full(len(points), len(shapes))
        np.minimum.at(own, inside, area)
        return [int(k) for k in own]

    return units, whose


def _name(feature: dict[str, Any], number: int) -> str:
    properties = feature.get("properties") or {}
    return next((str(properties[n]) for n in NAMES if properties.get(n)), f"area {number + 1}")
