"""How the whole system is, for those who run it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.work.upstream_status import UpstreamStatus
from shared.http.auth import requires
from shared.http.parts import use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

status_router = new_router("status", responses=problems(429))


class InstanceOut(BaseModel):
    """One instance of a service."""

    model_config = ConfigDict(extra="forbid", title="Instance")

    instance: str
    ready: bool
    detail: str = Field(description="What is missing; empty when ready")


class ServiceOut(BaseModel):
    """A service: ready when one of its instances is."""

    model_config = ConfigDict(extra="forbid", title="Service")

    ready: bool
    instances: list[InstanceOut]


class StatusOut(BaseModel):
    """Every service behind the gateway."""

    model_config = ConfigDict(extra="forbid", title="Status")

    ready: bool = Field(description="Whether every service has a ready instance")
    services: dict[str, ServiceOut]


@status_router.get("/status")
async def system_status(
    _: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR)],
    upstreams: Annotated[UpstreamStatus, use(UpstreamStatus)],
) -> StatusOut:
    """Readiness of every instance of every service, asked now."""
    services = {
        name: ServiceOut(
            ready=any(each.ready for each in instances),
            instances=[
                InstanceOut(instance=each.instance, ready=each.ready, detail=each.detail)
                for each in instances
            ],
        )
        for name, instances in (await upstreams.all()).items()
    }
    return StatusOut(ready=all(each.ready for each in services.values()), services=services)
