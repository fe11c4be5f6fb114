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

from services.ambulance_stations.domain.circles import Circle, Fleet, published
from shared.contracts.records import CircleRecord
from shared.contracts.topics import CIRCLES
from shared.contracts.words import Tier, TransportMode, UnitKind
from shared.geometry.cells import partition_of_shard
from shared.http.paging import Bbox
from shared.messaging.inbox import AnyConnection
from shared.messaging.outbox import OutboxItem, put_many

_CIRCLES: Final = TypeAdapter(list[Circle])
_COLUMNS: Final = "station_id, version, tier, latitude, longitude, shard, circles, updated_at"


@dataclass(frozen=True, slots=True)
class StationCircles:
    """What a station reaches, by the kinds and modes of its units; the widest first."""

    station_id: str
    version: int
    tier: Tier
    latitude: float
    longitude: float
    shard: int
    circles: tuple[Circle, ...]
    updated_at: datetime

    @property
    def published(self) -> Circle | None:
        """The one that speaks for the station."""
        return published(self.circles)


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

    async def ask_again_unless(self, policy: str) -> None:
        """Asks for every circle that was worked out with another policy's numbers."""
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                "SELECT station_id FROM circles WHERE policy <> $1", policy
            )
            await ask_for_circles(connection, [row["station_id"] for row in rows])

    async def due(self, limit: int) -> list[Due]:
        """Stations whose circle is to be worked out, the longest waiting first."""
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
            ORDER BY d.asked LIMIT $1
            """,
            limit,
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
        self, due: Due, circles: Sequence[Circle], *, policy: str, now: datetime
    ) -> bool:
        """Keeps and publishes an answer; False when it was asked again meanwhile."""
        async with self._pool.acquire() as connection, connection.transaction():
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
            if before is not None and _same(before, after):
                await connection.execute(
                    "UPDATE circles SET policy = $2 WHERE station_id = $1", due.station_id, policy
                )
                return True
            await connection.execute(
                f"""
                INSERT INTO circles ({_COLUMNS}, policy) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (station_id) DO UPDATE SET
                    version = excluded.version, tier = excluded.tier,
                    latitude = excluded.latitude, longitude = excluded.longitude,
                    shard = excluded.shard, circles = excluded.circles,
                    updated_at = excluded.updated_at, policy = excluded.policy
                """,  # noqa: S608 (column names of this file)
                after.station_id,
                after.version,
                after.tier.value,
                after.latitude,
                after.longitude,
                after.shard,
                _CIRCLES.dump_python(list(after.circles), mode="json"),
                now,
                policy,
            )
            events = _events(before, after)
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
    )


def _same(before: StationCircles, after: StationCircles) -> bool:
    return (before.tier, before.latitude, before.longitude, before.circles) == (
        after.tier,
        after.latitude,
        after.longitude,
        after.circles,
    )


def _events(before: StationCircles | None, after: StationCircles) -> list[OutboxItem]:
    """The record, or a tombstone when nothing is reached any more or another partition has it."""
    spoken, before_spoken = after.published, None if before is None else before.published
    items = []
    partitions = CIRCLES.partitions
    if before is not None and before_spoken is not None:
        moved = partition_of_shard(before.shard, partitions) != partition_of_shard(
            after.shard, partitions
        )
        if moved or spoken is None:
            items.append(
                OutboxItem(
                    key=after.station_id,
                    shard=after.shard,
                    data=None,
                    event_time=after.updated_at,
                    version=after.version,
                    partition_from=before.shard,
                )
            )
    if spoken is not None:
        items.append(
            OutboxItem(
                key=after.station_id,
                shard=after.shard,
                data=CircleRecord(
                    station_id=after.station_id,
                    version=after.version,
                    tier=after.tier,
                    mode=spoken.mode,
                    basis=spoken.basis,
                    turnout_s=spoken.turnout_s,
                    bands=spoken.bands,
                ),
                event_time=after.updated_at,
                version=after.version,
            )
        )
    return items
