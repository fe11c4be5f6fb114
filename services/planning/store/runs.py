"""Runs: rows that workers claim for as long as they renew their lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from services.planning.domain.runs import LEASE, TRIES, Json, Kind, Run, State, Taken
from shared.http.problems import not_found

_COLUMNS = """id, kind, state, progress, said, scenario_id, other_scenario_id, parameters, changes,
    problem, made_by, made_at, started_at, finished_at, tries"""
INTERRUPTED: Json = {
    "type": "interrupted",
    "title": "The run was interrupted too often",
    "detail": f"{TRIES} workers have ended in the middle of it: ask for less at once.",
}


class RunStore:
    """The table of runs."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    async def insert(
        self, run: Run, *, job: Json, snapshots: Sequence[str], inputs: bytes | None
    ) -> None:
        """Puts a run in the queue."""
        async with self._pool.acquire() as connection:
            await connection.execute(
                """INSERT INTO runs (id, kind, state, scenario_id, other_scenario_id, parameters,
                       changes, job, snapshots, inputs, made_by, made_at)
                   VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
                run.id,
                run.kind.value,
                run.scenario_id,
                run.other_scenario_id,
                run.parameters,
                run.changes,
                job,
                list(snapshots),
                inputs,
                run.made_by,
                run.made_at,
            )

    async def waiting(self) -> int:
        """How many wait."""
        async with self._pool.acquire() as connection:
            return int(
                await connection.fetchval("SELECT count(*) FROM runs WHERE state = 'waiting'")
            )

    async def get(self, run_id: str) -> Run:
        """One without its result; raises a 404 problem."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM runs WHERE id = $1", run_id)  # noqa: S608
        if row is None:
            raise not_found("run", run_id)
        return _run(row)

    async def result(self, run_id: str) -> bytes | None:
        """What it gave, JSON as it is kept (zlib); None without a result."""
        async with self._pool.acquire() as connection:
            found: bytes | None = await connection.fetchval(
                "SELECT result FROM runs WHERE id = $1", run_id
            )
        return found

    async def all(self, scenario_id: str | None, limit: int) -> list[Run]:
        """The newest first, of one scenario or of all."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(
                f"""SELECT {_COLUMNS} FROM runs
                    WHERE $1::text IS NULL OR scenario_id = $1 OR other_scenario_id = $1
                    ORDER BY made_at DESC, id DESC LIMIT $2""",  # noqa: S608
                scenario_id,
                limit,
            )
        return [_run(row) for row in rows]

    async def stop(self, run_id: str, now: datetime) -> Run:
        """Stops one that has not ended; its worker notices by its lease. Raises a 404 problem."""
        async with self._pool.acquire() as connection:
            await connection.execute(
                """UPDATE runs SET state = 'stopped', finished_at = $2, worker = NULL,
                       lease_until = NULL, inputs = NULL
                   WHERE id = $1 AND state IN ('waiting', 'running')""",
                run_id,
                now,
            )
        return await self.get(run_id)

    # -- for workers ---------------------------------------------------------------------------

    async def take(self, worker: str, now: datetime) -> Taken | None:
        """The next run that waits, or whose worker has gone; None when there is nothing to do."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                """UPDATE runs SET state = 'failed', finished_at = $1, problem = $2, inputs = NULL
                   WHERE state = 'running' AND lease_until < $1 AND tries >= $3""",
                now,
                INTERRUPTED,
                TRIES,
            )
            row = await connection.fetchrow(
                """SELECT id, kind, parameters, job, snapshots, tries FROM runs
                   WHERE state = 'waiting' OR state = 'running' AND lease_until < $1
                   ORDER BY made_at, id LIMIT 1 FOR UPDATE SKIP LOCKED""",
                now,
            )
            if row is None:
                return None
            await connection.execute(
                """UPDATE runs SET state = 'running', worker = $2, lease_until = $3,
                       tries = tries + 1, progress = 0, said = $4,
                       started_at = coalesce(started_at, $5) WHERE id = $1""",
                row["id"],
                worker,
                now + LEASE,
                "" if row["tries"] == 0 else "taken up again after an interruption",
                now,
            )
        return Taken(
            id=row["id"],
            kind=Kind(row["kind"]),
            parameters=row["parameters"],
            job=row["job"],
            snapshots=row["snapshots"],
            tries=row["tries"] + 1,
        )

    async def inputs(self, run_id: str) -> bytes:
        """What was fetched for it; empty when nothing was."""
        async with self._pool.acquire() as connection:
            return await connection.fetchval("SELECT inputs FROM runs WHERE id = $1", run_id) or b""

    async def renew(
        self, run_id: str, worker: str, now: datetime, progress: float, said: str
    ) -> bool:
        """Renews the lease and tells how far it is; False when the run is the worker's no more."""
        async with self._pool.acquire() as connection:
            done = await connection.execute(
                """UPDATE runs SET lease_until = $3, progress = $4, said = $5
                   WHERE id = $1 AND worker = $2 AND state = 'running'""",
                run_id,
                worker,
                now + LEASE,
                progress,
                said,
            )
        return bool(done == "UPDATE 1")

    async def finish(
        self,
        run_id: str,
        worker: str,
        now: datetime,
        *,
        result: bytes | None = None,
        problem: Json | None = None,
    ) -> bool:
        """Ends a run with what it gave, or why it gave nothing; False when it is not ours."""
        async with self._pool.acquire() as connection:
            done = await connection.execute(
                """UPDATE runs SET state = $4, finished_at = $3, result = $5, problem = $6,
                       progress = CASE WHEN $4 = 'done' THEN 1 ELSE progress END, inputs = NULL,
                       worker = NULL, lease_until = NULL
                   WHERE id = $1 AND worker = $2 AND state = 'running'""",
                run_id,
                worker,
                now,
                (State.DONE if problem is None else State.FAILED).value,
                result,
                problem,
            )
        return bool(done == "UPDATE 1")

    async def give_back(self, run_id: str, worker: str) -> None:
        """Puts a run back in the queue: its worker is asked to end, which is nobody's fault."""
        async with self._pool.acquire() as connection:
            await connection.execute(
                """UPDATE runs SET state = 'waiting', worker = NULL, lease_until = NULL,
                       tries = tries - 1
                   WHERE id = $1 AND worker = $2 AND state = 'running'""",
                run_id,
                worker,
            )


def _run(row: Any) -> Run:
    values = dict(row)
    values["progress"] = round(values["progress"], 4)  # single precision in the database
    return Run(**{**values, "kind": Kind(values["kind"]), "state": State(values["state"])})
