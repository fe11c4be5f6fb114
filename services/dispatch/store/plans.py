"""Plans, with what each decision knew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.dispatch.store import Connection


async def insert(
    connection: Connection,
    *,
    incident_id: str,
    number: int,
    made_at: datetime,
    trigger: str,
    policy: str,
    plan: dict[str, Any],
    inputs: dict[str, Any],
) -> None:
    """Keeps a plan and the snapshot of its inputs."""
    await connection.execute(
        """INSERT INTO plans (incident_id, number, made_at, trigger, policy, plan, inputs)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        incident_id,
        number,
        made_at,
        trigger,
        policy,
        plan,
        inputs,
    )


async def get(
    connection: Connection, incident_id: str, number: int | None = None
) -> dict[str, Any] | None:
    """One plan of an incident, the newest when no number is given; None when there is none."""
    row = await connection.fetchrow(
        """SELECT incident_id, number, made_at, trigger, policy, plan FROM plans
           WHERE incident_id = $1 AND ($2::integer IS NULL OR number = $2)
           ORDER BY number DESC LIMIT 1""",
        incident_id,
        number,
    )
    return None if row is None else dict(row)
