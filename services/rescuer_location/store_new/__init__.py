"""All SQL of the rescuers' service: the register, and who may be located."""

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
from shared.registry.model import Kind, Located
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
        "q": "(id = {} OR position(lower({}) IN lower(document->>'name')) > 0)",
    },
)

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
