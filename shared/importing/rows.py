"""From a record of somebody's file to a row that a registry takes, or to what must be mended.

All or nothing for each row. What a list does not say stays unknown: hours that are not OSM syntax
(nor Japan's template) are unknown and reported as a warning, never guessed as open or closed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.hours import validate_hours
from shared.http.errors import field_errors
from shared.importing.reading import Record
from shared.importing.values import (
    UnreadableError,
    day,
    moment,
    number,
    plain_text,
    word,
    words,
    yes_or_no,
)
from shared.scenarios.japanese import floor_of, opening_hours
from shared.scenarios.rows import ROW_MODELS, TableName

Row = dict[str, Any]

READERS: dict[str, Callable[[object], Any]] = {
    "pads_expire_on": day,
    "battery_expires_on": day,
    "issued_on": day,
    "expires_on": day,
    "verified_on": day,
    "last_checked_at": moment,
    "code_required": yes_or_no,
    "child_pads": yes_or_no,
    "hospital": yes_or_no,
    "available": yes_or_no,
    "consent_alerts": yes_or_no,
    "consent_location": yes_or_no,
    "synthetic": yes_or_no,
    "skills": words,
    "capabilities": words,
    "accuracy_m": number,
    "tier": lambda value: word("tier", value),
    "access": lambda value: word("access", value),
    "state": lambda value: word("state", value),
    "transport_mode": lambda value: word("transport_mode", value),
    "datum": lambda value: word("datum", value),
}
"""How a field is read; all others are plain text."""

_NO_DATUM = (
    "datum",
    "is missing: coordinates without their datum can be 600 m off",
    "add a column datum, or say --datum wgs84, gcj02 or bd09",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person said about the whole file."""

    kind: TableName
    columns: Mapping[str, str]
    """Column by our field."""
    datum: str | None
    id_prefix: str
    source: str
    licence: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    """Values for fields that no column has (``--set``)."""


@dataclass
class Outcome:
    """What became of the records of a file."""

    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The record's number of each row."""
    refused: list[Row] = field(default_factory=list)
    warnings: list[Row] = field(default_factory=list)


def prefix_of(stem: str) -> str:
    """So that number 1 of one list never overwrites number 1 of another; of the file's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-")
    return f"{plain or 'list'}-"


def convert(records: Sequence[Record], settings: Settings) -> Outcome:
    """Every record, in order."""
    outcome = Outcome()
    check = TypeAdapter(ROW_MODELS[settings.kind]).validate_python
    first: dict[str, int] = {}
    for record in records:
        errors: list[Row] = []
        warnings: list[Row] = []
        if record.problem is not None:
            errors.append(_error("row", record.problem, "mend this row"))
            row: Row = {}
        elif isinstance(record.values.get("place"), dict) or "places" in record.values:
            row = dict(record.values)
        else:
            row = _Converter(record, settings, errors, warnings).row()
        if not errors:
            errors = _checked(check, row)
        identity = row.get("id")
        if not errors and isinstance(identity, str):
            earlier = first.setdefault(identity, record.row)
            if earlier != record.row:
                errors.append(
                    _error(
                        "id",
                        f"{identity!r} is already the id of row {earlier}",
                        "give every row its own id, or leave one of the two out",
                    )
                )
        if errors:
            outcome.refused.append({"row": record.row, "id": identity, "errors": errors})
            continue
        outcome.rows.append(row)
        outcome.numbers.append(record.row)
        outcome.warnings += [{"row": record.row, "id": identity, **each} for each in warnings]
    return outcome


def _checked(check: Callable[[object], object], row: Row) -> list[Row]:
    try:
        check(row)
    except ValidationError as error:
        found = field_errors(error.errors(include_url=False, include_input=False), where="row")
        return [_error(each.field, each.message, each.mend) for each in found]
    return []


def _error(name: str, message: str, mend: str) -> Row:
    return {"field": name, "message": message, "mend": mend}


class _Converter:
    """One record on its way."""

    def __init__(
        self, record: Record, settings: Settings, errors: list[Row], warnings: list[Row]
    ) -> None:
        self._record = record
        self._settings = settings
        self._errors = errors
        self._warnings = warnings
        self._values: Row = {}

    def row(self) -> Row:
        """The row; ``errors`` says what stands against it."""
        for name in {**self._settings.columns, **self._settings.constants}:
            raw = self._raw(name)
            if raw is not None:
                self._read(name, raw)
        common = {
            "id": self._id(),
            "name": self._values.get("name") or self._values.get("address"),
            "provenance": {
                "source": self._settings.source,
                "licence": self._settings.licence,
                "synthetic": self._values.get("synthetic", False),
            },
        }
        people = self._settings.kind == "rescuers"
        return _without_nothing({**common, **(self._rescuer() if people else self._placed())})

    def _raw(self, name: str) -> Any:
        column = self._settings.columns.get(name)
        found = self._record.values.get(column) if column is not None else None
        if found is None or (isinstance(found, str) and not found.strip()):
            return self._settings.constants.get(name)
        return found

    def _read(self, name: str, raw: Any) -> None:
        if name.endswith(("latitude", "longitude")):
            read: Callable[[object], Any] = number
        else:
            read = READERS.get(name, plain_text)
        try:
            self._values[name] = read(raw)
        except UnreadableError as error:
            self._errors.append(_error(name, error.message, error.mend))

    def _id(self) -> str:
        prefix = self._settings.id_prefix
        given = self._values.get("id")
        if given is None:
            # Without an id of its own a row is known by what it says, so that importing the file
            # again finds the same entry, also after rows were put in between.
            said = repr(sorted((key, str(value)) for key, value in self._record.values.items()))
            given = hashlib.sha256(said.encode()).hexdigest()[:12]
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{prefix}{given}").strip("-._")
        return plain[:64]

    def _placed(self) -> Row:
        values = self._values
        row: Row = {name: values.get(name) for name in ("address", "time_zone", "country")}
        row["place"] = self._place("latitude", "longitude")
        row["opening_hours"] = self._hours()
        if self._settings.kind == "stations":
            of_stations = ("tier", "phone", "hospital", "capabilities")
            return row | {name: values.get(name) for name in of_stations}
        names = (
            "placement", "access", "access_code", "code_required", "state", "pads_expire_on",
            "battery_expires_on", "last_checked_at", "child_pads", "manufacturer", "model",
            "serial",
        )  # fmt: skip
        keeper = _without_nothing({"name": values.get("keeper_name"), "phone": values.get("phone")})
        code_required = values.get("code_required", True if values.get("access_code") else None)
        return (
            row
            | {name: values.get(name) for name in names}
            | {"floor": self._floor(), "keeper": keeper or None, "code_required": code_required}
        )

    def _place(self, latitude: str, longitude: str) -> Row | None:
        values = self._values
        if latitude not in values or longitude not in values:
            missing = latitude if latitude not in values else longitude
            if not any(error["field"] == missing for error in self._errors):
                self._errors.append(
                    _error(missing, "is missing", "add the coordinates, or leave the row out")
                )
            return None
        datum = values.get("datum") or self._settings.datum
        if datum is None:
            if not any(error["field"] == "datum" for error in self._errors):
                self._errors.append(_error(*_NO_DATUM))
            return None
        return _without_nothing(
            {
                "latitude": values[latitude],
                "longitude": values[longitude],
                "datum": datum,
                "accuracy_m": values.get("accuracy_m"),
            }
        )

    def _hours(self) -> str | None:
        values = self._values
        text = values.get("opening_hours")
        if text is not None:
            try:
                return validate_hours(str(text))
            except ValueError:
                self._warn("opening_hours", str(text), "is not OSM opening_hours")
                return None
        parts = [str(values.get(name, "")) for name in ("days", "start", "end", "note")]
        if not any(parts):
            return None
        hours = opening_hours(*parts)
        if hours is None:
            said = " ".join(part for part in parts if part)
            self._warn("opening_hours", said, "leaves open when it can be had")
        return hours

    def _floor(self) -> int | None:
        given = self._values.get("floor")
        if given is None:
            return floor_of(str(self._values.get("placement", "")))
        if re.fullmatch(r"[+-]?\d{1,3}(\.0+)?", str(given)):
            return int(float(given))
        floor = floor_of(str(given))
        if floor is None:
            self._warn("floor", str(given), "is not a floor (0 is the ground floor)")
        return floor

    def _warn(self, name: str, value: str, message: str) -> None:
        self._warnings.append(
            {"field": name, "value": value, "message": f"{message}: kept as unknown"}
        )

    def _rescuer(self) -> Row:
        values = self._values
        names = ("phone", "state", "skills", "available", "quiet_hours", "time_zone")
        row: Row = {name: values.get(name) for name in (*names, "transport_mode")}
        if "expires_on" in values or "credential_kind" in values:
            row["credential"] = _without_nothing(
                {
                    "kind": values.get("credential_kind", "first_aid"),
                    "number": values.get("credential_number"),
                    "issued_by": values.get("issued_by"),
                    "issued_on": values.get("issued_on"),
                    "expires_on": values.get("expires_on"),
                    "verified_on": values.get("verified_on"),
                }
            )
        row["places"] = [
            place for place in (self._usual("home"), self._usual("work")) if place is not None
        ]
        row["consent"] = {
            # Nobody is alerted or located who has not said so.
            "alerts": values.get("consent_alerts", False),
            "location": values.get("consent_location", False),
        }
        return row

    def _usual(self, kind: str) -> Row | None:
        values = self._values
        hours = {"home": "24/7", "work": "Mo-Fr 08:00-18:00"}[kind]
        if f"{kind}_cell" in values:
            return {"kind": kind, "cell": values[f"{kind}_cell"], "hours": hours}
        if f"{kind}_latitude" in values or f"{kind}_longitude" in values:
            place = self._place(f"{kind}_latitude", f"{kind}_longitude")
            return {"kind": kind, "place": place, "hours": hours}
        return None


def _without_nothing(row: Row) -> Row:
    return {key: value for key, value in row.items() if value is not None}
