"""The timeline: what happened, in the order in which it was recorded, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.dispatch.store import Connection
from shared.contracts.words import TimelineEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened in an incident."""

    incident_id: str
    sequence: int
    event: TimelineEvent
    at: datetime
    recorded_at: datetime
    by: str
    detail: dict[str, Any]
    position: int = 0


CHANNEL = "dispatch_timeline"
"""The NOTIFY channel on which streams of all instances hear of new entries."""


async def append(connection: Connection, entry: Entry) -> None:
    """Adds an entry; the incident's row is locked, so the sequence has no gap."""
    await connection.execute(
        """INSERT INTO timeline (incident_id, sequence, event, at, recorded_at, by, detail)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        entry.incident_id,
        entry.sequence,
        entry.event.value,
        entry.at,
        entry.recorded_at,
        entry.by,
        entry.detail,
    )
    await connection.execute(f"NOTIFY {CHANNEL}")


def _entry(row: Any) -> Entry:
    values = dict(row)
    values["event"] = TimelineEvent(values["event"])
    return Entry(**values)


async def of_incident(connection: Connection, incident_id: str) -> list[Entry]:
    """An incident's whole timeline, in the order of recording."""
    rows = await connection.fetch(
        "SELECT * FROM timeline WHERE incident_id = $1 ORDER BY sequence", incident_id
    )
    return [_entry(row) for row in rows]


async def happened(connection: Connection, incident_id: str, event: TimelineEvent) -> bool:
    """Whether something has happened in an incident already."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM timeline WHERE incident_id = $1 AND event = $2)",
        incident_id,
        event.value,
    )
    return found


async def happened_to(
    connection: Connection, incident_id: str, event: TimelineEvent, alert_id: str
) -> bool:
    """Whether something has happened already to one alert of an incident."""
    found: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT 1 FROM timeline
           WHERE incident_id = $1 AND event = $2 AND detail->>'alert_id' = $3)""",
        incident_id,
        event.value,
        alert_id,
    )
    return found


async def after(
    connection: Connection, position: int, *, recent_since: datetime, limit: int = 500
) -> list[Entry]:
    """Entries after a position, and all recent ones, for the dispatchers' stream.

    Positions are given at insertion and become visible at commit, so a later one can be seen
    before an earlier one; the reader passes over what it has sent already.
    """
    rows = await connection.fetch(
        """SELECT * FROM timeline WHERE position > $1 OR recorded_at >= $2
           ORDER BY position LIMIT $3""",
        position,
        recent_since,
        limit,
    )
    return [_entry(row) for row in rows]


async def last_position(connection: Connection) -> int:
    """The position of the newest entry; 0 when there is none."""
    position: int = await connection.fetchval("SELECT coalesce(max(position), 0) FROM timeline")
    return position
