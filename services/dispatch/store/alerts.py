"""Alerts to rescuers."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.domain.models import Alert
from services.dispatch.store import Connection

_CHANGEABLE = (
    "task",
    "aed_id",
    "state",
    "sequence",
    "answer_by",
    "answered_at",
    "moved_at",
    "stalled_at",
    "collected_at",
    "arrived_at",
    "ended_at",
    "eta_s",
    "latitude",
    "longitude",
    "located_at",
    "channels",
)


async def insert(connection: Connection, alert: Alert) -> None:
    """Keeps a new alert."""
    await connection.execute(
        """INSERT INTO alerts (id, incident_id, origin_incident_id, rescuer_id, task, aed_id,
               state, sequence, sent_at, answer_by, eta_s, choice, message_id, local_hour)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        alert.id,
        alert.incident_id,
        alert.origin_incident_id,
        alert.rescuer_id,
        alert.task.value,
        alert.aed_id,
        alert.state.value,
        alert.sequence,
        alert.sent_at,
        alert.answer_by,
        alert.eta_s,
        alert.choice,
        alert.message_id,
        alert.local_hour,
    )


async def save(connection: Connection, alert: Alert) -> None:
    """Writes what may change of an alert whose incident is locked."""
    values = [getattr(alert, name) for name in _CHANGEABLE]
    values[_CHANGEABLE.index("task")] = alert.task.value
    values[_CHANGEABLE.index("state")] = alert.state.value
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(_CHANGEABLE, start=2))
    await connection.execute(
        f"UPDATE alerts SET {columns} WHERE id = $1",  # noqa: S608 - names above
        alert.id,
        *values,
    )


async def of_incident(connection: Connection, incident_id: str) -> list[Alert]:
    """An incident's alerts, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM alerts WHERE incident_id = $1 ORDER BY sent_at, id", incident_id
    )
    return [Alert.from_row(row) for row in rows]


async def get(connection: Connection, alert_id: str) -> Alert | None:
    """One alert as last committed; None when there is none."""
    row = await connection.fetchrow("SELECT * FROM alerts WHERE id = $1", alert_id)
    return None if row is None else Alert.from_row(row)


async def of_rescuer(
    connection: Connection,
    rescuer_id: str,
    *,
    active_only: bool,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[Alert]:
    """A rescuer's alerts, newest first, strictly before the cursor (sent_at, id)."""
    rows = await connection.fetch(
        """SELECT * FROM alerts
           WHERE rescuer_id = $1 AND (NOT $2 OR ended_at IS NULL)
             AND ($3::timestamptz IS NULL OR (sent_at, id) < ($3, $4))
           ORDER BY sent_at DESC, id DESC LIMIT $5""",
        rescuer_id,
        active_only,
        None if before is None else before[0],
        None if before is None else before[1],
        limit,
    )
    return [Alert.from_row(row) for row in rows]


async def counts_since(connection: Connection, since: datetime) -> dict[str, int]:
    """How many alerts each rescuer has had since then, in all incidents."""
    rows = await connection.fetch(
        "SELECT rescuer_id, count(*) AS n FROM alerts WHERE sent_at >= $1 GROUP BY rescuer_id",
        since,
    )
    return {row["rescuer_id"]: row["n"] for row in rows}


async def tired_since(
    connection: Connection, since: datetime, at_least: int, incident_id: str
) -> dict[str, int]:
    """Who has had so many alerts since then, and how many, for the fatigue budget.

    Those of the incident itself do not count: being asked again for the same patient is not another
    alert.
    """
    rows = await connection.fetch(
        """SELECT rescuer_id, count(*) AS n FROM alerts
           WHERE sent_at >= $1 AND incident_id <> $3
           GROUP BY rescuer_id HAVING count(*) >= $2""",
        since,
        at_least,
        incident_id,
    )
    return {row["rescuer_id"]: row["n"] for row in rows}


async def aeds_not_there(connection: Connection, since: datetime) -> dict[str, datetime]:
    """AEDs that a rescuer did not find or took away since then, in any incident, and when."""
    rows = await connection.fetch(
        """SELECT detail->>'aed_id' AS aed_id, max(at) AS at FROM timeline
           WHERE event IN ('aed_missing', 'aed_collected') AND recorded_at >= $1 GROUP BY 1""",
        since,
    )
    return {row["aed_id"]: row["at"] for row in rows if row["aed_id"] is not None}
