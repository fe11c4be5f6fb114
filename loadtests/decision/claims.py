"""What it costs to make a plan's claims durable, measured apart from deciding.

The embedded PostgreSQL with its own settings (fsync and synchronous_commit on), dispatch's own
migrations with the claims' unique index, and dispatch's own code that takes them: one transaction
for each plan, from BEGIN to the commit that a power cut does not undo.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import asyncpg
import numpy as np

from deploy.embedded.postgres import SUPERUSER, Postgres, new_password, programs, version
from deploy.embedded.system_user import unprivileged_user
from deploy.ports import Ports
from loadtests.decision import world as w
from loadtests.decision.measure import percentile, rounded
from loadtests.decision.servers import Children
from services.dispatch.store.claims import Claim, take
from shared.database import migrate
from shared.decision import Plan

SCHEMA = "dispatch"
MIGRATIONS = Path(__file__).parents[2] / "services" / "dispatch" / "migrations"


def claims_of(plan: Plan, number: int) -> set[Claim]:
    """Whom and what a plan takes: rescuers by alert, AEDs by incident, units by order."""
    claims = {
        Claim("rescuer", choice.rescuer_id, f"alert-{number}-{choice.rank}")
        for choice in plan.rescuers
    }
    claims |= {
        Claim("aed", choice.aed_id, f"inc-{number}")
        for choice in plan.rescuers
        if choice.aed_id is not None
    }
    return claims | {
        Claim("unit", choice.unit_id, f"order-{number}-{choice.unit_id}") for choice in plan.units
    }


def start_embedded(running: Children, stack: ExitStack) -> Postgres:
    """Our own PostgreSQL, ready, in the benchmark's folder."""
    ports = stack.enter_context(Ports(running.folder / "ports.json"))
    postgres = Postgres(
        running.folder / "embedded",
        ports.take("bench-postgres"),
        unprivileged_user(),
        {SUPERUSER: new_password()},
    )
    stack.callback(postgres.close)
    postgres.initialise()
    ready = [str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(postgres.port)]
    running.start(
        "embedded PostgreSQL",
        postgres.command(),
        lambda: subprocess.run(ready, capture_output=True, check=False).returncode == 0,
        user=postgres.user,
        stop_signal=signal.SIGINT,
        pass_fds=postgres.handles,
    )
    return postgres


async def measure(postgres: Postgres, plans: Sequence[Plan]) -> dict[str, Any]:
    """Takes each plan's claims in a transaction, releasing them again untimed."""
    await postgres.make_schemas([])
    dsn = postgres.dsn()
    await migrate.apply(dsn, SCHEMA, [MIGRATIONS])
    connection = await asyncpg.connect(dsn, server_settings={"search_path": SCHEMA})
    try:
        micros, taken = [], []
        for number, plan in enumerate(plans):
            claims = claims_of(plan, number)
            await connection.execute(
                """INSERT INTO incidents (id, state, shard, opened_at, latitude, longitude, details)
                   VALUES ($1, 'open', 0, $2, 0, 0, '{}')""",
                f"inc-{number}",
                w.NOW,
            )
            began = perf_counter_ns()
            async with connection.transaction():
                lost = await take(connection, f"inc-{number}", claims, w.NOW)
            micros.append((perf_counter_ns() - began) / 1e3)
            if lost:
                raise RuntimeError(f"claims of plan {number} are held: {sorted(lost)[:3]}")
            taken.append(len(claims))
            await connection.execute("UPDATE claims SET released_at = $1", w.NOW)
        synchronous = await connection.fetchval("SHOW synchronous_commit")
    finally:
        await connection.close()
    timings = np.array(micros)
    return {
        "p50_us": rounded(percentile(timings, 50)),
        "p99_us": rounded(percentile(timings, 99)),
        "transactions": len(plans),
        "claims_mean": round(float(np.mean(taken)), 1),
        "synchronous_commit": synchronous,
        "postgres": version(),
    }
