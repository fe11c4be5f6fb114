"""Uploads: a JSON array of rows, each accepted or refused for itself, with a report.

A refused row stops nobody else. Rows are validated and written in chunks, so that other requests
are served meanwhile; a chunk is one transaction. Sending an upload again changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeVar

import asyncpg
import msgspec
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.http.errors import MendableError, field_errors
from shared.http.problems import FieldError, Problem, clean, invalid
from shared.http.routing import is_json, parse_json, plain_json, unsupported_media_type
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Change, D, Decided, id_of
from shared.registry.store import RegistryStore

R = TypeVar("R", bound=BaseModel)

MOST_ROWS: Final = 50_000
CHUNK_ROWS: Final = 500
"""Rows in one transaction: some tens of milliseconds of our own work at once."""
_BREATH_ROWS: Final = 200
"""Rows validated before others get a turn: some milliseconds."""
_RACES: Final = 5
_NOT_WHOLE: Final = ("int_type", "int_from_float")


class RowErrorOut(BaseModel):
    """What is wrong with one field of a row, and how to mend it."""

    model_config = ConfigDict(extra="forbid", title="RowError")

    field: str
    message: str
    mend: str


class RowReport(BaseModel):
    """What became of one row."""

    model_config = ConfigDict(extra="forbid")

    row: int = Field(description="Counts from 1")
    id: str | None = Field(default=None, description="null when the row has no readable id")
    outcome: Literal["created", "updated", "unchanged", "refused"]
    errors: list[RowErrorOut] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class BulkReport(BaseModel):
    """What became of an upload."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(default=False, description="Nothing was written: what would become of it")
    accepted: int = Field(description="Rows that are in the register now")
    created: int
    updated: int
    unchanged: int
    refused: int
    rows: list[RowReport] = Field(
        description="Rows that were refused or have warnings; with report=all every row"
    )


BULK_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "An array of rows, each as a POST of one takes it; refused row by row",
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"type": "object"}, "maxItems": MOST_ROWS}
            }
        },
    }
}
"""``openapi_extra=`` of a bulk route; its ``body_limits`` is ``BULK_LIMIT_BYTES``."""


async def read_rows(request: Request) -> list[bytes]:
    """The rows of an upload, each still JSON; raises 413, 415 and 422 problems."""
    if not is_json(request.headers.get("content-type", "")):
        raise unsupported_media_type()
    mend = "send a JSON array of objects in UTF-8"
    try:
        rows = msgspec.json.decode(await request.body(), type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise invalid("body", f"cannot be read: {error}", mend) from error
    if len(rows) > MOST_ROWS:
        raise Problem(
            413,
            "too-large",
            "Too many rows",
            f"At most {MOST_ROWS} rows in one upload, this has {len(rows)}; send it in parts.",
        )
    found = [bytes(row) for row in rows]
    for number, row in enumerate(found, start=1):
        if not row.lstrip().startswith(b"{"):
            raise invalid("body", f"row {number} is not an object", mend, row=number)
    return found


@dataclass(slots=True)
class _Row(Generic[D]):
    number: int
    id: str | None = None
    document: D | None = None
    outcome: Literal["created", "updated", "unchanged", "refused"] = "refused"
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, *errors: FieldError) -> None:
        self.outcome = "refused"
        self.document = None
        self.errors.extend(errors)

    def out(self) -> RowReport:
        return RowReport(
            row=self.number,
            id=self.id,
            outcome=self.outcome,
            errors=[
                RowErrorOut(
                    field=clean(error.field), message=clean(error.message), mend=clean(error.mend)
                )
                for error in self.errors
            ],
            warnings=self.warnings,
        )


async def bulk_upsert(
    store: RegistryStore[D],
    raw_rows: Sequence[bytes],
    *,
    row_model: type[R],
    document_of: Callable[[R], D],
    by: str,
    now: datetime,
    mode: Literal["upsert", "create"] = "upsert",
    report_all: bool = False,
    dry_run: bool = False,
    warnings_of: Callable[[D], Sequence[str]] | None = None,
) -> BulkReport:
    """Creates or replaces entries, row by row.

    ``document_of`` turns a row into what is kept (WGS-84, defaults filled); what it refuses with a
    ``Problem``, ``MendableError`` or ``ValueError`` is the row's error. ``mode`` "create" refuses
    ids that are taken. ``dry_run`` decides everything and writes nothing.
    """
    rows = await _validated(raw_rows, row_model, document_of)
    _refuse_duplicates(rows)
    good = [row for row in rows if row.document is not None]
    for start in range(0, len(good), CHUNK_ROWS):
        await _write(
            store, good[start : start + CHUNK_ROWS], by=by, now=now, mode=mode, dry_run=dry_run
        )
        if warnings_of is not None:
            for row in good[start : start + CHUNK_ROWS]:
                if row.document is not None:
                    row.warnings.extend(warnings_of(row.document))
    count = dict.fromkeys(("created", "updated", "unchanged", "refused"), 0)
    for row in rows:
        count[row.outcome] += 1
    return BulkReport(
        dry_run=dry_run,
        accepted=len(rows) - count["refused"],
        created=count["created"],
        updated=count["updated"],
        unchanged=count["unchanged"],
        refused=count["refused"],
        rows=[row.out() for row in rows if report_all or row.outcome == "refused" or row.warnings],
    )


async def _validated(
    raw_rows: Sequence[bytes], row_model: type[R], document_of: Callable[[R], D]
) -> list[_Row[D]]:
    rows: list[_Row[D]] = []
    for number, raw in enumerate(raw_rows, start=1):
        row: _Row[D] = _Row(number)
        rows.append(row)
        try:
            row.document = document_of(_parsed(row_model, raw))
            row.id = id_of(row.document)
        except ValidationError as error:
            row.refuse(*field_errors(error.errors(include_url=False), where="row"))
        except Problem as problem:
            row.refuse(*problem.errors)
        except MendableError as error:
            row.refuse(FieldError("row", error.message, error.mend))
        except ValueError as error:
            message, _, mend = str(error).partition("; ")
            row.refuse(FieldError("row", message, mend or "see the OpenAPI document"))
        if row.id is None:
            row.id = _readable_id(raw)
        if number % _BREATH_ROWS == 0:
            await asyncio.sleep(0)
    return rows


def _parsed(row_model: type[R], raw: bytes) -> R:
    """The row, by JSON's own types."""
    try:
        return row_model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        if not any(each["type"] in _NOT_WHOLE for each in error.errors(include_url=False)):
            raise
    # Spreadsheets write 3 as 3.0: the same number, which strict parsing does not take.
    return row_model.model_validate_json(plain_json(parse_json(raw)), strict=True)


class _OnlyId(msgspec.Struct):
    id: str | None = None


def _readable_id(raw: bytes) -> str | None:
    """The id of a refused row, so that somebody can find it in their file."""
    try:
        entity_id = msgspec.json.decode(raw, type=_OnlyId).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return None if entity_id is None else clean(entity_id[:64])


def _refuse_duplicates(rows: Sequence[_Row[D]]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if row.id is None or row.document is None:
            continue
        earlier = first.setdefault(row.id, row.number)
        if earlier != row.number:
            row.refuse(
                FieldError(
                    "id",
                    f"is also the id of row {earlier}",
                    "give every row its own id, or leave one of the two out",
                )
            )


_OUTCOMES: Final[dict[Change, Literal["created", "updated", "unchanged"]]] = {
    Change.CREATED: "created",
    Change.REPLACED: "updated",
    Change.REVIVED: "updated",
    Change.UNCHANGED: "unchanged",
}


async def _write(
    store: RegistryStore[D],
    rows: Sequence[_Row[D]],
    *,
    by: str,
    now: datetime,
    mode: Literal["upsert", "create"],
    dry_run: bool,
) -> None:
    """Writes a chunk; rows that somebody else wrote at the same moment are decided again."""
    waiting = list(rows)
    for _ in range(_RACES):
        waiting = [row for row in waiting if row.document is not None]
        try:
            async with store.transaction() as connection:
                lost = await _write_once(
                    store, connection, waiting, by=by, now=now, mode=mode, dry_run=dry_run
                )
        except asyncpg.TransactionRollbackError:
            continue  # a deadlock with another upload: nothing of the chunk was written
        waiting = [row for row in waiting if row.id in lost]
        if not waiting:
            return
    for row in waiting:
        row.refuse(FieldError("id", "is being changed by somebody else", "send this row again"))


async def _write_once(
    store: RegistryStore[D],
    connection: AnyConnection,
    rows: Sequence[_Row[D]],
    *,
    by: str,
    now: datetime,
    mode: Literal["upsert", "create"],
    dry_run: bool,
) -> set[str]:
    """Writes what can be written; returns the ids that somebody else has written meanwhile."""
    documents = [row.document for row in rows if row.document is not None]
    changes: list[Decided[D]] = []
    for row, outcome in zip(rows, await store.decide(connection, documents, now=now), strict=True):
        if isinstance(outcome, FieldError):
            row.refuse(outcome)
        elif mode == "create" and outcome[1] is not None:
            row.refuse(FieldError("id", "is taken", "choose another id, or upsert instead"))
        else:
            row.outcome = _OUTCOMES[outcome[2]]
            if outcome[2] is not Change.UNCHANGED:
                changes.append(outcome)
    if dry_run:
        return set()
    written = await store.write(connection, changes, by=by) if changes else []
    return {entry.id for entry, _, _ in changes} - set(written)
