"""Photos of certificates, and the proof of consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.messaging.inbox import AnyConnection


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo, JPEG."""

    photo: bytes
    received_at: datetime
    delete_after: datetime


async def put(
    connection: AnyConnection,
    rescuer_id: str,
    photo: bytes,
    *,
    now: datetime,
    delete_after: datetime,
) -> None:
    """Keeps somebody's photo, in place of the one before."""
    await connection.execute(
        """INSERT INTO credential_photos (rescuer_id, photo, received_at, delete_after)
           VALUES ($1, $2, $3, $4)
           ON CONFLICT (rescuer_id) DO UPDATE SET photo = excluded.photo,
               received_at = excluded.received_at, delete_after = excluded.delete_after""",
        rescuer_id,
        photo,
        now,
        delete_after,
    )


async def find(connection: AnyConnection, rescuer_id: str) -> KeptPhoto | None:
    """Somebody's photo; None when there is none (any more)."""
    row = await connection.fetchrow(
        "SELECT photo, received_at, delete_after FROM credential_photos WHERE rescuer_id = $1",
        rescuer_id,
    )
    return None if row is None else KeptPhoto(**row)


async def keep_until(connection: AnyConnection, rescuer_id: str, moment: datetime) -> None:
    """It has been looked at: it goes then at the latest."""
    await connection.execute(
        """UPDATE credential_photos SET delete_after = least(delete_after, $2)
           WHERE rescuer_id = $1""",
        rescuer_id,
        moment,
    )


async def delete(connection: AnyConnection, rescuer_id: str) -> None:
    """Deletes somebody's photo."""
    await connection.execute("DELETE FROM credential_photos WHERE rescuer_id = $1", rescuer_id)


async def delete_due(connection: AnyConnection, now: datetime) -> int:
    """Deletes what is past its retention; returns how many."""
    rows = await connection.fetch(
        "DELETE FROM credential_photos WHERE delete_after <= $1 RETURNING rescuer_id", now
    )
    return len(rows)


async def note_consent(
    connection: AnyConnection,
    rescuer_id: str,
    *,
    version: str,
    language: str,
    location: bool,
    now: datetime,
) -> None:
    """Who agreed to which words."""
    await connection.execute(
        "INSERT INTO consents (rescuer_id, version, language, location, at)"
        " VALUES ($1, $2, $3, $4, $5)",
        rescuer_id,
        version,
        language,
        location,
        now,
    )
