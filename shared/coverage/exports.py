"""Coverage's cells for maps (GeoJSON) and tables (CSV)."""

from __future__ import annotations

import csv
import io
from typing import Any

import h3

from shared.coverage.answer import Coverage

Json = dict[str, Any]


def rows_of(coverage: Coverage) -> list[Json]:
    """Each cell: its middle, people, expected arrests, seconds to each tier (None: too far)."""
    rows = []
    for cell, seconds in coverage.cells.items():
        latitude, longitude = h3.cell_to_latlng(cell)
        rows.append(
            {
                "cell": cell,
                "latitude": round(latitude, 6),
                "longitude": round(longitude, 6),
                "people": round(coverage.people[cell], 3),
                "arrests_per_year": round(coverage.arrests[cell], 6),
                **{
                    f"{tier}_s": None if value is None else round(value, 1)
                    for tier, value in seconds.items()
                },
            }
        )
    return rows


def geojson_of(coverage: Coverage) -> Json:
    """A FeatureCollection of the cells' outlines, WGS-84, longitude first as GeoJSON has it."""
    features = []
    for row in rows_of(coverage):
        ring = [[round(lng, 6), round(lat, 6)] for lat, lng in h3.cell_to_boundary(row["cell"])]
        features.append(
            {
                "type": "Feature",
                "id": row["cell"],
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
                "properties": row,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def csv_of(coverage: Coverage) -> str:
    """The same as a table, with a header; nobody within reach is an empty field."""
    rows = rows_of(coverage)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["cell"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
