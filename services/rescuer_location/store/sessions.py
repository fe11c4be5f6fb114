"""Phones that are signed in."""

from __future__ import annotations

from datetime import datetime

from shared.messaging.inbox import AnyConnection


async def insert(
    connection: AnyConnection, session_id: str, rescuer_id: str, now: datetime
) -> None:
    """A phone has signed in."""
    await connection.execute(
        "INSERT INTO sessions (id, rescuer_id, made_at, refreshed_at) VALUES ($1, $2, $3, $3)",
        session_id,
        rescuer_id,
        now,
    )


async def refresh(
    connection: AnyConnection, session_id: str, rescuer_id: str, now: datetime
) -> bool:
    """Notes a new token; False when there is no such session of this rescuer, or it has ended."""
    found = await connection.fetchval(
        """UPDATE sessions SET refreshed_at = $3
           WHERE id = $1 AND rescuer_id = $2 AND ended_at IS NULL RETURNING true""",
        session_id,
        rescuer_id,
        now,
    )
    return bool(found)


async def end(connection: AnyConnection, session_id: str, rescuer_id: str, now: datetime) -> None:
    """A phone has signed out; again changes nothing."""
    await connection.execute(
        """UPDATE sessions SET ended_at = $3
           WHERE id = $1 AND rescuer_id = $2 AND ended_at IS NULL""",
        session_id,
        rescuer_id,
        now,
    )


async def end_all(connection: AnyConnection, rescuer_id: str, now: datetime) -> None:
    """Signs out every phone of somebody."""
    await connection.execute(
        "UPDATE sessions SET ended_at = $2 WHERE rescuer_id = $1 AND ended_at IS NULL",
        rescuer_id,
        now,
    )


async def ended_since(
    connection: AnyConnection, since: datetime, limit: int
) -> list[tuple[str, datetime]]:
    """Which sessions have ended since then, and when; oldest first."""
    rows = await connection.fetch(
        "SELECT id, ended_at FROM sessions WHERE ended_at >= $1 ORDER BY ended_at LIMIT $2",
        since,
        limit,
    )
    return [(row["id"], row["ended_at"]) for row in rows]


async def forget(connection: AnyConnection, before: datetime) -> None:
    """Deletes sessions whose last token has long ended."""
    await connection.execute("DELETE FROM sessions WHERE refreshed_at < $1", before)
