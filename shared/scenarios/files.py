"""Scenario directories: read with every mistake named, written the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError

from shared.http.errors import field_errors
from shared.scenarios.rows import ROW_MODELS, TableName
from shared.scenarios.scenario import TABLES, Manifest, Row, Scenario

SHOWN = 20
"""Mistakes that one error spells out; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend in a directory."""

    file: str
    row: int | None
    """Counted from 1."""
    field: str | None
    message: str

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.field:
            where.append(self.field)
        return ", ".join(where) + f": {self.message}"


class ScenarioError(Exception):
    """A scenario that cannot be used; says what to mend, by file, row and field."""

    def __init__(self, headline: str, mistakes: Iterable[Mistake] = ()) -> None:
        self.mistakes = tuple(mistakes)
        lines = [headline, *(f"  {mistake}" for mistake in self.mistakes[:SHOWN])]
        if len(self.mistakes) > SHOWN:
            lines.append(f"  and {len(self.mistakes) - SHOWN} more")
        super().__init__("\n".join(lines))


def read_directory(directory: Path) -> Scenario:
    """A scenario from a directory.

    Raises :class:`ScenarioError` with every mistake of every file (missing file, broken JSON, a
    field that does not fit, a duplicate id, a unit without its station).
    """
    if not directory.is_dir():
        raise ScenarioError(f"{directory}: no such scenario directory")
    mistakes: list[Mistake] = []
    manifest = _read_manifest(directory / "manifest.json", mistakes)
    tables: dict[TableName, list[Row]] = {}
    for name in ROW_MODELS:
        tables[name] = _read_table(
            directory / f"{name}.json", name, mistakes, optional=name == "presence"
        )
    _check_references(tables, mistakes)
    if mistakes or manifest is None:
        raise ScenarioError(f"{directory}: this scenario has mistakes to mend:", mistakes)
    return Scenario(manifest=manifest, **tables)


def write_directory(scenario: Scenario, directory: Path) -> None:
    """Writes ``manifest.json`` and a file for each table; one row a line, so that it can be read.

    Files that are already there are replaced, each whole.
    """
    directory.mkdir(parents=True, exist_ok=True)
    manifest = scenario.manifest.model_dump(mode="json", exclude_none=True)
    _replace(
        directory / "manifest.json", msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
    )
    encoder = msgspec.json.Encoder()
    for name in (*TABLES, "presence"):
        rows = b",\n".join(encoder.encode(row) for row in scenario.table(name))
        _replace(directory / f"{name}.json", b"[\n" + rows + b"\n]\n")


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    temporary.replace(path)


def _decode(path: Path, mistakes: list[Mistake]) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        mistakes.append(Mistake(path.name, None, None, "the file is missing"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        mistakes.append(Mistake(path.name, None, None, f"is not JSON in UTF-8 ({error})"))
    except OSError as error:
        mistakes.append(Mistake(path.name, None, None, f"cannot be read ({error.strerror})"))
    return None


def _read_manifest(path: Path, mistakes: list[Mistake]) -> Manifest | None:
    found = _decode(path, mistakes)
    if found is None:
        return None
    try:
        return Manifest.model_validate(found)
    except ValidationError as error:
        mistakes.extend(_of(error, path.name, None))
        return None


def _read_table(
    path: Path, name: TableName, mistakes: list[Mistake], *, optional: bool
) -> list[Row]:
    if optional and not path.exists():
        return []
    found = _decode(path, mistakes)
    if found is None:
        return []
    if not isinstance(found, list):
        mistakes.append(Mistake(path.name, None, None, "must be a JSON array of rows"))
        return []
    check = TypeAdapter(ROW_MODELS[name]).validate_python
    key = "rescuer_id" if name == "presence" else "id"
    first: dict[str, int] = {}
    for number, row in enumerate(found, start=1):
        try:
            check(row)
        except ValidationError as error:
            mistakes.extend(_of(error, path.name, number))
            continue
        identity = row[key]
        if identity in first:
            mistakes.append(
                Mistake(
                    path.name,
                    number,
                    key,
                    f"{identity!r} is already used in row {first[identity]}",
                )
            )
        first.setdefault(identity, number)
    return found


def _of(error: ValidationError, file: str, row: int | None) -> list[Mistake]:
    found = field_errors(error.errors(include_url=False, include_input=False), where="row")
    return [Mistake(file, row, each.field, f"{each.message}; {each.mend}") for each in found]


def _check_references(tables: dict[TableName, list[Row]], mistakes: list[Mistake]) -> None:
    links: tuple[tuple[TableName, str, TableName], ...] = (
        ("units", "station_id", "stations"),
        ("presence", "rescuer_id", "rescuers"),
    )
    for name, field, target in links:
        known = [row.get("id") for row in tables[target] if isinstance(row, dict)]
        identities = {identity for identity in known if isinstance(identity, str)}
        for number, row in enumerate(tables[name], start=1):
            named = row.get(field) if isinstance(row, dict) else None
            if isinstance(named, str) and named not in identities:
                mistakes.append(
                    Mistake(
                        f"{name}.json",
                        number,
                        field,
                        f"{named!r} is not in {target}.json",
                    )
                )
