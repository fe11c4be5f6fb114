"""Scenarios that somebody saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg

from services.planning.domain.scenarios import Json, Scenario
from shared.http.etag import IfMatch
from shared.http.problems import not_found

_COLUMNS = """scenarios.id, version, name, based_on, snapshot_id, base, taken_at, counts, made_at,
    made_by, updated_at, note, changes"""
_FROM = "scenarios JOIN snapshots ON snapshots.id = snapshot_id"


class ScenarioStore:
    """The table of scenarios."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    async def all(self, limit: int = 1_000) -> list[Scenario]:
        """The newest first."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(
                f"SELECT {_COLUMNS} FROM {_FROM} ORDER BY made_at DESC, id DESC LIMIT $1",  # noqa: S608
                limit,
            )
        return [Scenario(**dict(row)) for row in rows]

    async def get(self, scenario_id: str) -> Scenario:
        """One; raises a 404 problem."""
        async with self._pool.acquire() as connection:
            return await _get(connection, scenario_id)

    async def insert(self, scenario: Scenario) -> None:
        """Keeps a new one; its snapshot is kept already."""
        async with self._pool.acquire() as connection:
            await connection.execute(
                """INSERT INTO scenarios (id, version, name, based_on, snapshot_id, note, changes,
                       made_at, made_by, updated_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
                scenario.id,
                scenario.version,
                scenario.name,
                scenario.based_on,
                scenario.snapshot_id,
                scenario.note,
                scenario.changes,
                scenario.made_at,
                scenario.made_by,
                scenario.updated_at,
            )

    async def replace(
        self,
        scenario_id: str,
        *,
        if_match: IfMatch,
        name: str,
        note: str | None,
        changes: list[Json],
        now: datetime,
    ) -> Scenario:
        """Sets name, note and changes; raises 404, 412 and 428 problems."""
        async with self._pool.acquire() as connection, connection.transaction():
            before = await _get(connection, scenario_id, lock=True)
            if_match.check(before.version)
            await connection.execute(
                """UPDATE scenarios SET version = version + 1, name = $2, note = $3, changes = $4,
                       updated_at = $5 WHERE id = $1""",
                scenario_id,
                name,
                note,
                changes,
                now,
            )
            return await _get(connection, scenario_id)

    async def delete(self, scenario_id: str) -> None:
        """Takes one away; what its runs found stays. Raises a 404 problem."""
        async with self._pool.acquire() as connection:
            done = await connection.execute("DELETE FROM scenarios WHERE id = $1", scenario_id)
        if done != "DELETE 1":
            raise not_found("scenario", scenario_id)


async def _get(connection: Any, scenario_id: str, *, lock: bool = False) -> Scenario:
    suffix = " FOR UPDATE OF scenarios" if lock else ""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE scenarios.id = $1{suffix}",  # noqa: S608
        scenario_id,
    )
    if row is None:
        raise not_found("scenario", scenario_id)
    return Scenario(**dict(row))
