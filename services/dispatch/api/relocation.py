"""Where idle ambulances would cover more: a suggestion, made from what is known now."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from services.dispatch.api.incidents import DeskPart
from services.dispatch.api.responses import Out
from services.dispatch.work.relocation import PROXY_INCIDENTS, RelocationDesk
from shared.http.auth import requires
from shared.http.parts import use
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("relocation")


class MoveOut(Out):
    """One ambulance to another base, on top of the moves before it."""

    unit_id: str
    from_base: str
    to_base: str
    gain: float = Field(description="Share of all demand")
    covered_before: float
    covered_after: float
    travel_s: float
    travel_m: float


class DemandOut(Out):
    """What the demand was taken from."""

    incidents: int = Field(description="Of this deployment")
    since: AwareDatetime
    homes: int = Field(description="Rescuers' homes, a proxy of where people live: an assumption")
    homes_weigh: float = Field(description="As much as so many incidents, all together")
    cells: int


class RelocationOut(Out):
    """Moves that are worth it, the one that gains most first. Nobody is ordered."""

    now: AwareDatetime
    moves: list[MoveOut]
    covered_before: float = Field(description="Expected share of demand that is reached in time")
    covered_after: float
    within_s: float
    basis: str = Field(description="streets or h3-grid: what the times were computed on")
    idle: int
    bases: int
    demand: DemandOut


@router.get("/relocation-advice")
async def read_relocation_advice(
    _: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.PLANNER)],
    desk: DeskPart,
    relocation: Annotated[RelocationDesk, use(RelocationDesk)],
) -> RelocationOut:
    """Which idle ambulances would cover more from where (DMEXCLP), on the live picture."""
    now = desk.clock.now()
    async with desk.read() as connection:
        advice, demand = await relocation.advice(connection, now)
    return RelocationOut(
        now=now,
        moves=[
            MoveOut(**{name: getattr(move, name) for name in MoveOut.model_fields})
            for move in advice.moves
        ],
        covered_before=advice.covered_before,
        covered_after=advice.covered_after,
        within_s=relocation.within_s,
        basis=advice.basis,
        idle=advice.idle,
        bases=advice.bases,
        demand=DemandOut(
            incidents=demand.incidents,
            since=demand.since,
            homes=demand.homes,
            homes_weigh=PROXY_INCIDENTS,
            cells=advice.cells,
        ),
    )
