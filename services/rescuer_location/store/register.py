"""The register, and who may be located."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from services.rescuer_location.domain.presence import Standing
from services.rescuer_location.domain.rescuer import Rescuer, record_of, shard_of
from shared.contracts.topics import PRESENCE, RESCUERS
from shared.geometry.cells import centre_of, shard_of_cell
from shared.http.problems import FieldError
from shared.messaging.inbox import AnyConnection
from shared.messaging.outbox import put
from shared.registry.model import Entry, Kind, Located
from shared.registry.sql import COLUMNS
from shared.registry.store import RegistryStore


async def _locate(_: AnyConnection, rescuers: Sequence[Rescuer]) -> Sequence[Located | FieldError]:
    """On the map at the centre of the home cell, which says no more than the cell itself."""
    found = []
    for rescuer in rescuers:
        cell = rescuer.home_cell
        latitude, longitude = (None, None) if cell is None else centre_of(cell)
        found.append(Located(latitude, longitude, shard_of(rescuer)))
    return found


RESCUER_KIND: Kind[Rescuer] = Kind(
    table="rescuers",
    what="rescuer",
    document=Rescuer,
    topic=RESCUERS,
    record_of=lambda entry: record_of(entry.document, entry.version),
    locate=_locate,
    filters={
        "state": "document->>'state'",
        "expiring_before": "(document->'credential'->>'expires_on') < {}",
        "expiring_from": "(document->'credential'->>'expires_on') >= {}",
        # Whether anything waits for a registrar: somebody new, or a renewed certificate.
        "waiting": (
            "((document->>'state' = 'enrolled' OR document->>'offered' IS NOT NULL)"
            " AND {} = 'true')"
        ),
        "q": "(id = {} OR position(lower({}) IN lower(document->>'name')) > 0)",
    },
)

WITH_TAIL = f"""
SELECT {COLUMNS} FROM rescuers
WHERE NOT retired AND right(regexp_replace(document->>'phone', '[^0-9]', '', 'g'), 8) = $1
ORDER BY id
"""  # noqa: S608 - column names

NUMBERS = """
SELECT id, document->>'phone' AS phone FROM rescuers
WHERE NOT retired
  AND right(regexp_replace(document->>'phone', '[^0-9]', '', 'g'), 8) = ANY ($1::text[])
ORDER BY id DESC
"""

STANDINGS = """
SELECT id, (document->'consent'->'location')::boolean AS consents
FROM rescuers WHERE id = ANY ($1::text[]) AND NOT retired
"""


class RescuerStore(RegistryStore[Rescuer]):
    """The register, and what presence asks of it."""

    def __init__(self, pool: asyncpg.Pool[Any], *, source: str) -> None:
        super().__init__(pool, RESCUER_KIND, source=source)

    async def standings(self, ids: Collection[str]) -> dict[str, Standing]:
        """Whether each known rescuer lets their place be known; who is not known is left out."""
        rows = await self.pool.fetch(STANDINGS, list(ids))
        return {
            row["id"]: Standing.CONSENTS if row["consents"] else Standing.WITHHOLDS for row in rows
        }

    async def by_phone_tail(self, connection: AnyConnection, tail: str) -> list[Entry[Rescuer]]:
        """Those in the register whose number ends in these eight digits, by id."""
        return [self.entry_of(row) for row in await connection.fetch(WITH_TAIL, tail)]

    async def numbers_like(
        self, connection: AnyConnection, tails: Collection[str]
    ) -> list[tuple[str, str]]:
        """(id, number as written) of those in the register whose number ends so."""
        rows = await connection.fetch(NUMBERS, list(tails))
        return [(row["id"], row["phone"]) for row in rows]

    async def forget_presence(
        self, connection: AnyConnection, rescuer_id: str, cell: str, *, now: datetime
    ) -> None:
        """Deletes a rescuer's live place with the caller's change: both commit or neither."""
        await put(
            connection,
            PRESENCE,
            key=rescuer_id,
            shard=shard_of_cell(cell),
            data=None,
            event_time=now,
            version=presence_version(now),
            source=self.source,
        )


def presence_version(moment: datetime) -> int:
    """The version of a presence: microseconds since 1970, so that a newer one wins anywhere."""
    return int(moment.timestamp() * 1_000_000)
