"""Circles as they were worked out last, and which are due.

A change of a station or of its units asks for a new circle in its own transaction; working it out
takes milliseconds and happens after the commit, outside any transaction. The answer is written only
if nobody has asked again meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
from pydantic import TypeAdapter

from services.ambulance_stations.domain.circles import Circle, Fleet
from services.ambulance_stations.store.station_circles import (
    FORM,
    StationCircles,
    events_of,
    same,
)
from shared.contracts.topics import CIRCLES
from shared.contracts.words import Tier, TransportMode, UnitKind
from shared.http.paging import Bbox
from shared.messaging.inbox import AnyConnection
from shared.messaging.outbox import put_many

_CIRCLES: Final = TypeAdapter(list[Circle])
_COLUMNS: Final = "station_id, version, tier, latitude, longitude, shard, circles, updated_at, form"


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What circles are worked out with."""

    policy: str
    """Name and version of the policy."""
    streets: str | None
    """Version of the street graph; None: the H3 grid."""


@dataclass(frozen=True, slots=True)
class Due:
    """A station whose circle is to be worked out, as it was when that was asked."""

    station_id: str
    asked: int
    tier: Tier
    latitude: float
    longitude: float
    shard: int
    fleets: frozenset[Fleet]
    """Empty when the station is retired or has no units in use."""


async def ask_for_circles(connection: AnyConnection, station_ids: Iterable[str]) -> None:
    """Notes in the caller's transaction that these stations' circles have changed."""
    ids = sorted(set(station_ids))  # sorted, so that two writers wait for each other in order
    await _hold_stations(connection, ids)
    await connection.execute(
        "INSERT INTO circles_due (station_id) SELECT unnest($1::text[])"
        " ON CONFLICT (station_id) DO UPDATE SET asked = DEFAULT",
        ids,
    )


async def _hold_stations(connection: AnyConnection, station_ids: Sequence[str]) -> None:
    """A station is locked before what hangs on it, by everybody: else two may wait for each other.

    The foreign key would lock it too, but only afterwards.
    """
    await connection.execute(
        "SELECT 1 FROM stations WHERE id = ANY($1::text[]) ORDER BY id FOR KEY SHARE",
        list(station_ids),
    )


class CircleStore:
    """Circles in the service's schema."""

    def __init__(self, pool: asyncpg.Pool[Any], *, source: str) -> None:
        self._pool = pool
        self._source = source

    async def begin(self, made_with: MadeWith) -> int:
        """From now on these numbers and streets count; how many circles are due.

        Asks for every circle that was worked out with others. What another instance with other
        numbers or streets works out from now on is not taken.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            # Locked before the stations, as in write(): else two would wait for each other.
            await connection.execute(
                "INSERT INTO circles_made_with (policy, streets) VALUES ($1, $2)"
                " ON CONFLICT (one) DO UPDATE"
                " SET policy = excluded.policy, streets = excluded.streets",
                made_with.policy,
                made_with.streets,
            )
            rows = await connection.fetch(
                "SELECT station_id FROM circles"
                " WHERE policy <> $1 OR streets IS DISTINCT FROM $2 OR form <> $3",
                made_with.policy,
                made_with.streets,
                FORM,
            )
            await ask_for_circles(connection, [row["station_id"] for row in rows])
            return int(await connection.fetchval("SELECT count(*) FROM circles_due"))

    async def due(self, limit: int, made_with: MadeWith) -> list[Due]:
        """Stations whose circle is to be worked out, the longest waiting first.

        None while other numbers or streets count.
        """
        rows = await self._pool.fetch(
            """
            SELECT d.station_id, d.asked, s.document->>'tier' AS tier, s.latitude, s.longitude,
                   s.shard, coalesce(f.fleets, '{}') AS fleets
            FROM circles_due d JOIN stations s ON s.id = d.station_id
            LEFT JOIN LATERAL (
                SELECT array_agg(DISTINCT (u.document->>'kind') || ' ' || (u.document->>'mode'))
                           AS fleets
                FROM units u
                WHERE u.station_id = d.station_id AND NOT u.retired AND NOT s.retired
            ) f ON true
            WHERE EXISTS (
                SELECT 1 FROM circles_made_with m
                WHERE m.policy = $2 AND m.streets IS NOT DISTINCT FROM $3
            )
            ORDER BY d.asked LIMIT $1
            """,
            limit,
            made_with.policy,
            made_with.streets,
        )
        return [
            Due(
                station_id=row["station_id"],
                asked=row["asked"],
                tier=Tier(row["tier"]),
                latitude=row["latitude"],
                longitude=row["longitude"],
                shard=row["shard"],
                fleets=frozenset(
                    Fleet(UnitKind(kind), TransportMode(mode))
                    for kind, mode in (fleet.split(" ") for fleet in row["fleets"])
                ),
            )
            for row in rows
        ]

    async def is_due(self, station_id: str) -> bool:
        """Whether a new circle of that station is being worked out."""
        asked = await self._pool.fetchval(
            "SELECT 1 FROM circles_due WHERE station_id = $1", station_id
        )
        return asked is not None

    async def write(
        self, due: Due, circles: Sequence[Circle], *, made_with: MadeWith, now: datetime
    ) -> bool:
        """Keeps and publishes an answer.

        False when it was asked again meanwhile, or other numbers or streets count by now.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            counts = await connection.fetchval(
                "SELECT 1 FROM circles_made_with"
                " WHERE policy = $1 AND streets IS NOT DISTINCT FROM $2 FOR SHARE",
                made_with.policy,
                made_with.streets,
            )
            if counts is None:
                return False
            await _hold_stations(connection, [due.station_id])
            answered = await connection.fetchval(
                "DELETE FROM circles_due WHERE station_id = $1 AND asked = $2 RETURNING 1",
                due.station_id,
                due.asked,
            )
            if answered is None:
                return False
            before = await self._find(connection, due.station_id, lock=True)
            after = StationCircles(
                station_id=due.station_id,
                version=1 if before is None else before.version + 1,
                tier=due.tier,
                latitude=due.latitude,
                longitude=due.longitude,
                shard=due.shard,
                circles=tuple(circles),
                updated_at=now,
            )
            if before is not None and same(before, after):
                await connection.execute(
                    "UPDATE circles SET policy = $2, streets = $3 WHERE station_id = $1",
                    due.station_id,
                    made_with.policy,
                    made_with.streets,
                )
                return True
            await connection.execute(
                f"""
                INSERT INTO circles ({_COLUMNS}, policy, streets)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                ON CONFLICT (station_id) DO UPDATE SET
                    version = excluded.version, tier = excluded.tier,
                    latitude = excluded.latitude, longitude = excluded.longitude,
                    shard = excluded.shard, circles = excluded.circles,
                    updated_at = excluded.updated_at, form = excluded.form,
                    policy = excluded.policy, streets = excluded.streets
                """,  # noqa: S608 (column names of this file)
                after.station_id,
                after.version,
                after.tier.value,
                after.latitude,
                after.longitude,
                after.shard,
                _CIRCLES.dump_python(list(after.circles), mode="json"),
                now,
                after.form,
                made_with.policy,
                made_with.streets,
            )
            events = events_of(before, after)
            await put_many(connection, CIRCLES, events, source=self._source)
        return True

    async def find(self, station_id: str) -> StationCircles | None:
        """What a station reaches; None when it was never worked out."""
        return await self._find(self._pool, station_id)

    async def page(
        self, *, after: str | None, limit: int, tier: Tier | None, bbox: Bbox | None
    ) -> tuple[list[StationCircles], str | None]:
        """Stations with a circle, in the order of their ids, and the id to go on after."""
        rows = await self._pool.fetch(
            f"""
            SELECT {_COLUMNS} FROM circles
            WHERE circles <> '[]'::jsonb
              AND ($1::text IS NULL OR station_id > $1)
              AND ($2::text IS NULL OR tier = $2)
              AND ($3::float8 IS NULL OR (
                    latitude BETWEEN $3 AND $4
                    AND CASE WHEN $5::float8 <= $6::float8 THEN longitude BETWEEN $5 AND $6
                        ELSE longitude >= $5 OR longitude <= $6 END))
            ORDER BY station_id LIMIT $7
            """,  # noqa: S608 (column names of this file)
            after,
            None if tier is None else tier.value,
            None if bbox is None else bbox.south,
            None if bbox is None else bbox.north,
            None if bbox is None else bbox.west,
            None if bbox is None else bbox.east,
            limit + 1,
        )
        found = [_circles(row) for row in rows[:limit]]
        return found, found[-1].station_id if len(rows) > limit else None

    async def _find(
        self, connection: Any, station_id: str, *, lock: bool = False
    ) -> StationCircles | None:
        row = await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM circles WHERE station_id = $1"  # noqa: S608
            + (" FOR UPDATE" if lock else ""),
            station_id,
        )
        return None if row is None else _circles(row)


def _circles(row: asyncpg.Record) -> StationCircles:
    return StationCircles(
        station_id=row["station_id"],
        version=row["version"],
        tier=Tier(row["tier"]),
        latitude=row["latitude"],
        longitude=row["longitude"],
        shard=row["shard"],
        circles=tuple(_CIRCLES.validate_python(row["circles"])),
        updated_at=row["updated_at"],
        form=row["form"],
    )
