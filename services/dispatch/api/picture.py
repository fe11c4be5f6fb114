"""What decisions here are made from, and how old that is: for the console's state bar."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime

from services.dispatch.api.responses import Out
from services.dispatch.work.picture import Picture
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


class PictureOut(Out):
    """The tables of the instance that answers."""

    tables: list[TableOut]


@router.get("/incidents/picture")
async def read_picture(
    _: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.PLANNER)],
    picture: Annotated[Picture, use(Picture)],
    now: Now,
) -> PictureOut:
    """How many rescuers, AEDs, stations and units decisions know of, and as of when."""
    return PictureOut(
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
        ]
    )
