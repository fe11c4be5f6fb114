"""The search index of the map: names and addresses in an SQLite file, opened to read only."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.gateway.domain.ranking import score
from shared.basemap.words import sought
from shared.geometry.distance import EARTH_RADIUS_M, great_circle_m

MOST_LOOKED_AT: Final = 3_000
"""Matches that are weighed; a single letter may match a city's every street."""
NEAR_M: Final = 20_000.0
"""Where the map is, matches this near are all weighed, however many there are elsewhere."""
TOWN_M: Final = 8_000.0
_TOWNS: Final = ("city", "town", "village", "suburb", "quarter", "neighbourhood")
_FOUND: Final = """
    SELECT n.kind, n.name, n.detail, n.rank, n.latitude, n.longitude
    FROM (SELECT rowid AS id FROM words WHERE words MATCH ? {near} LIMIT {most}) AS w
    JOIN names AS n USING (id)
"""
_NEAR: Final = """
    AND rowid IN (SELECT id FROM names
                  WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?)
"""


@dataclass(frozen=True, slots=True)
class FoundName:
    """A thing of the map."""

    kind: str
    """place, street or address"""
    name: str
    category: str
    """OpenStreetMap's word for what it is; empty for addresses."""
    town: str | None
    """The settlement or quarter that it lies in or next to."""
    latitude: float
    longitude: float
    score: float


class Names:
    """Looks names up; one question at a time, beside the event loop."""

    def __init__(self, path: Path) -> None:
        """Opens the index; ``sqlite3.Error`` when it is none."""
        # Immutable: no lock is taken and none is looked for; a new index has another name.
        self._database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._database.execute("SELECT 1 FROM words LIMIT 1")
        self._lock = asyncio.Lock()

    def close(self) -> None:
        """Lets go of the file."""
        self._database.close()

    async def find(
        self, question: str, limit: int, near: tuple[float, float] | None
    ) -> list[FoundName]:
        """The best matches, best first; ``near`` is (latitude, longitude)."""
        async with self._lock:
            return await asyncio.to_thread(self._find, question, limit, near)

    def _find(self, question: str, limit: int, near: tuple[float, float] | None) -> list[FoundName]:
        expression = sought(question)
        if not expression:
            return []
        rows: set[tuple[str, str, str, int, float, float]] = set()
        if near is not None:
            sql = _FOUND.format(near=_NEAR, most=MOST_LOOKED_AT)
            rows.update(self._database.execute(sql, (expression, *_box(near, NEAR_M))))
        sql = _FOUND.format(near="", most=MOST_LOOKED_AT)
        rows.update(self._database.execute(sql, (expression,)))
        weighed = sorted(
            (
                (
                    -score(
                        question, name, rank, None if near is None else great_circle_m(*near, a, b)
                    ),
                    len(name), name, kind, what, a, b,
                )
                for kind, name, what, rank, a, b in rows
            ),
        )[:limit]  # fmt: skip
        return [
            FoundName(
                kind=kind,
                name=name,
                category="" if kind == "address" else what,
                town=(what if kind == "address" and what else None) or self._town(a, b, name),
                latitude=a,
                longitude=b,
                score=-minus,
            )
            for minus, _, name, kind, what, a, b in weighed
        ]

    def _town(self, latitude: float, longitude: float, name: str) -> str | None:
        """The nearest settlement's name; None when none is near, or it is the thing itself."""
        marks = ", ".join("?" * len(_TOWNS))
        found = self._database.execute(
            "SELECT name, latitude, longitude FROM names WHERE kind = 'place' "  # noqa: S608
            f"AND detail IN ({marks}) AND latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?",
            (*_TOWNS, *_box((latitude, longitude), TOWN_M)),
        ).fetchall()
        nearest = min(
            found, key=lambda row: great_circle_m(latitude, longitude, row[1], row[2]), default=None
        )
        return None if nearest is None or nearest[0] == name else str(nearest[0])


def _box(near: tuple[float, float], metres: float) -> tuple[float, float, float, float]:
    """South, north, west, east of a box around a place."""
    up = math.degrees(metres / EARTH_RADIUS_M)
    aside = up / max(math.cos(math.radians(near[0])), 0.01)
    return near[0] - up, near[0] + up, near[1] - aside, near[1] + aside
