"""Incidents, the calls that opened them, and the links between two that may be one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.dispatch.domain.models import Incident
from services.dispatch.store import Connection, claims
from shared.contracts.words import IncidentState

_CHANGEABLE = (
    "state",
    "closed_at",
    "latitude",
    "longitude",
    "details",
    "conscious",
    "breathing_normally",
    "gates",
    "bystander_cpr",
    "not_an_arrest",
    "widened",
    "call_off_until",
    "hold_until",
    "merged_into",
    "state_before_merge",
    "closed_because",
    "last_sequence",
    "last_plan",
    "target_missed",
)


async def insert(connection: Connection, incident: Incident) -> None:
    """Opens an incident."""
    await connection.execute(
        """INSERT INTO incidents (id, version, state, shard, opened_at, latitude, longitude,
               details, conscious, breathing_normally, gates, bystander_cpr)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        incident.id,
        incident.version,
        incident.state.value,
        incident.shard,
        incident.opened_at,
        incident.latitude,
        incident.longitude,
        incident.details,
        incident.conscious,
        incident.breathing_normally,
        sorted(gate.value for gate in incident.gates),
        incident.bystander_cpr,
    )


async def lock(connection: Connection, incident_id: str) -> Incident | None:
    """The incident, with its row locked until the transaction ends; None when there is none."""
    row = await connection.fetchrow("SELECT * FROM incidents WHERE id = $1 FOR UPDATE", incident_id)
    return None if row is None else Incident.from_row(row)


async def get(connection: Connection, incident_id: str) -> Incident | None:
    """The incident as last committed; None when there is none."""
    row = await connection.fetchrow("SELECT * FROM incidents WHERE id = $1", incident_id)
    return None if row is None else Incident.from_row(row)


async def save(connection: Connection, incident: Incident) -> None:
    """Writes what may change of a locked incident, under the next version."""
    incident.version += 1
    values = [getattr(incident, name) for name in _CHANGEABLE]
    values[_CHANGEABLE.index("state")] = incident.state.value
    before = incident.state_before_merge
    values[_CHANGEABLE.index("state_before_merge")] = None if before is None else before.value
    values[_CHANGEABLE.index("gates")] = sorted(gate.value for gate in incident.gates)
    columns = ", ".join(f"{name} = ${n}" for n, name in enumerate(_CHANGEABLE, start=3))
    await connection.execute(
        f"UPDATE incidents SET version = $2, {columns} WHERE id = $1",  # noqa: S608 - names above
        incident.id,
        incident.version,
        *values,
    )


async def page(
    connection: Connection,
    *,
    states: Sequence[IncidentState] | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[Incident]:
    """Incidents, newest first, strictly before the cursor (opened_at, id)."""
    rows = await connection.fetch(
        """SELECT * FROM incidents
           WHERE ($1::text[] IS NULL OR state = ANY($1))
             AND ($2::timestamptz IS NULL OR (opened_at, id) < ($2, $3))
           ORDER BY opened_at DESC, id DESC LIMIT $4""",
        None if states is None else [state.value for state in states],
        None if before is None else before[0],
        None if before is None else before[1],
        limit,
    )
    return [Incident.from_row(row) for row in rows]


async def planned(
    connection: Connection, *, since: datetime, until: datetime, limit: int
) -> list[Incident]:
    """Incidents opened in [since, until) for which a plan was made, newest first."""
    rows = await connection.fetch(
        """SELECT * FROM incidents
           WHERE opened_at >= $1 AND opened_at < $2 AND last_plan > 0 AND state <> 'merged'
           ORDER BY opened_at DESC, id DESC LIMIT $3""",
        since,
        until,
        limit,
    )
    return [Incident.from_row(row) for row in rows]


async def open_since(connection: Connection, since: datetime, but: str) -> list[Incident]:
    """Incidents not ended that were opened since then, without the one named."""
    rows = await connection.fetch(
        """SELECT * FROM incidents
           WHERE state NOT IN ('closed', 'merged') AND opened_at >= $1 AND id <> $2
           ORDER BY opened_at, id""",
        since,
        but,
    )
    return [Incident.from_row(row) for row in rows]


async def places_since(connection: Connection, since: datetime) -> list[tuple[float, float]]:
    """Where patients were in incidents opened since then, degrees; a merged one is not another."""
    rows = await connection.fetch(
        """SELECT latitude, longitude FROM incidents
           WHERE opened_at >= $1 AND state <> 'merged' ORDER BY opened_at, id""",
        since,
    )
    return [(row["latitude"], row["longitude"]) for row in rows]


async def waiting_for_ambulance(connection: Connection) -> list[Incident]:
    """Incidents not ended at whose scene no ambulance has been yet, oldest first."""
    rows = await connection.fetch(
        """SELECT * FROM incidents
           WHERE state NOT IN ('closed', 'merged') AND NOT EXISTS (
               SELECT 1 FROM orders
               WHERE orders.incident_id = incidents.id AND orders.kind = 'ambulance'
                 AND orders.state IN
                     ('on_scene', 'at_patient', 'transporting', 'at_hospital', 'free'))
           ORDER BY opened_at, id"""
    )
    return [Incident.from_row(row) for row in rows]


async def insert_call(
    connection: Connection,
    *,
    call_id: str,
    incident_id: str,
    received_at: datetime,
    taken_by: str,
    caller_phone: str | None,
    content: dict[str, Any],
) -> None:
    """Keeps a call as it was taken."""
    await connection.execute(
        """INSERT INTO calls (id, incident_id, origin_incident_id, received_at, taken_by,
               caller_phone, content)
           VALUES ($1, $2, $2, $3, $4, $5, $6)""",
        call_id,
        incident_id,
        received_at,
        taken_by,
        caller_phone,
        content,
    )


async def calls_of(connection: Connection, incident_id: str) -> list[dict[str, Any]]:
    """The calls about an incident, in their order."""
    rows = await connection.fetch(
        "SELECT * FROM calls WHERE incident_id = $1 ORDER BY received_at, id", incident_id
    )
    return [dict(row) for row in rows]


async def move(connection: Connection, *, incident_id: str, to: str) -> None:
    """Hands all that an incident holds now (calls, alerts, orders) to another: a merge."""
    for table in ("alerts", "orders", "calls"):
        await connection.execute(
            f"UPDATE {table} SET incident_id = $2 WHERE incident_id = $1",  # noqa: S608
            incident_id,
            to,
        )
    # What was merged into this one can still be split off on its own.
    await connection.execute(
        "UPDATE incidents SET merged_into = $2, version = version + 1 WHERE merged_into = $1",
        incident_id,
        to,
    )
    await claims.hand_over_aeds(connection, incident_id, to)
    await _follow(connection, to)


async def move_back(connection: Connection, *, origin: str) -> None:
    """Gives an incident back what it once brought into a merge: a split."""
    for table in ("alerts", "orders", "calls"):
        await connection.execute(
            f"UPDATE {table} SET incident_id = $1 WHERE origin_incident_id = $1",  # noqa: S608
            origin,
        )
    await _follow(connection, origin)


async def _follow(connection: Connection, incident_id: str) -> None:
    """Lets claims and deadlines follow the alerts and orders that an incident holds now."""
    await connection.execute(
        """UPDATE claims SET incident_id = $1 WHERE released_at IS NULL AND holder_id IN (
               SELECT id FROM alerts WHERE incident_id = $1
               UNION ALL SELECT id FROM orders WHERE incident_id = $1)""",
        incident_id,
    )
    await connection.execute(
        """UPDATE deadlines SET incident_id = $1 WHERE subject_id IN (
               SELECT id FROM alerts WHERE incident_id = $1
               UNION ALL SELECT id FROM orders WHERE incident_id = $1)""",
        incident_id,
    )


async def offer_link(
    connection: Connection, incident_id: str, other_id: str, at: datetime, distance_m: float
) -> None:
    """Offers two incidents as one patient, for a dispatcher to decide."""
    await connection.execute(
        """INSERT INTO links (incident_id, other_id, offered_at, distance_m)
           VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING""",
        incident_id,
        other_id,
        at,
        distance_m,
    )


async def decide_links(
    connection: Connection,
    incident_id: str,
    decision: str,
    at: datetime,
    by: str,
    *,
    other_id: str | None = None,
) -> None:
    """Decides the open offers of an incident, or the one with another, even anew."""
    await connection.execute(
        """UPDATE links SET decision = $2, decided_at = $3, decided_by = $4
           WHERE (incident_id = $1 OR other_id = $1)
             AND CASE WHEN $5::text IS NULL THEN decision IS NULL
                      ELSE incident_id = $5 OR other_id = $5 END""",
        incident_id,
        decision,
        at,
        by,
        other_id,
    )


async def links_of(connection: Connection, incident_id: str) -> list[dict[str, Any]]:
    """The incidents offered as this one's patient, from either side, nearest first."""
    rows = await connection.fetch(
        """SELECT CASE WHEN incident_id = $1 THEN other_id ELSE incident_id END AS other_id,
                  distance_m, decision
           FROM links WHERE incident_id = $1 OR other_id = $1 ORDER BY distance_m, 1""",
        incident_id,
    )
    return [dict(row) for row in rows]
