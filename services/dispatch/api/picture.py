"""What decisions here are made from, and how old that is: for the console's state bar."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from services.dispatch.api.responses import Out
from services.dispatch.work.picture import Picture
from services.dispatch.work.planning import Planner
from shared.http.auth import requires
from shared.http.parts import Now, use
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("picture")


class TableOut(Out):
    """One table that this instance holds in memory."""

    name: str
    records: int
    ready: bool
    as_of: AwareDatetime | None
    age_s: float | None


class PolicyOut(Out):
    """The policy of this deployment."""

    name: str
    version: str
    rule: str


class StreetsOut(Out):
    """What ways are worked out on."""

    basis: str = Field(description="streets or h3-grid")
    version: str | None = Field(description="Of the street graph")
    attribution: str | None = Field(description="Whom the streets are from; show it with maps")
    warning: str | None = Field(description="Why there are no streets although some are set")


class PictureOut(Out):
    """What the instance that answers decides from."""

    tables: list[TableOut]
    policy: PolicyOut
    streets: StreetsOut


@router.get("/incidents/picture")
async def read_picture(
    _: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.PLANNER)],
    picture: Annotated[Picture, use(Picture)],
    planner: Annotated[Planner, use(Planner)],
    now: Now,
) -> PictureOut:
    """How many rescuers, AEDs, stations and units decisions know of, as of when, and by what."""
    policy, streets = planner.policy, planner.streets.in_use
    return PictureOut(
        policy=PolicyOut(name=policy.name, version=policy.version, rule=policy.rule),
        streets=StreetsOut(
            basis=streets.basis,
            version=streets.version,
            attribution=streets.attribution,
            warning=streets.warning,
        ),
        tables=[
            TableOut(
                name=table.name,
                records=table.records,
                ready=table.ready,
                as_of=table.as_of,
                age_s=None
                if table.as_of is None
                else max(0.0, round((now - table.as_of).total_seconds(), 3)),
            )
            for table in picture.tables()
        ],
    )
