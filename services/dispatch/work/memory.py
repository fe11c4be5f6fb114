"""Keeps what this instance knows of the city over a restart, should Kafka be away then.

A table is restored before the broker is asked for anything, serves at once with its stated age, and
is replaced by the replay as soon as Kafka answers. Snapshots are taken every few minutes where a
table has changed, and at a stop. The values are copied on the loop in milliseconds and written out
in a thread, so that no call waits for them.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog

from services.dispatch.store import table_snapshots
from shared.clock import Clock
from shared.messaging.table import Held, Table

EVERY_S = 300.0
LEVEL = 1
"""zlib's fastest: the snapshot is for a rare start, the processor is for calls."""

log = structlog.get_logger()
_Entry = tuple[str, Held[Any]]


class Memory:
    """Saves and restores tables."""

    def __init__(self, tables: Sequence[Table[Any]], pool: asyncpg.Pool[Any], clock: Clock) -> None:
        self._tables = tables
        self._pool = pool
        self._clock = clock
        self._saved: dict[str, dict[int, int]] = {}

    async def restore(self) -> None:
        """Fills the tables from their snapshots; a snapshot that cannot be read is passed over."""
        for table in self._tables:
            async with self._pool.acquire() as connection:
                packed = await table_snapshots.load(connection, table.topic.name)
            if packed is None:
                continue
            try:
                table.restore(await asyncio.to_thread(_unpack, packed))
            except (ValueError, KeyError, TypeError, zlib.error) as error:
                log.warning("snapshot_unreadable", topic=table.topic.name, error=str(error)[:200])
            else:
                log.info("snapshot_restored", topic=table.topic.name, records=len(table))

    async def run(self) -> None:
        """Saves every few minutes until cancelled; a database that is away is tried next time."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.save()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("snapshot_not_saved", error=type(error).__name__)

    async def save(self) -> None:
        """Saves each table that is replayed and has changed since."""
        for table in self._tables:
            offsets = dict(table.offsets)
            if not table.ready or self._saved.get(table.topic.name) == offsets:
                continue
            entries = [
                (key, held) for key in list(table.keys()) if (held := table.held(key)) is not None
            ]
            taken_at = self._clock.now()
            as_of = None if table.as_of is None else table.as_of.isoformat()
            packed = await asyncio.to_thread(_pack, table, as_of, offsets, entries)
            async with self._pool.acquire() as connection:
                await table_snapshots.save(
                    connection,
                    topic=table.topic.name,
                    taken_at=taken_at,
                    records=len(entries),
                    snapshot=packed,
                )
            self._saved[table.topic.name] = offsets


def _pack(
    table: Table[Any], as_of: str | None, offsets: dict[int, int], entries: list[_Entry]
) -> bytes:
    document = {
        "topic": table.topic.name,
        "event_type": table.topic.event_type,
        "as_of": as_of,
        "offsets": {str(partition): offset for partition, offset in offsets.items()},
        "entries": [
            [key, held.partition, held.version, held.value.model_dump(mode="json")]
            for key, held in entries
        ],
    }
    return zlib.compress(json.dumps(document).encode(), LEVEL)


def _unpack(packed: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(zlib.decompress(packed))
    return document
