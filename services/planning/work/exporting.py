"""What a run found, as a file: GeoJSON, CSV, Parquet, or a report on one page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import h3
import msgspec

from services.planning.work.coverages import of_document
from services.planning.work.jobs import Blobs, Done, Json, Tell
from services.planning.work.reporting import report_of
from services.planning.work.rows import rows_of
from shared.coverage.exports import geojson_of
from shared.errors import UserError

Rows = Sequence[dict[str, Any]]
BOM = "\ufeff"
"""Spreadsheets read Chinese names rightly with it."""


def do(job: Json, blobs: Blobs, tell: Tell) -> Done:
    """The file."""
    run, result = job["run"], msgspec.json.decode(blobs[0])
    match job["format"]:
        case "html":
            page = report_of(run, result, job["language"], job["made_at"])
            return {}, [page.encode()]
        case "geojson":
            return {}, [_geojson(run, result)]
        case "csv":
            return {}, [_csv(rows_of(run["kind"], result))]
        case _:
            return {}, [_parquet(rows_of(run["kind"], result))]


def _geojson(run: Json, result: Json) -> bytes:
    """RFC 7946: cells as areas, sites as points; longitude first."""
    kind = run["kind"]
    if kind == "coverage":
        return json.dumps(geojson_of(of_document(result)), ensure_ascii=False).encode()
    if kind in ("simulate", "compare"):
        raise UserError("simulated times have no places: choose csv, parquet or html")
    features = []
    for row in rows_of(kind, result):
        if "cell" in row:
            ring = [[round(lng, 7), round(lat, 7)] for lat, lng in h3.cell_to_boundary(row["cell"])]
            geometry: Json = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        else:
            geometry = {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}
        features.append({"type": "Feature", "geometry": geometry, "properties": row})
    told = {
        "type": "FeatureCollection",
        "features": features,
        "run": run["id"],
        "attribution": result.get("attribution", []),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _columns(rows: Rows) -> list[str]:
    if not rows:
        raise UserError("the result has no rows: choose html")
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(rows: Rows) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _columns(rows), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return (BOM + out.getvalue()).encode()


def _parquet(rows: Rows) -> bytes:
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet

    columns: dict[str, Any] = {}
    for name in _columns(rows):
        values = [row.get(name) for row in rows]
        known = [value for value in values if value is not None]
        if all(isinstance(value, bool) for value in known) and known:
            kind = DataType.bool()
        elif all(isinstance(value, int) and not isinstance(value, bool) for value in known):
            kind = DataType.int64()
        elif all(isinstance(value, int | float) for value in known):
            kind = DataType.float64()
            values = [None if value is None else float(value) for value in values]
        else:
            kind = DataType.utf8()
            values = [None if value is None else str(value) for value in values]
        columns[name] = Array(values, kind)
    out = io.BytesIO()
    write_parquet(Table.from_pydict(columns), out, compression="zstd(3)")
    return out.getvalue()
