"""What is told about devices: checks, reports, and what became of them; and the cabinet's code."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from services.aed_registry import store
from services.aed_registry.api.entries import AedId, Aeds, TheDesk, Writer
from services.aed_registry.api.models import (
    AccessOut,
    AedOut,
    AedPrivateOut,
    ReportOut,
    ReportTaken,
    aed_out,
    report_out,
)
from services.aed_registry.domain.condition import Settlement
from services.aed_registry.domain.models import CheckIn, ReportIn
from shared.http.auth import requires
from shared.http.etag import etag
from shared.http.paging import Page, PageQuery, encode_cursor
from shared.http.parts import Now
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN, Strict
from shared.identity.roles import Role
from shared.identity.tokens import Identity

CodeReader = Annotated[Identity, requires(Role.REGISTRAR, Role.ADMINISTRATOR, Role.SERVICE)]
Checker = Annotated[Identity, requires(Role.REGISTRAR, Role.ADMINISTRATOR, Role.STATION)]
Anybody = Annotated[Identity, requires(*Role)]
ReportReader = Annotated[
    Identity,
    requires(
        Role.REGISTRAR,
        Role.ADMINISTRATOR,
        Role.DISPATCHER,
        Role.STATION,
        Role.PLANNER,
        Role.SERVICE,
    ),
]
ReportId = Annotated[str, Path(pattern=IDENTIFIER_PATTERN)]

router: APIRouter = new_router("condition")


class SettlementIn(Strict):
    """What became of a report."""

    settlement: Literal[Settlement.CONFIRMED, Settlement.DISMISSED]


@router.get("/aeds/{aed_id}/access", responses=problems(409))
async def read_aed_access(
    who: CodeReader,
    desk: TheDesk,
    now: Now,
    aed_id: AedId,
    incident_id: Annotated[
        str | None, Query(pattern=IDENTIFIER_PATTERN, description="What it is needed for")
    ] = None,
) -> AccessOut:
    """The cabinet's code; each reading is written down, with who asked."""
    aed = await desk.access(aed_id, incident_id=incident_id, who=who, now=now)
    return AccessOut(
        id=aed.id,
        placement=aed.placement,
        floor=aed.floor,
        code_required=aed.code_required,
        access_code=aed.access_code,
    )


@router.post("/aeds/{aed_id}/checks", status_code=201, responses=problems(409))
async def check_aed(
    who: Checker, desk: TheDesk, now: Now, aed_id: AedId, check: CheckIn, response: Response
) -> AedPrivateOut | AedOut:
    """Somebody who answers for the device has looked it over; settles the reports before that."""
    entry = await desk.check(aed_id, check, who=who, now=now)
    response.headers["ETag"] = etag(entry.version)
    return aed_out(entry, who.role)


@router.post(
    "/aeds/{aed_id}/reports",
    status_code=201,
    responses={
        200: {"model": ReportTaken, "description": "The same report by the same person is open"},
        **problems(409),
    },
)
async def report_aed(
    who: Anybody, desk: TheDesk, now: Now, aed_id: AedId, report: ReportIn, response: Response
) -> ReportTaken:
    """Tells that a device is missing, damaged, out of reach, elsewhere, or was used.

    What was told to be in service is unknown until somebody settles it; one that was used is out of
    service until it is checked.
    """
    kept, state, new = await desk.report(aed_id, report, who=who, now=now)
    response.status_code = 201 if new else 200
    return ReportTaken(**report_out(kept, who.role).model_dump(), effective_state=state)


@router.get("/aeds/{aed_id}/reports")
async def list_aed_reports(
    who: ReportReader, aeds: Aeds, aed_id: AedId, page: PageQuery
) -> Page[ReportOut]:
    """What was told about a device, newest first."""
    before = page.after(str)
    await aeds.get(aed_id)
    async with aeds.transaction() as connection:
        reports = await store.reports_page(
            connection,
            aed_id,
            before=None if before is None else before[0],
            limit=page.limit + 1,
        )
    shown = reports[: page.limit]
    more = len(reports) > page.limit
    return Page(
        items=[report_out(report, who.role) for report in shown],
        next_cursor=encode_cursor(shown[-1].id) if more else None,
    )


@router.put("/aeds/{aed_id}/reports/{report_id}/settlement", responses=problems(409))
async def settle_aed_report(
    who: Writer,
    desk: TheDesk,
    now: Now,
    aed_id: AedId,
    report_id: ReportId,
    body: SettlementIn,
    response: Response,
) -> AedPrivateOut | AedOut:
    """Confirms a report (the device is out of service) or dismisses it; again changes nothing."""
    entry = await desk.settle(aed_id, report_id, body.settlement, who=who, now=now)
    response.headers["ETag"] = etag(entry.version)
    return aed_out(entry, who.role)
