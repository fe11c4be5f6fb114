"""A position as a client sends it, and what is left of it: a cell and two times.

Coordinates live from the parsing of a row to :func:`coarsen` and nowhere else: they are not logged,
not produced and not stored.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import core_schema

from shared.contracts.records import PositionRecord
from shared.geometry.cells import cell_of, is_idle_cell
from shared.geometry.datum import Datum, to_wgs84
from shared.http.errors import MendableError, field_errors
from shared.http.problems import FieldError
from shared.http.strict import Identifier, Strict

MAX_ROWS: Final = 5_000
"""Rows of one batch: 33,000 positions a second are then seven requests."""
MAX_ACCURACY_M: Final = 1_000.0
"""Coarser than this a position can't say who is near: volunteers are looked for within 1.5 km
(DOMAIN §2). Our choice."""


def _only_text(value: object) -> object:
    """A time is RFC 3339 text: a bare number could be seconds or milliseconds."""
    if isinstance(value, datetime) or (isinstance(value, str) and value[4:5] == "-"):
        return value
    raise MendableError("is not a time as text", "send one such as 2026-01-31T08:00:00Z")


def _utc(value: datetime) -> datetime:
    """In UTC; a time that UTC cannot express is as far off as can be, and so is stale or future."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        if value.year == 1:
            return datetime.min.replace(tzinfo=UTC)
        return datetime.max.replace(tzinfo=UTC)


def _idle_cell(value: str) -> str:
    if not is_idle_cell(value):
        raise MendableError(
            "is not an H3 cell of resolution 10", "send one such as 8a41a345c267fff"
        )
    return value


RecordedAt = Annotated[
    AwareDatetime,
    BeforeValidator(_only_text),
    AfterValidator(_utc),
    Field(description="When the phone was there; RFC 3339 with a time zone"),
]


class _Row(Strict):
    rescuer_id: Identifier | None = Field(
        default=None,
        description="Whose position. A rescuer may leave it out: it is their own; others must not.",
    )
    recorded_at: RecordedAt


class PositionByPlace(_Row):
    """A position with coordinates, which are made a cell at once."""

    latitude: float = Field(ge=-90, le=90, strict=True, description="Degrees north; 0 is valid")
    longitude: float = Field(ge=-180, le=180, strict=True, description="Degrees east; 0 is valid")
    datum: Datum = Field(description="What the coordinates refer to; there is no default")
    accuracy_m: float | None = Field(
        default=None,
        ge=0,
        le=MAX_ACCURACY_M,
        strict=True,
        description="Radius of 68 % confidence, metres",
    )


class PositionByCell(_Row):
    """A position that the phone has coarsened itself."""

    cell: Annotated[
        str,
        StringConstraints(pattern=r"^8a[0-9a-f]{13}$"),
        AfterValidator(_idle_cell),
        Field(description="H3 cell, resolution 10", examples=["8a41a345c267fff"]),
    ]


def _shape(value: Any) -> str:
    """A row with a cell is meant as one by cell; everything else as one with coordinates."""
    if isinstance(value, PositionByCell):
        return "cell"
    return "cell" if isinstance(value, dict) and "cell" in value else "place"


PositionIn = Annotated[
    Annotated[PositionByPlace, Tag("place")] | Annotated[PositionByCell, Tag("cell")],
    Discriminator(_shape),
]
"""A row of either shape."""

_ROW: Final[TypeAdapter[PositionByPlace | PositionByCell]] = TypeAdapter(PositionIn)


class DeclaredRow(dict[str, Any]):
    """A row as it came: documented as :data:`PositionIn`, and judged row by row by :func:`read`."""

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> core_schema.CoreSchema:
        """Anything: what is wrong with one row must not refuse the others."""
        return core_schema.any_schema()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema of a row."""
        return handler(_ROW.core_schema)


def read(row: object) -> PositionByPlace | PositionByCell:
    """A row, checked; :class:`RowRefused` names every field that is wrong and its mend."""
    try:
        return _ROW.validate_python(row)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        # The first part of a location is the shape that we took it for, which is not in the row.
        wrong = field_errors([{**each, "loc": each["loc"][1:]} for each in details], where="body")
        raise RowRefused([_with_mend(each) for each in wrong]) from None


class RowRefused(Exception):  # noqa: N818 - a refusal, not a failure
    """A row that cannot be taken, with what is wrong; it does not hold the row itself."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


_MENDS: Final = {
    "datum": "name what the coordinates refer to: wgs84, gcj02 or bd09",
    "accuracy_m": f"wait for a better fix: metres, at most {MAX_ACCURACY_M:g}",
    "latitude": "send degrees north between -90 and 90, or a cell instead",
    "longitude": "send degrees east between -180 and 180, or a cell instead",
}


def _with_mend(error: FieldError) -> FieldError:
    """The mend in this field's own words, unless the field should not be there at all."""
    if error.message.startswith("Extra"):
        return error
    return replace(error, mend=_MENDS.get(error.field, error.mend))


def coarsen(
    row: PositionByPlace | PositionByCell, rescuer_id: str, received_at: datetime
) -> PositionRecord:
    """What goes on from a row: the cell in which the rescuer was, and when."""
    if isinstance(row, PositionByCell):
        cell = row.cell
    else:
        cell = cell_of(*to_wgs84(row.latitude, row.longitude, row.datum))
    return PositionRecord(
        rescuer_id=rescuer_id, cell=cell, recorded_at=row.recorded_at, received_at=received_at
    )


def partition_of(rescuer_id: str, partitions: int) -> int:
    """The partition of a rescuer's positions: the same for ever, so that they stay in order."""
    return zlib.crc32(rescuer_id.encode()) % partitions
