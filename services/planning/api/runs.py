"""Runs: asked for, looked at, stopped."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, Path, Query, Response

from services.planning.api.access import Authorization, Planner
from services.planning.api.scenarios import Out, TheBases, checked
from services.planning.domain.runs import (
    MOST_WAITING,
    CompareIn,
    Json,
    Kind,
    ReplayIn,
    Run,
    RunIn,
    State,
)
from services.planning.domain.scenarios import ID_PATTERN, LIVE
from services.planning.store import RunStore
from services.planning.work.bases import Base
from services.planning.work.past import Past
from services.planning.work.runner import Runner
from shared.http.parts import Now, use
from shared.http.problems import conflict, invalid, problems
from shared.http.routing import new_router
from shared.ids import new_id

router = new_router("runs")

Runs = Annotated[RunStore, use(RunStore)]
TheRunner = Annotated[Runner, use(Runner)]
RunId = Annotated[str, Path(pattern=r"^run-[0-9a-f]{32}$", examples=["run-" + "0" * 32])]


class RunOut(Out):
    """A run, in lists without its result."""

    id: str
    kind: Kind
    state: State
    progress: float
    said: str
    scenario_id: str
    other_scenario_id: str | None
    parameters: dict[str, Any]
    changes: list[dict[str, Any]]
    problem: dict[str, Any] | None
    made_by: str
    made_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RunWhole(RunOut):
    """A run with what it found."""

    result: dict[str, Any] | None


class RunsOut(Out):
    """Runs, the newest first."""

    runs: list[RunOut]


class RunTaken(Out):
    """A run in the queue."""

    id: str
    state: State


def run_out(run: Run) -> RunOut:
    """As it is told."""
    return RunOut(**{name: getattr(run, name) for name in RunOut.model_fields})


@router.post("/planning/runs", status_code=202, responses=problems(404, 409))
async def start_run(
    who: Planner,
    runs: Runs,
    bases: TheBases,
    past: Annotated[Past, use(Past)],
    runner: TheRunner,
    authorization: Authorization,
    now: Now,
    asked: Annotated[RunIn, Body()],
    response: Response,
) -> RunTaken:
    """Puts a run in the queue, on what its scenarios are now: what is changed later is not in it.

    Of the live registry a snapshot is taken, and dropped again when the run has ended.
    """
    if await runs.waiting() >= MOST_WAITING:
        raise conflict(
            "too-many-wait", "Too many runs wait", f"{MOST_WAITING} wait: stop some, or come later."
        )
    inputs: bytes | None = None
    scenarios: list[tuple[Base, list[Json]]] = []
    if isinstance(asked, ReplayIn):
        inputs = await past.fetch(asked.parameters, authorization, now)
        parameters = asked.parameters.model_dump(mode="json")
        changes: list[Json] = []
    else:
        parameters = asked.parameters.model_dump(mode="json")
        base = await bases.base(asked.scenario_id, authorization)
        changes = checked(asked.changes, base.snapshot, base.changes)
        scenarios.append((base, changes))
        if isinstance(asked, CompareIn):
            other = await bases.base(asked.other_scenario_id, authorization)
            scenarios.append((other, []))
            if _names(scenarios)[0] == _names(scenarios)[1]:
                raise invalid(
                    "other_scenario_id", "is the same scenario", "name another, or give changes"
                )
    run = Run(
        id=new_id("run"),
        kind=Kind(asked.kind),
        state=State.WAITING,
        progress=0.0,
        said="",
        scenario_id=asked.scenario_id,
        other_scenario_id=asked.other_scenario_id if isinstance(asked, CompareIn) else None,
        parameters=parameters,
        changes=changes,
        problem=None,
        made_by=who.actor,
        made_at=now,
        started_at=None,
        finished_at=None,
        tries=0,
    )
    job = {
        "scenarios": [
            {"name": name, "base": base.snapshot.base, "changes": [*base.changes, *more]}
            for name, (base, more) in zip(_names(scenarios), scenarios, strict=True)
        ]
    }
    await runs.insert(
        run, job=job, snapshots=[base.snapshot.id for base, _ in scenarios], inputs=inputs
    )
    runner.wake()
    response.headers["Location"] = f"/planning/runs/{run.id}"
    return RunTaken(id=run.id, state=run.state)


def _names(scenarios: Sequence[tuple[Base, list[Json]]]) -> list[str]:
    """Names in results, which must tell two apart: one that is changed says so."""
    names = [f"{base.name} + {len(more)}" if more else base.name for base, more in scenarios]
    same = len(names) > 1 and names[0] == names[1] and scenarios[0][0].id != scenarios[1][0].id
    if not same:
        return names
    return [f"{name} ({base.id})" for name, (base, _) in zip(names, scenarios, strict=True)]


@router.get("/planning/runs")
async def list_runs(
    who: Planner,
    runs: Runs,
    scenario_id: Annotated[str | None, Query(pattern=ID_PATTERN, examples=[LIVE])] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> RunsOut:
    """Runs of all planners, the newest first."""
    return RunsOut(runs=[run_out(run) for run in await runs.all(scenario_id, limit)])


@router.get(
    "/planning/runs/{run_id}",
    response_class=Response,
    responses={200: {"model": RunWhole, "description": "The run and its result"}},
)
async def read_run(who: Planner, runs: Runs, run_id: RunId) -> Response:
    """A run and, when it is done, what it found."""
    run = await runs.get(run_id)
    packed = await runs.result(run_id)
    result = b"null" if packed is None else await asyncio.to_thread(zlib.decompress, packed)
    # Megabytes that are JSON already are not read and written again.
    head = run_out(run).model_dump_json().encode().rstrip(b"}")
    return Response(head + b',"result":' + result + b"}", media_type="application/json")


@router.delete("/planning/runs/{run_id}")
async def stop_run(who: Planner, runs: Runs, runner: TheRunner, now: Now, run_id: RunId) -> RunOut:
    """Stops a run; one that has ended stays as it is."""
    run = await runs.stop(run_id, now)
    runner.stop(run_id)
    return run_out(run)
