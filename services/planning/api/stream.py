"""The stream of a run: its state and how far it is, until it has ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from fastapi import Request

from services.planning.api.access import Planner
from services.planning.api.runs import RunId, Runs, TheRunner
from services.planning.store import RunStore
from services.planning.work.runner import Runner
from shared.http.routing import new_router
from shared.http.sse import (
    STREAM_RESPONSES,
    EventStream,
    LimitQuery,
    StreamItem,
    event_stream,
)

router = new_router("stream")

LOOK_AGAIN_S = 1.0
"""Another instance may work on it."""


@router.get(
    "/planning/runs/{run_id}/stream", response_class=EventStream, responses=STREAM_RESPONSES
)
async def stream_run(
    request: Request,
    who: Planner,
    runs: Runs,
    runner: TheRunner,
    run_id: RunId,
    limit_s: LimitQuery = None,
) -> EventStream:
    """Events `state`, the first with how it is now; ends with the run.

    Each event tells all there is, so nothing has to be resumed.
    """
    await runs.get(run_id)
    return event_stream(request, _steps(runs, runner, run_id), limit_s=limit_s)


async def _steps(runs: RunStore, runner: Runner, run_id: str) -> AsyncIterator[StreamItem]:
    told: str | None = None
    number = 0
    while True:
        heard = runner.changed()
        run = await runs.get(run_id)
        data = json.dumps(
            {
                "id": run.id,
                "state": run.state,
                "progress": run.progress,
                "said": run.said,
                "problem": run.problem,
            },
            ensure_ascii=False,
        )
        if data != told:
            told = data
            number += 1
            yield StreamItem(id=f"{run_id}.{number}", event="state", data=data)
        if run.state.ended:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_S):
                await heard.wait()
