"""Plans, with what each decision knew."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan with all that it was made from."""

    made_at: datetime
    trigger: str
    policy: str
    plan: dict[str, Any]
    inputs: dict[str, Any]
    widened: int
    """How often the search had been widened by then."""


async def with_inputs(connection: Connection, incident_id: str, number: int) -> Kept | None:
    """One plan and what it was made from; None when there is none."""
    row = await connection.fetchrow(
        """SELECT made_at, trigger, policy, plan, inputs, (
               SELECT count(*) FROM timeline AS step
               WHERE step.incident_id = plans.incident_id AND step.event = 'widened'
                 AND step.sequence < (
                     SELECT min(made.sequence) FROM timeline AS made
                     WHERE made.incident_id = plans.incident_id AND made.event = 'plan_made'
                       AND (made.detail->>'number')::int = plans.number)) AS widened
           FROM plans WHERE incident_id = $1 AND number = $2""",
        incident_id,
        number,
    )
    return None if row is None else Kept(**dict(row))


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
