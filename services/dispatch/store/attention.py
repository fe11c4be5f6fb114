"""Who has an incident open, and who holds it: rows that lapse unless they are kept alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.dispatch.store import Connection
from services.dispatch.store.timeline import CHANNEL


@dataclass(frozen=True, slots=True)
class Attention:
    """What is known of the dispatchers at one incident now."""

    incident_id: str
    seen_at: datetime | None
    seen_by: str | None
    holder: str | None
    held_since: datetime | None
    viewers: tuple[str, ...]


async def tell(connection: Connection) -> None:
    """Wakes the streams of all instances at the commit."""
    await connection.execute(f"NOTIFY {CHANNEL}")


async def see(
    connection: Connection, incident_id: str, viewer: str, *, now: datetime, until: datetime
) -> bool:
    """Keeps a viewer until then; True when that is news to others."""
    known = await connection.fetchval(
        """UPDATE viewers SET until = $4
           WHERE incident_id = $1 AND viewer = $2 AND until > $3 RETURNING true""",
        incident_id,
        viewer,
        now,
        until,
    )
    if known:
        return False
    await connection.execute(
        """INSERT INTO viewers (incident_id, viewer, until) VALUES ($1, $2, $3)
           ON CONFLICT (incident_id, viewer) DO UPDATE SET until = excluded.until""",
        incident_id,
        viewer,
        until,
    )
    await connection.execute(
        "DELETE FROM viewers WHERE incident_id = $1 AND until <= $2", incident_id, now
    )
    await connection.execute(
        """INSERT INTO attention (incident_id, seen_at, seen_by) VALUES ($1, $2, $3)
           ON CONFLICT (incident_id) DO UPDATE
               SET seen_at = coalesce(attention.seen_at, excluded.seen_at),
                   seen_by = coalesce(attention.seen_by, excluded.seen_by)""",
        incident_id,
        now,
        viewer,
    )
    return True


async def leave(connection: Connection, incident_id: str, viewer: str) -> None:
    """Somebody has closed the incident's panel."""
    await connection.execute(
        "DELETE FROM viewers WHERE incident_id = $1 AND viewer = $2", incident_id, viewer
    )


async def keep(
    connection: Connection, incident_id: str, holder: str, *, now: datetime, until: datetime
) -> bool:
    """Holds on for longer; False when somebody else holds it, or nobody does."""
    kept = await connection.fetchval(
        """UPDATE attention SET held_until = $4
           WHERE incident_id = $1 AND holder = $2 AND held_until > $3 RETURNING true""",
        incident_id,
        holder,
        now,
        until,
    )
    return bool(kept)


async def hold(
    connection: Connection, incident_id: str, holder: str, *, now: datetime, until: datetime
) -> None:
    """Gives the incident, whose row is locked, to a holder, whoever had it before."""
    await connection.execute(
        """INSERT INTO attention (incident_id, seen_at, seen_by, holder, held_since, held_until)
           VALUES ($1, $3, $2, $2, $3, $4)
           ON CONFLICT (incident_id) DO UPDATE
               SET holder = $2, held_since = $3, held_until = $4,
                   seen_at = coalesce(attention.seen_at, $3),
                   seen_by = coalesce(attention.seen_by, $2)""",
        incident_id,
        holder,
        now,
        until,
    )


async def let_go(connection: Connection, incident_id: str, holder: str) -> None:
    """The holder gives it back; somebody else's hold stays."""
    await connection.execute(
        """UPDATE attention SET holder = NULL, held_since = NULL, held_until = NULL
           WHERE incident_id = $1 AND holder = $2""",
        incident_id,
        holder,
    )


async def holder_of(
    connection: Connection, incident_id: str, now: datetime
) -> tuple[str, datetime] | None:
    """Who holds an incident now and since when; None when nobody does."""
    row = await connection.fetchrow(
        """SELECT holder, held_since FROM attention
           WHERE incident_id = $1 AND holder IS NOT NULL AND held_until > $2""",
        incident_id,
        now,
    )
    return None if row is None else (row["holder"], row["held_since"])


async def of_open(
    connection: Connection, now: datetime, incident_id: str | None = None
) -> list[Attention]:
    """Every incident not ended (or the one named) with its holder and viewers, by id."""
    rows = await connection.fetch(
        """SELECT i.id AS incident_id, a.seen_at, a.seen_by,
                  CASE WHEN a.held_until > $1 THEN a.holder END AS holder,
                  CASE WHEN a.held_until > $1 THEN a.held_since END AS held_since,
                  ARRAY(SELECT viewer FROM viewers v
                        WHERE v.incident_id = i.id AND v.until > $1 ORDER BY viewer) AS viewers
           FROM incidents i LEFT JOIN attention a ON a.incident_id = i.id
           WHERE CASE WHEN $2::text IS NULL THEN i.state NOT IN ('closed', 'merged')
                      ELSE i.id = $2 END
           ORDER BY i.id""",
        now,
        incident_id,
    )
    return [Attention(**{**dict(row), "viewers": tuple(row["viewers"])}) for row in rows]
