"""A file that somebody hands to a register, as they have it: read, checked, taken row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any, Final

import msgspec
from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from shared.errors import UserError
from shared.geometry.datum import Datum
from shared.http.problems import Problem, clean, invalid
from shared.importing.columns import aliases, choose, folded, parse_mapping
from shared.importing.reading import read_bytes
from shared.importing.rows import Outcome, Settings, convert, prefix_of
from shared.registry.bulk import MOST_ROWS, BulkReport
from shared.scenarios.rows import TableName

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of one file; larger ones go through ``./lifering import``, which sends them in parts."""
FILE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "CSV (UTF-8, GB18030, Shift_JIS), a JSON array, or GeoJSON",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""``openapi_extra=`` of a route that takes a file."""


class FileRowOut(BaseModel):
    """A row of the file that was refused, or of which something was left out."""

    model_config = ConfigDict(extra="forbid", title="FileRow")

    row: int = Field(description="As the owner counts: from 1, without the header")
    id: str | None = None
    field: str
    message: str
    mend: str


class FileReport(BaseModel):
    """What became of a file, or would."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool
    format: str
    encoding: str
    columns: dict[str, str] = Field(description="The file's column by our field")
    ignored_columns: list[str]
    rows: int
    created: int
    updated: int
    unchanged: int
    refused: list[FileRowOut]
    warnings: list[FileRowOut]


@dataclass(frozen=True, slots=True)
class FileWish:
    """What the sender says about a file."""

    name: str
    datum: Datum | None
    mapping: str | None
    id_prefix: str | None
    encoding: str | None
    dry_run: bool


async def file_wish(
    name: Annotated[str, Query(max_length=200, description="The file's name")] = "list",
    datum: Annotated[Datum | None, Query(description="Of rows that name none themselves")] = None,
    mapping: Annotated[str | None, Query(max_length=4000, description="field=column,…")] = None,
    id_prefix: Annotated[
        str | None,
        Query(max_length=40, pattern=r"^[A-Za-z0-9._-]*$", description="Default: of the name"),
    ] = None,
    encoding: Annotated[str | None, Query(max_length=40)] = None,
    dry_run: Annotated[bool, Query(description="Check everything, write nothing")] = True,
) -> FileWish:
    """The query of a route that takes a file (``Depends``)."""
    return FileWish(PurePath(name).name or "list", datum, mapping, id_prefix, encoding, dry_run)


async def take_file(
    request: Request,
    kind: TableName,
    wish: FileWish,
    bulk: Callable[[list[bytes], bool], Awaitable[BulkReport]],
    constants: Mapping[str, str] | None = None,
) -> FileReport:
    """Reads the request's body as a file and gives its good rows to ``bulk(rows, dry_run)``.

    ``constants``: values for fields that the file does not give.
    Raises 413 for one that is too large, 422 for one that cannot be read, with the mend.
    """
    content = await request.body()
    if len(content) > MOST_BYTES:
        raise Problem(413, "too-large", "The file is too large", "Send it with ./lifering import.")
    try:
        outcome, report = await asyncio.to_thread(_read, content, kind, wish, constants or {})
    except UserError as error:
        message, _, mend = str(error).partition(": ")
        raise invalid("file", clean(message), clean(mend) or "send CSV, JSON or GeoJSON") from error
    if len(outcome.rows) > MOST_ROWS:
        raise Problem(
            413, "too-large", "Too many rows", f"At most {MOST_ROWS} rows in a file; split it."
        )
    done = await bulk([msgspec.json.encode(row) for row in outcome.rows], wish.dry_run)
    refused = [
        *_rows(outcome.refused),
        *(
            FileRowOut(
                row=outcome.numbers[each.row - 1],
                id=each.id,
                field=error.field,
                message=error.message,
                mend=error.mend,
            )
            for each in done.rows
            for error in each.errors
        ),
    ]
    warned = [
        *(
            FileRowOut(
                row=int(each["row"]),
                field=clean(str(each["field"])),
                message=clean(f"{each['value']!r} {each['message']}"),
                mend="",
            )
            for each in outcome.warnings
        ),
        *(
            _warned(outcome.numbers[each.row - 1], each.id, text)
            for each in done.rows
            for text in each.warnings
        ),
    ]
    return FileReport(
        **report,
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        refused=sorted(refused, key=lambda each: each.row),
        warnings=sorted(warned, key=lambda each: each.row),
    )


def _warned(number: int, row_id: str | None, text: str) -> FileRowOut:
    """A warning as registers write it: ``field: what; mend``."""
    name, _, rest = text.partition(": ")
    message, _, mend = rest.partition("; ")
    return FileRowOut(row=number, id=row_id, field=name, message=message, mend=mend)


def _read(
    content: bytes, kind: TableName, wish: FileWish, constants: Mapping[str, str]
) -> tuple[Outcome, dict[str, Any]]:
    known = aliases(kind)
    name = PurePath(wish.name)
    table = read_bytes(content, name, lambda column: folded(column) in known, wish.encoding)
    mapping: Mapping[str, str] = parse_mapping(wish.mapping, files=False)
    columns = choose(kind, table.columns, mapping)
    settings = Settings(
        kind=kind,
        columns=columns,
        datum=wish.datum.value if wish.datum else None,
        id_prefix=prefix_of(name.stem) if wish.id_prefix is None else wish.id_prefix,
        source=wish.name,
        constants=constants,
    )
    report = {
        "dry_run": wish.dry_run,
        "format": table.format,
        "encoding": table.encoding,
        "columns": dict(columns),
        "ignored_columns": [each for each in table.columns if each not in columns.values()],
        "rows": len(table.records),
    }
    return convert(table.records, settings), report


def _rows(refused: list[dict[str, Any]]) -> list[FileRowOut]:
    return [
        FileRowOut(
            row=int(each["row"]),
            id=clean(str(each["id"])) if each.get("id") else None,
            field=clean(str(error["field"])),
            message=clean(str(error["message"])),
            mend=clean(str(error["mend"])),
        )
        for each in refused
        for error in each["errors"]
    ]
