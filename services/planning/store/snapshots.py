"""Bases that are kept: who is where is in them, so none outlives what needs it."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

import asyncpg

from services.planning.domain.scenarios import BUILT_IN, Sites, Snapshot

LEVEL = 1
"""A document of ten megabytes takes a tenth of a second, and a tenth of the room."""


class SnapshotStore:
    """The table of snapshots."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    async def keep(self, snapshot: Snapshot, document: bytes) -> None:
        """Keeps one; the same once more is the same."""
        packed = await asyncio.to_thread(zlib.compress, document, LEVEL)
        async with self._pool.acquire() as connection:
            await connection.execute(
                """INSERT INTO snapshots (id, base, taken_at, counts, sites, document)
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING""",
                snapshot.id,
                snapshot.base,
                snapshot.taken_at,
                snapshot.counts,
                asdict(snapshot.sites),
                packed,
            )

    async def find(self, snapshot_id: str) -> Snapshot | None:
        """One without its document; None when it is not kept."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(
                "SELECT id, base, taken_at, counts, sites FROM snapshots WHERE id = $1", snapshot_id
            )
        if row is None:
            return None
        return Snapshot(
            id=row["id"],
            base=row["base"],
            taken_at=row["taken_at"],
            counts=row["counts"],
            sites=Sites(**row["sites"]),
        )

    async def document(self, snapshot_id: str) -> bytes:
        """The document; raises ``LookupError`` when it is not kept."""
        async with self._pool.acquire() as connection:
            packed = await connection.fetchval(
                "SELECT document FROM snapshots WHERE id = $1", snapshot_id
            )
        if packed is None:
            raise LookupError(f"snapshot {snapshot_id} is not kept")
        return await asyncio.to_thread(zlib.decompress, packed)

    async def forget(self, now: datetime) -> int:
        """Drops those that nothing needs; built-in ones are nobody's places and may stay.

        One taken within the last minute may be somebody's who is about to need it.
        """
        async with self._pool.acquire() as connection:
            done: str = await connection.execute(
                """DELETE FROM snapshots AS old
                   WHERE base <> ALL($1) AND taken_at < $2::timestamptz - interval '1 minute'
                     AND NOT EXISTS (SELECT 1 FROM scenarios WHERE snapshot_id = old.id)
                     AND NOT EXISTS (
                         SELECT 1 FROM runs WHERE state IN ('waiting', 'running')
                           AND old.id = ANY(runs.snapshots))""",
                list(BUILT_IN),
                now,
            )
        return int(done.rpartition(" ")[2])
