"""Files of a siting question: demands, sites and costs as CSV, checked row by row."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.errors import UserError
from shared.importing.reading import Record, read_file

if TYPE_CHECKING:
    from shared.siting.answer import Float64

PERIOD_COLUMNS = ("weight_day", "weight_evening", "weight_night")
ALIASES = {"lat": "latitude", "lng": "longitude", "lon": "longitude", "long": "longitude"}
COLUMNS = ("id", "x", "y", "latitude", "longitude", "weight", "hours", *PERIOD_COLUMNS)
LARGEST = 1e12
"""Of any number in a file: sums of larger ones would lose whole units."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Rows of a file of demands or sites."""

    path: Path
    ids: tuple[str, ...]
    xy: Float64 | None
    """(n, 2) x, y; None when the file has none."""
    degrees: Float64 | None
    """(n, 2) latitude, longitude as written; None when the file has none."""
    weights: Float64
    """(n,) 1 where the file has no weights."""
    periods: Float64 | None
    """(n, 3) weights by day, evening and night; None when the file has none."""
    hours: tuple[str | None, ...] | None
    """Opening hours, None where they are not known; None when the file has no such column."""

    @property
    def geographic(self) -> bool:
        """Whether it says latitudes and longitudes (and no x and y)."""
        return self.degrees is not None and self.xy is None


def read_places(path: Path, option: str) -> Places:
    """Reads demands or sites; raises :class:`UserError` that names the row, the field, the mend."""
    import numpy as np

    table = read_file(path, lambda name: _plain(name) in COLUMNS)
    names = {_plain(column): column for column in table.columns}
    if "id" not in names:
        raise UserError(f"{option} {path}: has no column id: add one (found: {_told(names)})")
    if not table.records:
        raise UserError(f"{option} {path}: has a header and no rows: add at least one")
    ids: dict[str, int] = {}
    for record in table.records:
        where = f"{option} {path}: row {record.row}"
        if record.problem is not None:
            raise UserError(f"{where} {record.problem}: mend the row")
        id_ = str(record.values.get(names["id"], ""))
        if not id_:
            raise UserError(f"{where} has no id: give every row its own")
        if id_ in ids:
            raise UserError(
                f"{where} has the id {id_!r} of row {ids[id_]} again: give every row its own"
            )
        ids[id_] = record.row

    def column(name: str, least: float, most: float) -> list[float]:
        return [
            _number(record, names, name, f"{option} {path}", least, most)
            for record in table.records
        ]

    def pair(one: str, other: str, least: float, most: float, half: float) -> Float64 | None:
        if one not in names and other not in names:
            return None
        for name in (one, other):
            if name not in names:
                raise UserError(f"{option} {path}: has no column {name}: add it")
        return np.array([column(one, least * half, most * half), column(other, least, most)]).T

    periods = None
    if any(name in names for name in PERIOD_COLUMNS):
        for name in PERIOD_COLUMNS:
            if name not in names:
                raise UserError(f"{option} {path}: has no column {name}: add it, 0 where nobody is")
        periods = np.array([column(name, 0, LARGEST) for name in PERIOD_COLUMNS]).T
    weights = np.ones(len(ids))
    if periods is not None:
        weights = periods.sum(1)
    elif "weight" in names:
        weights = np.array(column("weight", 0, LARGEST))
    return Places(
        path=path,
        ids=tuple(ids),
        xy=pair("x", "y", -LARGEST, LARGEST, 1.0),
        degrees=pair("latitude", "longitude", -180, 180, 0.5),
        weights=weights,
        periods=periods,
        hours=_hours(table.records, names, f"{option} {path}"),
    )


def _plain(name: str) -> str:
    plain = name.strip().casefold()
    return ALIASES.get(plain, plain)


def _told(names: Mapping[str, str]) -> str:
    return ", ".join(names.values()) or "nothing"


def _number(
    record: Record, names: Mapping[str, str], name: str, where: str, least: float, most: float
) -> float:
    text = record.values.get(names[name], "")
    shown = f"{where}: row {record.row} has {name} {text!r}"
    try:
        number = float(text)
    except (TypeError, ValueError):
        raise UserError(f"{shown}: write a number") from None
    if not math.isfinite(number):
        raise UserError(f"{shown}: write a finite number")
    if not least <= number <= most:
        raise UserError(f"{shown}: write a number from {least:g} to {most:g}")
    return number


def _hours(
    records: tuple[Record, ...], names: Mapping[str, str], where: str
) -> tuple[str | None, ...] | None:
    if "hours" not in names:
        return None
    from shared.hours import validate_hours

    found: list[str | None] = []
    checked: set[str] = set()
    for record in records:
        text: Any = record.values.get(names["hours"])
        if text is not None and text not in checked:
            try:
                validate_hours(str(text))
            except ValueError as error:
                raise UserError(f"{where}: row {record.row} has hours {text!r}: {error}") from None
            checked.add(text)
        found.append(None if text is None else str(text))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Costs by pairs of ids."""

    costs: Float64
    """(from, to), infinite where the file has no such pair."""
    others: int
    """Rows that name an id which none of the files has."""


def read_matrix(path: Path, origins: tuple[str, ...], targets: tuple[str, ...]) -> Matrix:
    """Reads `from,to,cost` for these ids; raises :class:`UserError` naming row, field and mend."""
    import numpy as np

    rows = {id_: k for k, id_ in enumerate(origins)}
    columns = {id_: k for k, id_ in enumerate(targets)}
    costs = np.full((len(rows), len(columns)), np.inf)
    others = 0
    where = f"--matrix {path}"
    for number, origin, target, text in _pairs(path, where):
        i, j = rows.get(origin.strip()), columns.get(target.strip())
        cost = _cost(text, f"{where}: row {number}")
        if i is None or j is None:
            others += 1
        elif costs[i, j] != np.inf:
            raise UserError(
                f"{where}: row {number} gives {origin} to {target} again: give every pair once"
            )
        else:
            costs[i, j] = cost
    if not np.isfinite(costs).any():
        raise UserError(
            f"{where}: names no pair of these files: from is an id of a demand, to of a site"
        )
    return Matrix(costs, others)


def _cost(text: str, where: str) -> float:
    try:
        cost = float(text)
    except ValueError:
        cost = -1.0
    if not 0 <= cost <= LARGEST:
        raise UserError(
            f"{where} has cost {text!r}: write a number from 0 to {LARGEST:g}, or leave the row "
            "out where there is no way"
        )
    return cost


def _pairs(path: Path, where: str) -> Iterator[tuple[int, str, str, str]]:
    """(row, from, to, cost) as written."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [_plain(name) for name in next(reader, [])]
            for name in ("from", "to", "cost"):
                if name not in header:
                    raise UserError(
                        f"{where}: has no column {name}: the header must be from,to,cost"
                    )
            at_from, at_to, at_cost = (header.index(name) for name in ("from", "to", "cost"))
            least = max(at_from, at_to, at_cost)
            for number, row in enumerate(reader, 1):
                if len(row) > least:
                    yield number, row[at_from], row[at_to], row[at_cost]
                elif row:
                    raise UserError(f"{where}: row {number} has {len(row)} fields: write three")
    except OSError as error:
        raise UserError(f"{where}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise UserError(f"{where}: is not CSV in UTF-8: export it again") from None
