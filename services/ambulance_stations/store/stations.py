"""Stations: their units follow them, and none is retired while it has units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from services.ambulance_stations.domain.stations import Station, record_of
from services.ambulance_stations.store.circles import ask_for_circles
from services.ambulance_stations.store.units import UnitStore
from shared.contracts.topics import STATIONS
from shared.http.etag import IfMatch
from shared.http.problems import conflict
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Change, Entry, Kind, located_by
from shared.registry.store import RegistryStore

KIND: Final[Kind[Station]] = Kind(
    table="stations",
    what="station",
    document=Station,
    topic=STATIONS,
    record_of=lambda entry: record_of(entry.document, entry.version),
    locate=located_by(lambda station: (station.place.latitude, station.place.longitude)),
    filters={
        "tier": "document->>'tier'",
        "hospital": "document->>'hospital'",
        "q": (
            "strpos(lower(concat_ws(' ', document->>'name', document->>'address')), lower({})) > 0"
        ),
    },
)


class StationStore(RegistryStore[Station]):
    """Entries of stations."""

    def __init__(self, pool: asyncpg.Pool[Any], units: UnitStore, *, source: str) -> None:
        super().__init__(pool, KIND, source=source)
        self._units = units

    async def retire(
        self,
        entity_id: str,
        *,
        if_match: IfMatch,
        by: str,
        now: datetime,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[Station], Change]:
        """As in the shared register; raises a 409 problem while it has units in use."""
        async with self.transaction(connection) as conn:
            retired = await super().retire(
                entity_id, if_match=if_match, by=by, now=now, connection=conn
            )
            # Under the station's lock nobody can add one any more.
            count = await self._units.in_use_at(conn, entity_id)
            if count:
                raise conflict(
                    "has-units",
                    "The station has units",
                    f"{count} of its units are in use; retire them or move them first.",
                )
            return retired

    async def write(
        self,
        connection: AnyConnection,
        changes: Sequence[tuple[Entry[Station], Entry[Station] | None, Change]],
        *,
        by: str,
    ) -> list[str]:
        """As in the shared register; moves the units along and asks for new circles."""
        written = await super().write(connection, changes, by=by)
        moved, circles = [], []
        for entry, before, change in changes:
            if entry.id not in written or before is None:
                continue  # a new station has no units yet, and so no circle
            place_changed = (entry.latitude, entry.longitude) != (before.latitude, before.longitude)
            if place_changed:
                moved.append(entry.id)
            tier_changed = entry.document.tier is not before.document.tier
            if place_changed or tier_changed or change is not Change.REPLACED:
                circles.append(entry.id)
        if moved:
            now = max(entry.updated_at for entry, _, _ in changes)
            await self._units.follow_stations(connection, moved, by=by, now=now)
        if circles:
            await ask_for_circles(connection, circles)
        return written
