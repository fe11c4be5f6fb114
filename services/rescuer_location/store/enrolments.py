"""Enrolments and sign-ins that wait for their code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.rescuer_location.domain.codes import Asked
from shared.messaging.inbox import AnyConnection


class Kind(StrEnum):
    """What the code is for."""

    ENROLMENT = "enrolment"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Pending:
    """One try, as its row says."""

    id: str
    kind: Kind
    phone: str
    language: str
    said: dict[str, Any] | None
    photo: bytes | None
    created_at: datetime
    expires_at: datetime
    code_salt: bytes
    code_hash: bytes
    code_to_read_out: str | None
    wrong_tries: int
    used_at: datetime | None
    rescuer_id: str | None
    asked_by: bytes | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Pending:
        """From a row of the table ``enrolments``."""
        return cls(**{**{name: row[name] for name in cls.__slots__}, "kind": Kind(row["kind"])})


async def asked_for(
    connection: AnyConnection, phone: str, asker: bytes, since: datetime
) -> list[Asked]:
    """The codes asked for a number since then. Asks for one number come one by one."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 5))", phone)
    rows = await connection.fetch(
        "SELECT created_at, asked_by FROM enrolments WHERE phone = $1 AND created_at > $2",
        phone,
        since,
    )
    return [Asked(row["created_at"], row["asked_by"] == asker) for row in rows]


async def count_since(connection: AnyConnection, since: datetime) -> int:
    """How many codes were asked for since then, for any number."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM enrolments WHERE created_at > $1", since
    )
    return number


async def insert(connection: AnyConnection, pending: Pending) -> None:
    """Keeps a new one."""
    await connection.execute(
        """INSERT INTO enrolments (id, kind, phone, language, said, photo, created_at, expires_at,
               code_salt, code_hash, code_to_read_out, rescuer_id, asked_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        pending.id,
        pending.kind.value,
        pending.phone,
        pending.language,
        pending.said,
        pending.photo,
        pending.created_at,
        pending.expires_at,
        pending.code_salt,
        pending.code_hash,
        pending.code_to_read_out,
        pending.rescuer_id,
        pending.asked_by,
    )


async def find(
    connection: AnyConnection, enrolment_id: str, *, lock: bool = False
) -> Pending | None:
    """One of them; None when there is none (any more)."""
    row = await connection.fetchrow(
        "SELECT * FROM enrolments WHERE id = $1 FOR UPDATE"
        if lock
        else "SELECT * FROM enrolments WHERE id = $1",
        enrolment_id,
    )
    return None if row is None else Pending.from_row(row)


async def count_wrong(connection: AnyConnection, enrolment_id: str) -> int:
    """Counts a wrong try; returns how many there were."""
    number: int = await connection.fetchval(
        "UPDATE enrolments SET wrong_tries = wrong_tries + 1 WHERE id = $1 RETURNING wrong_tries",
        enrolment_id,
    )
    return number


async def use_up(
    connection: AnyConnection, enrolment_id: str, rescuer_id: str, now: datetime
) -> None:
    """The code was right: what was said is in the register now, and nowhere else."""
    await connection.execute(
        """UPDATE enrolments SET used_at = coalesce(used_at, $3), rescuer_id = $2, said = NULL,
               photo = NULL, code_to_read_out = NULL
           WHERE id = $1""",
        enrolment_id,
        rescuer_id,
        now,
    )


async def waiting(connection: AnyConnection, now: datetime, most_wrong: int) -> list[Pending]:
    """Those whose code may still be given, newest first; at most 200, without photos."""
    rows = await connection.fetch(
        """SELECT *, NULL::bytea AS photo FROM
               (SELECT id, kind, phone, language, said, created_at, expires_at, code_salt,
                       code_hash, code_to_read_out, wrong_tries, used_at, rescuer_id, asked_by
                FROM enrolments
                WHERE used_at IS NULL AND expires_at > $1 AND wrong_tries < $2
                ORDER BY created_at DESC, id DESC LIMIT 200) AS newest""",
        now,
        most_wrong,
    )
    return [Pending.from_row(row) for row in rows]


async def tidy(connection: AnyConnection, now: datetime, forget_before: datetime) -> int:
    """Empties what has ended, and deletes what is a day old; returns how many were deleted."""
    await connection.execute(
        """UPDATE enrolments SET said = NULL, photo = NULL, code_to_read_out = NULL
           WHERE expires_at <= $1 AND (said IS NOT NULL OR code_to_read_out IS NOT NULL)""",
        now,
    )
    rows = await connection.fetch(
        "DELETE FROM enrolments WHERE created_at < $1 RETURNING id", forget_before
    )
    return len(rows)
