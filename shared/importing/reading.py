"""Files as people have them: CSV in several encodings, JSON arrays, GeoJSON.

Every record keeps the number that its owner can find it by: CSV rows and array members count from
1, without the header.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from shared.errors import UserError

ENCODINGS = ("utf-8", "gb18030", "cp932", "cp1252")
"""Tried in this order where the bytes are not UTF-8; the one whose headers are known wins."""
DELIMITERS = ",;\t|"
LARGEST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file."""

    row: int
    """From 1."""
    values: dict[str, Any]
    problem: str | None = None
    """Why it cannot be a row at all; None when it can."""


@dataclass(frozen=True, slots=True)
class Table:
    """What was read."""

    format: str
    """``csv``, ``json`` or ``geojson``."""
    encoding: str
    columns: tuple[str, ...]
    records: tuple[Record, ...]


def read_file(path: Path, known: Callable[[str], bool], encoding: str | None = None) -> Table:
    """Reads a file; ``known`` says whether a column's name is one that we understand.

    Raises :class:`UserError` when it is no such file.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise UserError(f"{path} is larger than 256 MB: split it")
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"no such file: {path}") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: name a file") from None
    return read_bytes(content, path, known, encoding)


def read_bytes(
    content: bytes, path: PurePath, known: Callable[[str], bool], encoding: str | None = None
) -> Table:
    """The same for a file's content; ``path`` is only what it is called in an error."""
    if not content.strip():
        raise UserError(f"{path} is empty")
    encoding, text = decode(content, path, known, encoding)
    if text.lstrip()[:1] in ("[", "{"):
        return _read_json(text, encoding, path)
    return _read_csv(text, encoding, path)


def decode(
    content: bytes, path: PurePath, known: Callable[[str], bool], encoding: str | None = None
) -> tuple[str, str]:
    """The encoding and the text; a byte order mark decides, then what decodes and is understood."""
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark) and encoding is None:
            try:
                text = content.decode("utf-8-sig" if name == "utf-8" else name)
            except UnicodeDecodeError as error:
                raise UserError(f"{path} is marked as {name} and is not ({error.reason})") from None
            return name, text
    if encoding is not None:
        try:
            return encoding, content.decode(encoding).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            raise UserError(f"{path} is not text in {encoding}: leave --encoding out") from None
    found: list[tuple[int, str, str]] = []
    for name in ENCODINGS:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8":
            return name, text
        header = text.split("\n", 1)[0].strip()
        cells = header.split(_delimiter(header))
        found.append((sum(known(cell.strip().strip('"')) for cell in cells), name, text))
    if not found:
        raise UserError(f"{path} is not text in UTF-8, GB18030 or Shift_JIS: name its --encoding")
    most = max(score for score, _, _ in found)
    _, name, text = next(each for each in found if each[0] == most)
    return name, text


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _read_csv(text: str, encoding: str, path: PurePath) -> Table:
    header = text.lstrip("\r\n").split("\n", 1)[0]
    csv.field_size_limit(1_000_000)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(header))
    try:
        columns = next((row for row in rows if any(cell.strip() for cell in row)), [])
        records = [
            _csv_record(number, columns, row)
            for number, row in enumerate((row for row in rows if row), start=1)
        ]
    except csv.Error as error:
        raise UserError(f"{path}: line {rows.line_num} is not CSV ({error})") from None
    names = tuple(column.strip() for column in columns)
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise UserError(f"{path}: the column {sorted(twice)[0]!r} is there twice: rename one")
    return Table("csv", encoding, names, tuple(records))


def _csv_record(number: int, columns: list[str], row: list[str]) -> Record:
    problem = None
    if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
        problem = f"has {len(row)} fields where the header has {len(columns)}"
    values = {
        name.strip(): cell.strip()
        for name, cell in zip(columns, row, strict=False)
        if name.strip() and cell.strip()
    }
    return Record(number, values, problem)


def _read_json(text: str, encoding: str, path: PurePath) -> Table:
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UserError(f"{path} is not JSON ({error})") from None
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise UserError(f"{path}: the FeatureCollection has no features")
        return _table("geojson", encoding, [_feature(*each) for each in enumerate(features, 1)])
    if not isinstance(document, list):
        raise UserError(f"{path} must be a JSON array of rows, or a GeoJSON FeatureCollection")
    records = [
        Record(number, row) if isinstance(row, dict) else Record(number, {}, "is not a JSON object")
        for number, row in enumerate(document, 1)
    ]
    return _table("json", encoding, records)


def _feature(number: int, feature: object) -> Record:
    if not isinstance(feature, dict):
        return Record(number, {}, "is not a GeoJSON feature")
    properties = feature.get("properties") or {}
    geometry = feature.get("geometry")
    values = {key: value for key, value in dict(properties).items() if value not in (None, "")}
    if feature.get("id") is not None:
        values.setdefault("id", feature["id"])
    if geometry is None:
        return Record(number, values)
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return Record(number, values, "is not a point: give one place for each feature")
    if not isinstance(point, list) or len(point) < 2:
        return Record(number, values, "has a point without longitude and latitude")
    return Record(number, {**values, "longitude": point[0], "latitude": point[1]})


def _table(format: str, encoding: str, records: list[Record]) -> Table:
    columns = dict.fromkeys(name for record in records for name in record.values)
    return Table(format, encoding, tuple(columns), tuple(records))
