"""The search index: names and addresses of an extract in an SQLite file with full-text search."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import h3

from deploy.basemap.names import Named
from shared.basemap.words import kept

_SAME_STREET: Final = 7
"""H3: pieces of a street of one name within a cell of some 1.2 km are one street."""
_AT_ONCE: Final = 10_000
_TABLES: Final = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE names (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL,
        rank INTEGER NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL
    );
    CREATE VIRTUAL TABLE words USING fts5(
        name, others, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
    );
"""


class NameIndex(AbstractContextManager["NameIndex"]):
    """Takes names in any order; :meth:`finish` makes the file what the gateway opens."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._database = sqlite3.connect(path)
        self._database.executescript(_TABLES)
        self._rows: list[tuple[object, ...]] = []
        self._words: list[tuple[object, ...]] = []
        self._known: set[tuple[str, str, str]] = set()
        self._next = 1

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(self, named: Named) -> None:
        """Keeps a name, unless the same is known just there (a street is many ways)."""
        cell = h3.latlng_to_cell(named.latitude, named.longitude, _SAME_STREET)
        seen = (named.kind, named.name, cell)
        if named.kind != "place" and seen in self._known:
            return
        self._known.add(seen)
        self._rows.append(
            (self._next, named.kind, named.name, named.detail, named.rank,
             round(named.latitude, 7), round(named.longitude, 7))
        )  # fmt: skip
        self._words.append((self._next, kept(named.name), kept(named.other_names)))
        self._next += 1
        if len(self._rows) >= _AT_ONCE:
            self._flush()

    def finish(self) -> int:
        """Writes the rest and makes it compact; how many names there are."""
        self._flush()
        self._database.execute("INSERT INTO words(words) VALUES('optimize')")
        self._database.execute("CREATE INDEX names_by_place ON names (latitude, longitude)")
        self._database.commit()
        self._database.execute("VACUUM")
        return self._next - 1

    def _flush(self) -> None:
        self._database.executemany("INSERT INTO names VALUES (?, ?, ?, ?, ?, ?, ?)", self._rows)
        self._database.executemany(
            "INSERT INTO words(rowid, name, others) VALUES (?, ?, ?)", self._words
        )
        self._rows, self._words = [], []
