"""The files of a replay: a travel-time matrix, bases, hospitals, nodes and calls."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from deploy.errors import UserError
from shared.importing.reading import Record, decode, read_file

if TYPE_CHECKING:
    from shared.simulation.replay import Floats, Ints, Replayed, Trace

YES, NO = ("1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")
HEADER = ("id", "ambulance", "response_min", "waited_min")


def read_trace(
    *, matrix: Path, bases: Path, hospitals: Path, nodes: Path, calls: Path, return_speed: float
) -> tuple[Trace, list[str]]:
    """The trace and the calls' ids, in the order of the file.

    Raises :class:`UserError` naming file, row and field of the first thing that is wrong.
    """
    from shared.simulation.replay import Trace

    names, travel = read_matrix(matrix)
    places = {name: number for number, name in enumerate(names)}
    in_matrix = f"is not in {matrix.name}"
    base_places = [_place(row, places, in_matrix) for row in _rows(bases, ("location",))]
    if not base_places:
        raise UserError(f"{bases}: has no row: an ambulance needs a base")
    hospital_places = [_place(row, places, in_matrix) for row in _rows(hospitals, ("location",))]
    node_places, node_x, node_y = [], [], []
    for row in _rows(nodes, ("location", "x", "y")):
        node_places.append(_place(row, places, in_matrix))
        node_x.append(row.number("x"))
        node_y.append(row.number("y"))
    drawn = set(node_places)
    _need_drawn(bases, base_places, drawn, names, nodes)
    ids: dict[str, int] = {}
    found: list[tuple[float, int, float, bool, float]] = []
    for row in _rows(calls, CALL_FIELDS):
        name = row.text("id")
        if name in ids:
            raise row.wrong("id", f"{name!r} is there twice (row {ids[name]}): give each its own")
        ids[name] = row.row
        transport = row.yes("transport")
        if transport and not hospital_places:
            raise row.wrong("transport", f"is 1, and {hospitals.name} has no hospital")
        place = _place(row, places, in_matrix)
        stop = not transport and place not in drawn
        if stop:
            raise row.wrong("location", f"{names[place]!r} is not in {nodes.name}: draw it there")
        found.append(
            (
                row.number("arrival_min"),
                place,
                row.minutes("on_scene_min"),
                transport,
                row.minutes("drop_off_min") if transport else 0.0,
            )
        )
    if any(each[3] for each in found):
        _need_drawn(hospitals, hospital_places, drawn, names, nodes)
    trace = Trace(
        travel=travel,
        bases=_ints(base_places),
        hospitals=_ints(hospital_places),
        nodes=_ints(node_places),
        node_x=np.array(node_x, dtype=np.float64),
        node_y=np.array(node_y, dtype=np.float64),
        arrival_min=np.array([each[0] for each in found], dtype=np.float64),
        location=_ints([each[1] for each in found]),
        on_scene_min=np.array([each[2] for each in found], dtype=np.float64),
        transport=np.array([each[3] for each in found], dtype=np.bool_),
        drop_off_min=np.array([each[4] for each in found], dtype=np.float64),
        return_speed=return_speed,
    )
    return trace, list(ids)


CALL_FIELDS = ("id", "arrival_min", "location", "on_scene_min", "transport", "drop_off_min")


def read_matrix(path: Path) -> tuple[list[str], Floats]:
    """The locations and the square matrix of minutes; rows may stand in another order.

    Raises :class:`UserError`.
    """
    text = _text(path)
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    names = [cell.strip() for cell in rows[0][1:]]
    numbers = {name: number for number, name in enumerate(names)}
    if len(numbers) != len(names) or not names:
        twice = next((name for name in names if names.count(name) > 1), None)
        what = "names no location" if twice is None else f"names {twice!r} twice"
        raise UserError(f"{path}: the header {what}: name each location once")
    travel = np.full((len(names), len(names)), np.nan)
    seen: set[str] = set()
    for count, cells in enumerate(rows[1:], start=1):
        name = cells[0].strip()
        if name not in numbers or name in seen:
            what = "is there twice" if name in seen else "is not in the header"
            raise UserError(f"{path}: row {count}: {name!r} {what}: the matrix is square")
        seen.add(name)
        if len(cells) != len(names) + 1:
            raise UserError(
                f"{path}: row {count} ({name}): has {len(cells) - 1} minutes where the header has "
                f"{len(names)} locations"
            )
        try:
            travel[numbers[name]] = np.array(cells[1:], dtype=np.float64)
        except ValueError:
            travel[numbers[name]] = [_or_nan(cell) for cell in cells[1:]]
        bad = np.flatnonzero(~(np.isfinite(travel[numbers[name]]) & (travel[numbers[name]] >= 0)))
        if len(bad):
            cell = cells[1 + int(bad[0])]
            raise UserError(
                f"{path}: row {count} ({name}), column {names[int(bad[0])]}: {cell!r} is no time: "
                "give minutes, 0 or more"
            )
    missing = next((name for name in names if name not in seen), None)
    if missing is not None:
        raise UserError(f"{path}: has no row for {missing!r}: the matrix is square")
    return names, travel


def write_responses(path: Path, ids: list[str], replayed: Replayed) -> None:
    """``responses.csv`` in the order of the calls, numbers in full double precision; whole or not.

    Raises :class:`UserError` when the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(
                (name, ambulance, repr(response), repr(waited))
                for name, ambulance, response, waited in zip(
                    ids,
                    replayed.ambulance.tolist(),
                    replayed.response_min.tolist(),
                    replayed.waited_min.tolist(),
                    strict=True,
                )
            )
        os.replace(part, path)  # noqa: PTH105  (the path of the part is thrown away)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"--out {path}: cannot be written ({error.strerror})") from None


class Row:
    """One row of a file, whose values are read with errors that say where."""

    def __init__(self, path: Path, record: Record) -> None:
        self._path, self._record = path, record
        self.row = record.row

    def wrong(self, field: str, what: str) -> UserError:
        """The error about a field of this row."""
        return UserError(f"{self._path}: row {self.row}, {field}: {what}")

    def text(self, field: str) -> str:
        """A value that has to be there."""
        value = self._record.values.get(field)
        if value is None:
            raise self.wrong(field, "is empty: give a value")
        return str(value).strip()

    def number(self, field: str) -> float:
        """A finite number."""
        value = _or_nan(self.text(field))
        if not isfinite(value):
            raise self.wrong(field, f"{self.text(field)!r} is no number")
        return value

    def minutes(self, field: str) -> float:
        """A number that is not negative."""
        value = self.number(field)
        if value < 0:
            raise self.wrong(field, f"{self.text(field)} is less than 0: give minutes, 0 or more")
        return value

    def yes(self, field: str) -> bool:
        """1 or 0."""
        text = self.text(field).lower()
        if text not in YES + NO:
            raise self.wrong(field, f"{self.text(field)!r}: write 1 or 0")
        return text in YES


def _rows(path: Path, fields: tuple[str, ...]) -> Iterator[Row]:
    table = read_file(path, lambda column: column in fields)
    missing = [field for field in fields if field not in table.columns]
    if missing:
        raise UserError(f"{path}: has no column {missing[0]!r}: it needs {', '.join(fields)}")
    for record in table.records:
        if record.problem is not None:
            raise UserError(f"{path}: row {record.row}: {record.problem}")
        yield Row(path, record)


def _place(row: Row, places: dict[str, int], not_there: str) -> int:
    name = row.text("location")
    if name not in places:
        raise row.wrong("location", f"{name!r} {not_there}: add its row and column, or correct it")
    return places[name]


def _need_drawn(
    path: Path, found: list[int], drawn: set[int], names: list[str], nodes: Path
) -> None:
    """Ways home start or end there, so that it needs coordinates."""
    for number, place in enumerate(found, start=1):
        if place not in drawn:
            raise UserError(
                f"{path}: row {number}, location: {names[place]!r} is not in {nodes.name}: "
                "draw it there"
            )


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"no such file: {path}") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: name a file") from None
    if not content.strip():
        raise UserError(f"{path} is empty")
    return decode(content, path, bool)[1]


def _or_nan(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
