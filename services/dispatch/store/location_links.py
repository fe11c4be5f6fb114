"""One-time links for a caller's place; the token itself is never kept."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.store import Connection


async def insert(
    connection: Connection,
    *,
    token_hash: bytes,
    incident_id: str,
    made_at: datetime,
    made_by: str,
    expires_at: datetime,
) -> None:
    """Keeps a new link's hash."""
    await connection.execute(
        """INSERT INTO location_links (token_hash, incident_id, made_at, made_by, expires_at)
           VALUES ($1, $2, $3, $4, $5)""",
        token_hash,
        incident_id,
        made_at,
        made_by,
        expires_at,
    )


async def use(connection: Connection, token_hash: bytes, now: datetime) -> str | None:
    """Uses a link up; the incident's id, or None when it is unknown, used or too old."""
    incident_id: str | None = await connection.fetchval(
        """UPDATE location_links SET used_at = $2
           WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
           RETURNING incident_id""",
        token_hash,
        now,
    )
    return incident_id
