"""Units: each belongs to a station that exists, and is where it said it was, else there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from services.ambulance_stations.domain.units import Unit, carried, record_of
from services.ambulance_stations.store.circles import ask_for_circles
from shared.contracts.topics import UNITS
from shared.http.etag import IfMatch
from shared.http.problems import FieldError, invalid, unavailable
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Change, Entry, Kind, Located
from shared.registry.store import RegistryStore

_RACES: Final = 5


async def _locate(
    connection: AnyConnection, units: Sequence[Unit]
) -> Sequence[Located | FieldError]:
    """By the stations, which are held as they are until the end of the transaction."""
    rows = await connection.fetch(
        "SELECT id, latitude, longitude, shard, retired FROM stations"
        " WHERE id = ANY($1::text[]) ORDER BY id FOR SHARE",
        [unit.station_id for unit in units],
    )
    stations = {row["id"]: row for row in rows}
    return [_located(unit, stations.get(unit.station_id)) for unit in units]


def _located(unit: Unit, station: asyncpg.Record | None) -> Located | FieldError:
    if station is None:
        return FieldError(
            "station_id", "names no station", "register the station first, or mend the id"
        )
    if station["retired"]:
        return FieldError(
            "station_id", "names a retired station", "bring the station back, or name another"
        )
    doing = unit.doing
    if doing.latitude is None or doing.longitude is None:
        return Located(station["latitude"], station["longitude"], station["shard"])
    return Located(doing.latitude, doing.longitude, station["shard"])


KIND: Final[Kind[Unit]] = Kind(
    table="units",
    what="unit",
    document=Unit,
    topic=UNITS,
    record_of=record_of,
    locate=_locate,
    filters={
        "station_id": "station_id",
        "kind": "document->>'kind'",
        "state": "document->>'state'",
    },
)


class UnitStore(RegistryStore[Unit]):
    """Entries of units, which go on doing what they do when their entry is written anew.

    A station is always locked before its units, so that writers of both never wait for each other
    in a circle.
    """

    def __init__(self, pool: asyncpg.Pool[Any], *, source: str) -> None:
        super().__init__(pool, KIND, source=source)

    async def replace(
        self,
        entity_id: str,
        document: Unit,
        *,
        if_match: IfMatch,
        by: str,
        now: datetime,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[Unit], Change]:
        """As in the shared register; what the unit is doing stays."""
        if document.id != entity_id:
            raise invalid("id", "is not the id in the path", "send the same id, it cannot change")
        async with self.transaction(connection) as conn:
            await self._hold(conn, [entity_id], [document.station_id])
            current = await self.get(entity_id, connection=conn, lock=True)
            if_match.check(current.version)
            return await self._put(conn, current, carried(document, current), by=by, now=now)

    async def change(
        self,
        entity_id: str,
        alter: Callable[[Unit], Unit],
        *,
        by: str,
        now: datetime,
        if_match: IfMatch | None = None,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[Unit], Change]:
        """As in the shared register, the station held first."""
        async with self.transaction(connection) as conn:
            await self._hold(conn, [entity_id])
            return await super().change(
                entity_id, alter, by=by, now=now, if_match=if_match, connection=conn
            )

    async def retire(
        self,
        entity_id: str,
        *,
        if_match: IfMatch,
        by: str,
        now: datetime,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[Unit], Change]:
        """As in the shared register, the station held first."""
        async with self.transaction(connection) as conn:
            await self._hold(conn, [entity_id])
            return await super().retire(
                entity_id, if_match=if_match, by=by, now=now, connection=conn
            )

    async def decide(
        self, connection: AnyConnection, documents: Sequence[Unit], *, now: datetime
    ) -> list[tuple[Entry[Unit], Entry[Unit] | None, Change] | FieldError]:
        """As in the shared register; what the units are doing stays."""
        ids = [unit.id for unit in documents]
        await self._hold(connection, ids, [unit.station_id for unit in documents])
        before = await self.get_many(ids, connection=connection, lock=True)
        kept = [carried(unit, before.get(unit.id)) for unit in documents]
        return await super().decide(connection, kept, now=now)

    async def write(
        self,
        connection: AnyConnection,
        changes: Sequence[tuple[Entry[Unit], Entry[Unit] | None, Change]],
        *,
        by: str,
    ) -> list[str]:
        """As in the shared register; asks for new circles where the fleet of a station changed."""
        written = await super().write(connection, changes, by=by)
        stations: set[str] = set()
        for entry, before, change in changes:
            if entry.id not in written:
                continue
            now, was = entry.document, None if before is None else before.document
            if change is Change.REPLACED and was is not None:
                if (now.fleet, now.station_id) == (was.fleet, was.station_id):
                    continue
                stations.add(was.station_id)
            stations.add(now.station_id)
        if stations:
            await ask_for_circles(connection, stations)
        return written

    async def follow_stations(
        self, connection: AnyConnection, station_ids: Sequence[str], *, by: str, now: datetime
    ) -> None:
        """Units go where their stations have moved, in the transaction that moved these."""
        rows = await connection.fetch(
            "SELECT id FROM units WHERE station_id = ANY($1::text[]) AND NOT retired",
            list(station_ids),
        )
        units = await self.get_many([row["id"] for row in rows], connection=connection, lock=True)
        for entry in units.values():
            await self._put(connection, entry, entry.document, by=by, now=now)

    async def in_use_at(self, connection: AnyConnection, station_id: str) -> int:
        """How many units of a station are not retired."""
        count: int = await connection.fetchval(
            "SELECT count(*) FROM units WHERE station_id = $1 AND NOT retired", station_id
        )
        return count

    async def _hold(
        self, connection: AnyConnection, unit_ids: Sequence[str], station_ids: Sequence[str] = ()
    ) -> None:
        """Locks stations and then units; starts again when a unit changed its station meanwhile.

        Raises a 503 problem when that happens again and again.
        """
        for _ in range(_RACES):
            savepoint = connection.transaction()
            await savepoint.start()
            stations = await connection.fetch(
                "SELECT id FROM stations WHERE id = ANY("
                " $2::text[] || ARRAY(SELECT station_id FROM units WHERE id = ANY($1::text[])))"
                " ORDER BY id FOR SHARE",
                list(unit_ids),
                list(station_ids),
            )
            units = await connection.fetch(
                "SELECT station_id FROM units WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE",
                list(unit_ids),
            )
            if {row["station_id"] for row in units} <= {row["id"] for row in stations}:
                await savepoint.commit()  # which keeps the locks
                return
            await savepoint.rollback()  # which lets them go
        raise unavailable("The unit is being moved between stations; send this again.")
