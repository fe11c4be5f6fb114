"""``/live``, ``/ready`` and ``/metrics`` of every service."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.http.routing import new_router
from shared.telemetry.health import Check, Health
from shared.telemetry.metrics import exposition


class CheckOut(BaseModel):
    """The outcome of one check."""

    model_config = ConfigDict(extra="forbid", title="Check")

    ok: bool
    detail: str


class LiveOut(BaseModel):
    """Whether the process is worth keeping."""

    model_config = ConfigDict(extra="forbid", title="Live")

    live: bool
    checks: dict[str, CheckOut]


class ReadyOut(BaseModel):
    """Whether the service should get requests."""

    model_config = ConfigDict(extra="forbid", title="Ready")

    ready: bool
    service: str
    instance: str
    checks: dict[str, CheckOut] = Field(description="Every check, also the ones that pass")


def _out(checks: dict[str, Check]) -> dict[str, CheckOut]:
    return {name: CheckOut(ok=check.ok, detail=check.detail) for name, check in checks.items()}


def probes_router() -> APIRouter:
    """The routes for probes; they need no token and say nothing private."""
    router = new_router("health")

    @router.get("/live", responses={503: {"model": LiveOut, "description": "Restart it"}})
    async def live(request: Request, response: Response) -> LiveOut:
        """The loop beats and no part has died; answering at all is half of it."""
        health: Health = request.app.state.health
        checks = await health.live()
        ok = all(check.ok for check in checks.values())
        response.status_code = 200 if ok else 503
        return LiveOut(live=ok, checks=_out(checks))

    @router.get("/ready", responses={503: {"model": ReadyOut, "description": "Not yet"}})
    async def ready(request: Request, response: Response) -> ReadyOut:
        """Started, the database answers, tables are replayed, consumers are assigned."""
        state = request.app.state
        health: Health = state.health
        checks = await health.ready()
        ok = all(check.ok for check in checks.values())
        response.status_code = 200 if ok else 503
        return ReadyOut(
            ready=ok,
            service=state.settings.service,
            instance=state.settings.instance,
            checks=_out(checks),
        )

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics() -> Response:
        """Prometheus' text format."""
        body, content_type = exposition()
        return Response(body, media_type=content_type)

    return router
