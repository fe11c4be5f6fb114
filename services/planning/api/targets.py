"""What others aim at."""

from __future__ import annotations

from dataclasses import asdict

from services.planning.api.access import Planner
from services.planning.api.scenarios import Out
from services.planning.domain.targets import TARGETS
from shared.http.routing import new_router

router = new_router("targets")


class TargetOut(Out):
    """One number to compare with, and where it is written."""

    id: str
    measure: str
    at_least: float | None
    at_most: float | None
    unit: str
    en: str
    zh: str
    source: str


class TargetsOut(Out):
    """All of them."""

    targets: list[TargetOut]


@router.get("/planning/targets")
async def list_targets(who: Planner) -> TargetsOut:
    """Targets of guides and plans, with their sources."""
    return TargetsOut(targets=[TargetOut(**asdict(target)) for target in TARGETS])
