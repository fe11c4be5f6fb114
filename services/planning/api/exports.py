"""What a run found, as a file."""

from __future__ import annotations

import asyncio
import zlib
from typing import Annotated, Literal

from fastapi import Query, Response

from services.planning.api.access import Planner
from services.planning.api.runs import RunId, Runs, run_out
from services.planning.domain.runs import State
from services.planning.work.children import JobError, work
from shared.http.parts import Now
from shared.http.problems import Problem, conflict, problems
from shared.http.routing import new_router

router = new_router("exports")

Format = Literal["geojson", "csv", "parquet", "html"]
MEDIA = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=utf-8",
}
_SCHEMAS = {
    "geojson": {"type": "object"},
    "csv": {"type": "string"},
    "parquet": {"type": "string", "format": "binary"},
    "html": {"type": "string"},
}


@router.get(
    "/planning/runs/{run_id}/export",
    response_class=Response,
    responses={
        200: {
            "description": "A file; HTML is one self-contained report",
            "content": {
                media.partition(";")[0]: {"schema": _SCHEMAS[name]} for name, media in MEDIA.items()
            },
        },
        **problems(404, 409),
    },
)
async def export_run(
    who: Planner,
    runs: Runs,
    now: Now,
    run_id: RunId,
    format: Annotated[Format, Query()],
    language: Annotated[Literal["en", "zh-CN"], Query()] = "zh-CN",
) -> Response:
    """The result of a run that is done, made by a process of its own."""
    run = await runs.get(run_id)
    packed = await runs.result(run_id)
    if run.state is not State.DONE or packed is None:
        raise conflict("no-result", "There is no result", f"The run is {run.state}.")
    result = await asyncio.to_thread(zlib.decompress, packed)
    job = {
        "do": "export",
        "run": run_out(run).model_dump(mode="json"),
        "format": format,
        "language": language,
        "made_at": now.isoformat(),
    }
    try:
        answer = await work(job, [result])
    except JobError as error:
        told = error.problem
        raise Problem(409, told["type"], told["title"], told["detail"]) from None
    name = f"lifering-{run.kind.value}-{run_id[-8:]}.{format}"
    return Response(
        answer.blobs[0],
        media_type=MEDIA[format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
