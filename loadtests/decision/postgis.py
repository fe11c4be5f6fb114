"""The question to PostGIS: one prepared SQL statement, one row of three lists of ids.

Places are `geography` with GiST indexes: ``<->`` orders by metres on the sphere straight from the
index, ``ST_DWithin(…, false)`` bounds it there. Ties at the last place come along (WITH TIES) and
go by id. Who may be asked is judged by columns as the data has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import asyncpg

from loadtests.decision import world as w
from loadtests.decision.question import Answer, Question

HERE = "ST_SetSRID(ST_MakePoint($2, $1), 4326)::geography"
MAY_BE_ASKED = """verified AND credential_expires_on >= $3 AND alerts_consent AND available
    AND NOT quiet AND NOT held AND alerts_recent < $4"""
TABLES = """
CREATE EXTENSION IF NOT EXISTS postgis;
DROP TABLE IF EXISTS rescuer, aed, unit;
CREATE UNLOGGED TABLE rescuer (
    id integer PRIMARY KEY, latitude float8, longitude float8, place geography (Point, 4326),
    mode smallint NOT NULL, verified boolean NOT NULL, credential_expires_on date,
    alerts_consent boolean NOT NULL, available boolean NOT NULL, quiet boolean NOT NULL,
    held boolean NOT NULL, alerts_recent smallint NOT NULL);
CREATE UNLOGGED TABLE aed (
    id integer PRIMARY KEY, latitude float8, longitude float8, place geography (Point, 4326),
    usable boolean NOT NULL);
CREATE UNLOGGED TABLE unit (
    id integer PRIMARY KEY, latitude float8, longitude float8, place geography (Point, 4326),
    free boolean NOT NULL, start_s float8 NOT NULL, pace_s_per_m float8 NOT NULL);
"""


def _nearest(table: str, within_m: str, may: str, count: str) -> str:
    """The ids of the nearest, lower ids on ties."""
    return f"""SELECT id FROM (
        SELECT id, place <-> {HERE} AS metres FROM {table}
        WHERE ST_DWithin(place, {HERE}, {within_m}, false) AND {may}
        ORDER BY place <-> {HERE} FETCH FIRST {count} ROWS WITH TIES) near
    ORDER BY metres, id LIMIT {count}"""


SQL = f"""SELECT
    ARRAY({_nearest("rescuer", "$5", MAY_BE_ASKED, "$6")}),
    ARRAY({_nearest("aed", "$7", "usable", "$8")}),
    ARRAY(SELECT id FROM unit WHERE ST_DWithin(place, {HERE}, $9, false) AND free
          ORDER BY start_s + pace_s_per_m * ST_Distance(place, {HERE}, false), id LIMIT $10)"""


class Postgis:
    """The world in one PostgreSQL, and the question to it."""

    def __init__(self, connection: asyncpg.Connection, world: w.World, question: Question) -> None:
        self._connection = connection
        self._world = world
        self._asked = (
            w.TODAY,
            question.fatigue_max_alerts,
            question.rescuer_m,
            question.enough,
            question.aed_m,
            question.aeds,
            question.unit_m,
            question.units,
        )
        self._question = question
        self._statement: Any = None

    async def load(self) -> None:
        """Fills the tables, indexes and analyses them, and prepares the statement."""
        await self._connection.execute(TABLES)
        r, u = self._world.rescuers, self._world.units
        await self._copy(
            "rescuer",
            "mode verified credential_expires_on alerts_consent available quiet held alerts_recent",
            r,
            [
                r.mode.tolist(),
                (r.state == w.VERIFIED).tolist(),
                [w.expiry(days) for days in r.expires_in_days.tolist()],
                r.alerts_consent.tolist(),
                r.available.tolist(),
                (r.quiet == w.QUIET_NOW).tolist(),
                r.held.tolist(),
                r.alerts_recent.tolist(),
            ],
        )
        await self._copy("aed", "usable", self._world.aeds, [self._question.usable.tolist()])
        await self._copy(
            "unit",
            "free start_s pace_s_per_m",
            u,
            [
                self._question.free.tolist(),
                self._question.start_s.tolist(),
                self._question.pace_s_per_m.tolist(),
            ],
        )
        # Planned once: choosing a plan afresh for every place costs more than it gains (measured).
        await self._connection.execute("SET plan_cache_mode = force_generic_plan")
        self._statement = await self._connection.prepare(SQL)

    async def _copy(
        self,
        table: str,
        columns: str,
        where: w.Rescuers | w.Aeds | w.Units,
        values: Sequence[Sequence[Any]],
    ) -> None:
        """Rows with their places; then indexes that are as good as new."""
        rows: Iterable[tuple[Any, ...]] = zip(
            range(len(where.latitude)),
            _degrees(where.latitude),
            _degrees(where.longitude),
            *values,
            strict=True,
        )
        names = ["id", "latitude", "longitude", *columns.split()]
        await self._connection.copy_records_to_table(table, records=rows, columns=names)
        await self._connection.execute(
            f"""UPDATE {table}
                SET place = ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography"""
        )
        await self._connection.execute(f"VACUUM FULL {table}")
        await self._connection.execute(f"CREATE INDEX {table}_place ON {table} USING gist (place)")
        await self._connection.execute(f"VACUUM ANALYZE {table}")

    async def ask(self, latitude: float, longitude: float) -> tuple[Any, ...]:
        """One row: ids of rescuers, AEDs, units."""
        row: tuple[Any, ...] = await self._statement.fetchrow(latitude, longitude, *self._asked)
        return row

    async def plan(self) -> str:
        """How PostgreSQL answers, as EXPLAIN tells it."""
        explained = await self._connection.fetch(
            "EXPLAIN EXECUTE " + self._statement.get_name() + "(30, 110, NULL, 4, 1, 1, 1, 1, 1, 1)"
        )
        return "\n".join(line[0] for line in explained)


def answer(row: tuple[Any, ...]) -> Answer:
    """The numbers in a row of `Postgis.ask`."""
    return Answer(frozenset(row[0]), frozenset(row[1]), frozenset(row[2]))


def _degrees(values: w.FloatArray) -> list[float | None]:
    """NULL where somebody is nowhere."""
    return [None if isnan(value) else value for value in values.tolist()]


async def connect(folder: Path) -> asyncpg.Connection:
    """A connection over the socket in that folder."""
    return await asyncpg.connect(host=str(folder), user="postgres", database="postgres", timeout=10)
