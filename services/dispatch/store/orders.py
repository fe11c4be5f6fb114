"""Orders to units."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.domain.models import Order
from services.dispatch.store import Connection


async def insert(connection: Connection, order: Order) -> None:
    """Keeps a new order."""
    await connection.execute(
        """INSERT INTO orders (id, incident_id, origin_incident_id, unit_id, station_id, kind,
               tier, state, sequence, notified_at, acknowledge_by, state_at, eta_s)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        order.id,
        order.incident_id,
        order.origin_incident_id,
        order.unit_id,
        order.station_id,
        order.kind.value,
        order.tier.value,
        order.state.value,
        order.sequence,
        order.notified_at,
        order.acknowledge_by,
        order.state_at,
        order.eta_s,
    )


async def save(connection: Connection, order: Order) -> None:
    """Writes what may change of an order whose incident is locked."""
    await connection.execute(
        """UPDATE orders SET state = $2, sequence = $3, state_at = $4, ended_at = $5, eta_s = $6
           WHERE id = $1""",
        order.id,
        order.state.value,
        order.sequence,
        order.state_at,
        order.ended_at,
        order.eta_s,
    )


async def of_incident(connection: Connection, incident_id: str) -> list[Order]:
    """An incident's orders, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM orders WHERE incident_id = $1 ORDER BY notified_at, id", incident_id
    )
    return [Order.from_row(row) for row in rows]


async def get(connection: Connection, order_id: str) -> Order | None:
    """One order as last committed; None when there is none."""
    row = await connection.fetchrow("SELECT * FROM orders WHERE id = $1", order_id)
    return None if row is None else Order.from_row(row)


async def active_of_unit(connection: Connection, unit_id: str) -> Order | None:
    """The order that a unit is on; None when it is free."""
    row = await connection.fetchrow(
        "SELECT * FROM orders WHERE unit_id = $1 AND ended_at IS NULL ORDER BY notified_at LIMIT 1",
        unit_id,
    )
    return None if row is None else Order.from_row(row)


async def active(connection: Connection, *, station_id: str | None) -> list[Order]:
    """The orders that are on, of one station or of all, oldest first."""
    rows = await connection.fetch(
        """SELECT * FROM orders
           WHERE ended_at IS NULL AND ($1::text IS NULL OR station_id = $1)
           ORDER BY notified_at, id""",
        station_id,
    )
    return [Order.from_row(row) for row in rows]


async def page(
    connection: Connection,
    *,
    station_id: str | None,
    active_only: bool,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[Order]:
    """Orders, newest first, of one station or of all, strictly before the cursor."""
    rows = await connection.fetch(
        """SELECT * FROM orders
           WHERE ($1::text IS NULL OR station_id = $1) AND (NOT $2 OR ended_at IS NULL)
             AND ($3::timestamptz IS NULL OR (notified_at, id) < ($3, $4))
           ORDER BY notified_at DESC, id DESC LIMIT $5""",
        station_id,
        active_only,
        None if before is None else before[0],
        None if before is None else before[1],
        limit,
    )
    return [Order.from_row(row) for row in rows]
