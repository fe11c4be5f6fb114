"""Who and what is held by which incident; the unique index is what decides between two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.store import Connection


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A rescuer, an AED or a unit, held by an alert or an order of an incident."""

    kind: str
    entity_id: str
    holder_id: str


async def held(connection: Connection) -> dict[str, dict[str, str]]:
    """All active claims: kind → entity id → incident id."""
    rows = await connection.fetch(
        "SELECT kind, entity_id, incident_id FROM claims WHERE released_at IS NULL"
    )
    claims: dict[str, dict[str, str]] = {"rescuer": {}, "aed": {}, "unit": {}}
    for row in rows:
        claims[row["kind"]][row["entity_id"]] = row["incident_id"]
    return claims


async def of_incident(connection: Connection, incident_id: str) -> set[Claim]:
    """What an incident holds itself."""
    rows = await connection.fetch(
        """SELECT kind, entity_id, holder_id FROM claims
           WHERE incident_id = $1 AND released_at IS NULL""",
        incident_id,
    )
    return {Claim(**dict(row)) for row in rows}


async def take(
    connection: Connection, incident_id: str, claims: Iterable[Claim], at: datetime
) -> set[Claim]:
    """Takes claims; returns those that somebody else holds (none of them is taken twice).

    A claim that another transaction is taking at this instant is waited for. They are taken in one
    order everywhere, so that two plans cannot wait for each other.
    """
    lost: set[Claim] = set()
    for claim in sorted(claims):
        taken = await connection.fetchval(
            """INSERT INTO claims (kind, entity_id, incident_id, holder_id, made_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (kind, entity_id) WHERE released_at IS NULL DO NOTHING
               RETURNING id""",
            claim.kind,
            claim.entity_id,
            incident_id,
            claim.holder_id,
            at,
        )
        if taken is None:
            lost.add(claim)
    return lost


async def release(
    connection: Connection,
    holder_id: str,
    at: datetime,
    *,
    kind: str | None = None,
    entity_id: str | None = None,
) -> None:
    """Releases what an alert or an order holds: everything, one kind, or one entity."""
    await connection.execute(
        """UPDATE claims SET released_at = $2
           WHERE holder_id = $1 AND released_at IS NULL
             AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR entity_id = $4)""",
        holder_id,
        at,
        kind,
        entity_id,
    )
