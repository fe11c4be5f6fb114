"""Positions in: refused row by row, made cells at once, 202 when Kafka has them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.positions import MAX_ROWS, DeclaredRow, RowRefused, coarsen, read
from services.gateway.work.positions import BrokerAway, PositionSink
from shared.contracts.records import PositionRecord
from shared.http.auth import requires
from shared.http.parts import Now, use
from shared.http.problems import (
    FieldError,
    FieldErrorOut,
    Problem,
    forbidden,
    problems,
    unavailable,
)
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.telemetry.metrics import POSITIONS_IN

positions_router = new_router("positions", responses=problems(429))

Sender = Annotated[Identity, requires(Role.RESCUER, Role.SERVICE, Role.ADMINISTRATOR)]
Sink = Annotated[PositionSink, use(PositionSink)]

RETRY_AFTER_S = 2
BREATH_ROWS = 250
"""Rows of a batch before others get a turn: some milliseconds."""


class RefusedRow(BaseModel):
    """A row that was not taken."""

    model_config = ConfigDict(extra="forbid")

    row: int = Field(description="1-based")
    errors: list[FieldErrorOut]


class PositionsTaken(BaseModel):
    """What became of the positions."""

    model_config = ConfigDict(extra="forbid")

    accepted: int = Field(description="Rows that Kafka has acknowledged")
    refused: list[RefusedRow] = Field(description="The other rows, each with its mend")


@positions_router.post("/positions", status_code=202, responses=problems(403))
async def send_position(
    who: Sender, sink: Sink, now: Now, position: Annotated[DeclaredRow, Body()]
) -> PositionsTaken:
    """One position. A rescuer sends their own; a service or an administrator says whose it is."""
    try:
        record = _record(position, who, now)
    except RowRefused as refused:
        raise _nothing_taken(refused.errors) from None
    if not _may_send(who, record):
        raise forbidden(_ONLY_OWN)
    await _take(sink, [record])
    return PositionsTaken(accepted=1, refused=[])


@positions_router.post("/positions/batch", status_code=202)
async def send_positions(
    who: Sender,
    sink: Sink,
    now: Now,
    positions: Annotated[list[DeclaredRow], Body(min_length=1, max_length=MAX_ROWS)],
) -> PositionsTaken:
    """Up to 5,000 positions. Good rows are taken, bad ones reported; 422 when no row is good."""
    records: list[PositionRecord] = []
    refused: list[RefusedRow] = []
    errors: list[FieldError] = []
    for number, row in enumerate(positions, 1):
        if number % BREATH_ROWS == 0:
            await asyncio.sleep(0)  # streams and commands go through the same process
        try:
            record = _record(row, who, now)
            if not _may_send(who, record):
                raise RowRefused([_OTHERS])
        except RowRefused as refusal:
            errors += [_at(error, number) for error in refusal.errors]
            refused.append(_reported(number, refusal.errors))
        else:
            records.append(record)
    POSITIONS_IN.labels("refused").inc(len(refused))
    if not records and all(error.message == _OTHERS.message for error in errors):
        raise forbidden(_ONLY_OWN)
    if not records:
        raise _nothing_taken(errors)
    await _take(sink, records)
    return PositionsTaken(accepted=len(records), refused=refused)


_ONLY_OWN = "A rescuer sends only their own positions; leave rescuer_id out."
_OTHERS = FieldError(
    field="rescuer_id",
    message="is somebody else",
    mend="a rescuer sends only their own positions; leave rescuer_id out",
    where="body",
)
_NOBODY = FieldError(
    field="rescuer_id",
    message="is missing",
    mend="say whose position it is; only a rescuer may leave it out",
    where="body",
)


def _record(row: object, who: Identity, now: datetime) -> PositionRecord:
    position = read(row)
    if position.rescuer_id is not None:
        return coarsen(position, position.rescuer_id, now)
    if who.role is not Role.RESCUER:
        raise RowRefused([_NOBODY])
    return coarsen(position, who.subject, now)


def _may_send(who: Identity, record: PositionRecord) -> bool:
    return who.role is not Role.RESCUER or record.rescuer_id == who.subject


async def _take(sink: PositionSink, records: list[PositionRecord]) -> None:
    try:
        await sink.take(records)
    except BrokerAway:
        raise unavailable(
            "Kafka has not acknowledged in time; send again shortly, repetitions do no harm.",
            RETRY_AFTER_S,
        ) from None


def _nothing_taken(errors: list[FieldError]) -> Problem:
    first = errors[0]
    return Problem(
        422,
        "invalid",
        "No position could be taken",
        f"{first.field}: {first.message}",
        errors=errors[:1_000],
    )


def _at(error: FieldError, row: int) -> FieldError:
    return FieldError(error.field, error.message, error.mend, row=row, where=error.where)


def _reported(row: int, errors: list[FieldError]) -> RefusedRow:
    return RefusedRow(
        row=row,
        errors=[
            FieldErrorOut(
                field=error.field, message=error.message, mend=error.mend, row=row, where="body"
            )
            for error in errors
        ],
    )
