"""What must happen by when; rows, so that a restart forgets none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.dispatch.store import Connection


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something of an incident that is due."""

    id: int
    kind: str
    incident_id: str
    subject_id: str
    due_at: datetime


async def put(
    connection: Connection, *, kind: str, incident_id: str, subject_id: str, due_at: datetime
) -> None:
    """Sets a deadline, and tells the workers of all instances at commit."""
    await connection.execute(
        "INSERT INTO deadlines (kind, incident_id, subject_id, due_at) VALUES ($1, $2, $3, $4)",
        kind,
        incident_id,
        subject_id,
        due_at,
    )


async def drop(connection: Connection, subject_id: str, kind: str | None = None) -> None:
    """Forgets the deadlines of an alert, an order or an incident: all, or of one kind."""
    await connection.execute(
        "DELETE FROM deadlines WHERE subject_id = $1 AND ($2::text IS NULL OR kind = $2)",
        subject_id,
        kind,
    )


async def due(connection: Connection, now: datetime, limit: int = 50) -> list[Deadline]:
    """Deadlines that have passed, oldest first; not yet taken."""
    rows = await connection.fetch(
        "SELECT * FROM deadlines WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2", now, limit
    )
    return [Deadline(**dict(row)) for row in rows]


async def take(connection: Connection, deadline_id: int) -> bool:
    """Takes one deadline in this transaction; False when another has it or had it."""
    row = await connection.fetchrow(
        """DELETE FROM deadlines WHERE id = (
               SELECT id FROM deadlines WHERE id = $1 FOR UPDATE SKIP LOCKED)
           RETURNING id""",
        deadline_id,
    )
    return row is not None


async def postpone(connection: Connection, deadline_id: int, until: datetime) -> None:
    """Puts one deadline off that could not be carried out, so that it does not block others."""
    await connection.execute("UPDATE deadlines SET due_at = $2 WHERE id = $1", deadline_id, until)


async def next_due(connection: Connection) -> datetime | None:
    """When the next deadline passes; None when there is none."""
    due_at: datetime | None = await connection.fetchval("SELECT min(due_at) FROM deadlines")
    return due_at
