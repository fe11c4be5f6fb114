"""Who and what is held by which incident; the unique index is what decides between two.

A rescuer is held by an alert and a unit by an order. An AED is held by the incident itself: several
of its rescuers may be on the way to it, and it is free when none of them is any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.dispatch.store import Connection

PATIENCE_MS = 500
"""How long a claim waits for another transaction that is taking the same at this instant. One of
ours takes some ten milliseconds; beyond that its instance is stuck, and whoever waits plans with
others instead (our choice)."""
SHORT_PATIENCE_MS = 50
"""How long each one is then waited for, to find which of them it was."""

AED = "aed"
RESCUER = "rescuer"
UNIT = "unit"


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A rescuer, an AED or a unit, and what holds it: an alert, the incident, an order."""

    kind: str
    entity_id: str
    holder_id: str


async def held(
    connection: Connection, incident_id: str
) -> tuple[dict[str, dict[str, str]], set[Claim]]:
    """What others hold (kind → entity id → incident id), and what this incident holds itself."""
    rows = await connection.fetch(
        "SELECT kind, entity_id, holder_id, incident_id FROM claims WHERE released_at IS NULL"
    )
    others: dict[str, dict[str, str]] = {RESCUER: {}, AED: {}, UNIT: {}}
    own = set()
    for row in rows:
        if row["incident_id"] == incident_id:
            own.add(Claim(row["kind"], row["entity_id"], row["holder_id"]))
        else:
            others[row["kind"]][row["entity_id"]] = row["incident_id"]
    return others, own


async def take(
    connection: Connection, incident_id: str, claims: Iterable[Claim], at: datetime
) -> set[Claim]:
    """Takes all these claims, or none; returns those that somebody else holds (none: all taken).

    A claim that another transaction is taking at this instant is waited for, and counts as lost
    when that takes too long or the two wait for each other: nobody waits for ever, neither for a
    stuck instance nor in a circle.
    """
    wanted = set(claims)
    try:
        return await _all_or_none(connection, incident_id, wanted, at, PATIENCE_MS)
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        lost = set()
        for claim in sorted(wanted):
            try:
                lost |= await _all_or_none(
                    connection, incident_id, {claim}, at, SHORT_PATIENCE_MS, keep=False
                )
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                lost.add(claim)
        if lost:
            return lost
        # Whoever was in the way has gone meanwhile.
        return await _all_or_none(connection, incident_id, wanted, at, PATIENCE_MS)


async def _all_or_none(
    connection: Connection,
    incident_id: str,
    wanted: set[Claim],
    at: datetime,
    patience_ms: int,
    *,
    keep: bool = True,
) -> set[Claim]:
    """One try, in a savepoint that stays only if nothing was lost (and ``keep`` is set)."""
    if not wanted:
        return set()
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        await connection.execute(f"SET LOCAL lock_timeout = {patience_ms}")
        lost = wanted - await _insert(connection, incident_id, sorted(wanted), at)
        await connection.execute("SET LOCAL lock_timeout = DEFAULT")
    except BaseException:
        await savepoint.rollback()
        raise
    if lost or not keep:
        await savepoint.rollback()
    else:
        await savepoint.commit()
    return lost


async def _insert(
    connection: Connection, incident_id: str, wanted: list[Claim], at: datetime
) -> set[Claim]:
    """Inserts them in one order everywhere; returns those that nobody else held."""
    rows = await connection.fetch(
        """INSERT INTO claims (kind, entity_id, incident_id, holder_id, made_at)
           SELECT kind, entity_id, $1, holder_id, $2
           FROM unnest($3::text[], $4::text[], $5::text[])
                WITH ORDINALITY AS wanted (kind, entity_id, holder_id, number)
           ORDER BY number
           ON CONFLICT (kind, entity_id) WHERE released_at IS NULL DO NOTHING
           RETURNING kind, entity_id, holder_id""",
        incident_id,
        at,
        [claim.kind for claim in wanted],
        [claim.entity_id for claim in wanted],
        [claim.holder_id for claim in wanted],
    )
    return {Claim(**dict(row)) for row in rows}


async def release(connection: Connection, holder_id: str, at: datetime) -> None:
    """Releases what an alert or an order holds."""
    await connection.execute(
        "UPDATE claims SET released_at = $2 WHERE holder_id = $1 AND released_at IS NULL",
        holder_id,
        at,
    )


async def release_aeds_but(
    connection: Connection, incident_id: str, needed: Collection[str], at: datetime
) -> None:
    """Releases an incident's AEDs that none of its rescuers fetches or has any more."""
    await connection.execute(
        """UPDATE claims SET released_at = $3
           WHERE holder_id = $1 AND kind = 'aed' AND released_at IS NULL
             AND NOT entity_id = ANY ($2::text[])""",
        incident_id,
        sorted(needed),
        at,
    )


async def hand_over_aeds(
    connection: Connection, incident_id: str, to: str, aed_ids: Collection[str] | None = None
) -> None:
    """Hands an incident's AEDs to another, all or those named: a merge or a split."""
    await connection.execute(
        """UPDATE claims SET incident_id = $2, holder_id = $2
           WHERE holder_id = $1 AND kind = 'aed' AND released_at IS NULL
             AND ($3::text[] IS NULL OR entity_id = ANY ($3))""",
        incident_id,
        to,
        None if aed_ids is None else sorted(aed_ids),
    )
