"""Snapshots of Kafka's tables, for a start while Kafka is away."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.store import Connection


async def save(
    connection: Connection, *, topic: str, taken_at: datetime, records: int, snapshot: bytes
) -> None:
    """Keeps a snapshot in the place of an older one."""
    await connection.execute(
        """INSERT INTO table_snapshots (topic, taken_at, records, snapshot)
           VALUES ($1, $2, $3, $4)
           ON CONFLICT (topic) DO UPDATE SET taken_at = excluded.taken_at,
               records = excluded.records, snapshot = excluded.snapshot
           WHERE table_snapshots.taken_at < excluded.taken_at""",
        topic,
        taken_at,
        records,
        snapshot,
    )


async def load(connection: Connection, topic: str) -> bytes | None:
    """The newest snapshot of a topic; None when there is none."""
    snapshot: bytes | None = await connection.fetchval(
        "SELECT snapshot FROM table_snapshots WHERE topic = $1", topic
    )
    return snapshot
