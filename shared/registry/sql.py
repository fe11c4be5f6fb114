"""The statements of a register; table and filter names come from a service's declaration only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.http.paging import Bbox
from shared.registry.model import Kind

COLUMNS = (
    "id, version, latitude, longitude, shard, retired, document::text AS document,"
    " created_at, updated_at"
)


def select_page(
    kind: Kind[Any],
    *,
    after: str | None,
    limit: int,
    bbox: Bbox | None,
    filters: Mapping[str, str | None],
    include_retired: bool,
) -> tuple[str, list[object]]:
    """The statement for a page of entries and its values."""
    conditions: list[str] = []
    values: list[object] = []

    def value(given: object) -> str:
        values.append(given)
        return f"${len(values)}"

    if after is not None:
        conditions.append(f"id > {value(after)}")
    if not include_retired:
        conditions.append("NOT retired")
    if bbox is not None:
        conditions.append(f"latitude BETWEEN {value(bbox.south)} AND {value(bbox.north)}")
        joined = "AND" if bbox.west <= bbox.east else "OR"
        west, east = value(bbox.west), value(bbox.east)
        conditions.append(f"(longitude >= {west} {joined} longitude <= {east})")
    for name, wanted in filters.items():
        if wanted is not None:
            expression, placeholder = kind.filters[name], f"{value(wanted)}::text"
            conditions.append(
                expression.replace("{}", placeholder)
                if "{}" in expression
                else f"{expression} = {placeholder}"
            )
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    statement = f"SELECT {COLUMNS} FROM {kind.table} {where}ORDER BY id LIMIT {value(limit)}"  # noqa: S608
    return statement, values


# One statement: a row that was changed meanwhile is not written, and gets no history line.
UPSERT = """
WITH incoming AS (
    SELECT * FROM unnest(
        $1::text[], $2::int[], $3::float8[], $4::float8[], $5::int[], $6::bool[], $7::text[],
        $8::timestamptz[], $9::timestamptz[], $10::text[]
    ) AS t(
        id, version, latitude, longitude, shard, retired, document, created_at, updated_at, change
    )
), written AS (
    INSERT INTO {table}
        (id, version, latitude, longitude, shard, retired, document, created_at, updated_at)
    SELECT id, version, latitude, longitude, shard, retired, document::jsonb, created_at, updated_at
    FROM incoming ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, latitude = excluded.latitude, longitude = excluded.longitude,
        shard = excluded.shard, retired = excluded.retired, document = excluded.document,
        updated_at = excluded.updated_at
    WHERE {table}.version = excluded.version - 1
    RETURNING id, version, document, updated_at
), history AS (
    INSERT INTO {table}_history (id, version, change, by, at, document)
    SELECT w.id, w.version, i.change, $11, w.updated_at, w.document
    FROM written w JOIN incoming i USING (id)
)
SELECT id FROM written
"""
