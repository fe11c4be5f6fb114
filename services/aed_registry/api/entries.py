"""The register itself: create, read, change, retire, list, upload."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.aed_registry.api.models import (
    PRIVATE_READERS,
    AedOut,
    AedPrivateOut,
    AedVersionOut,
    aed_out,
    version_out,
)
from services.aed_registry.domain.models import Aed, AedRow, registered
from services.aed_registry.store import UNCHECKED_AFTER, AedStore
from services.aed_registry.work import Desk
from shared.contracts.words import AedState
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.etag import IfMatchHeader, etag
from shared.http.paging import BboxQuery, Page, PageQuery, encode_cursor
from shared.http.parts import Now, use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN, line
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.messaging.inbox import AnyConnection
from shared.registry.bulk import BULK_BODY, BulkReport, bulk_upsert, read_rows
from shared.registry.files import FILE_BODY, FileReport, FileWish, file_wish, take_file
from shared.registry.model import Entry

Reader = Annotated[
    Identity,
    requires(
        Role.REGISTRAR,
        Role.ADMINISTRATOR,
        Role.DISPATCHER,
        Role.PLANNER,
        Role.STATION,
        Role.SERVICE,
    ),
]
Writer = Annotated[Identity, requires(Role.REGISTRAR, Role.ADMINISTRATOR)]
AedId = Annotated[str, Path(pattern=IDENTIFIER_PATTERN, examples=["AED-214"])]
Aeds = Annotated[AedStore, use(AedStore)]
TheDesk = Annotated[Desk, use(Desk)]

router: APIRouter = new_router("aeds")


class Trouble(StrEnum):
    """What a registrar should see to."""

    EXPIRED_PADS = "expired_pads"
    UNCHECKED = "unchecked"
    NO_HOURS = "no_hours"
    REPORTED = "reported"


def _filters(problem: Trouble | None, now: datetime) -> dict[str, str | None]:
    match problem:
        case Trouble.EXPIRED_PADS:
            return {"pads_expired_by": now.date().isoformat()}
        case Trouble.UNCHECKED:
            return {"not_checked_since": (now - UNCHECKED_AFTER).isoformat()}
        case Trouble.NO_HOURS:
            return {"has_hours": "false"}
        case Trouble.REPORTED:
            return {"reported": "true"}
        case None:
            return {}


def _tagged(response: Response, entry: Entry[Aed], who: Identity) -> AedPrivateOut | AedOut:
    response.headers["ETag"] = etag(entry.version)
    return aed_out(entry, who.role)


async def _written_down(
    connection: AnyConnection,
    who: Identity,
    subject: str,
    now: datetime,
    **detail: str | int | None,
) -> None:
    """Notes that codes and keepers are read, where that role sees them.

    In the transaction of the read: what cannot be noted is not answered, and reading an entry is no
    way around what ``/access`` writes down.
    """
    if who.role in PRIVATE_READERS:
        await audit(
            connection,
            actor=who.actor,
            action="aed.private.read",
            subject=subject,
            now=now,
            detail=detail,
        )


@router.get("/aeds")
async def list_aeds(
    who: Reader,
    aeds: Aeds,
    now: Now,
    page: PageQuery,
    bbox: BboxQuery,
    state: Annotated[AedState | None, Query(description="What the register was told")] = None,
    problem: Annotated[
        Trouble | None,
        Query(
            description="expired_pads: since yesterday (UTC) at the latest; unchecked: not looked "
            "over for a year; no_hours: nobody knows when it can be reached; reported: somebody "
            "has told something that nobody has settled"
        ),
    ] = None,
    q: Annotated[
        Annotated[str, line(100)] | None, Query(description="Part of the name or address")
    ] = None,
    include_retired: bool = False,
) -> Page[AedPrivateOut | AedOut]:
    """AEDs in the order of their ids; codes and keepers only for who runs the register, audited."""
    after = page.after(str)
    async with aeds.transaction() as connection:
        entries, last = await aeds.page(
            limit=page.limit,
            after=None if after is None else after[0],
            bbox=bbox,
            filters={"state": state, "q": q, **_filters(problem, now)},
            include_retired=include_retired,
            connection=connection,
        )
        await _written_down(
            connection,
            who,
            "*",  # which is no device's id
            now,
            rows=len(entries),
            first=entries[0].id if entries else None,
            last=entries[-1].id if entries else None,
        )
    return Page(
        items=[aed_out(entry, who.role) for entry in entries],
        next_cursor=None if last is None else encode_cursor(last),
    )


@router.post("/aeds", status_code=201, responses=problems(409))
async def create_aed(
    who: Writer, aeds: Aeds, desk: TheDesk, now: Now, row: AedRow, response: Response
) -> AedPrivateOut | AedOut:
    """Registers an AED; an id that is taken, also by a retired entry, is a 409."""
    entry = await aeds.create(registered(row, now), by=who.actor, now=now)
    desk.after_commit()
    response.headers["Location"] = f"/aeds/{entry.id}"
    return _tagged(response, entry, who)


@router.post("/aeds/bulk", openapi_extra=BULK_BODY)
async def upload_aeds(
    who: Writer,
    aeds: Aeds,
    desk: TheDesk,
    now: Now,
    request: Request,
    report: Annotated[
        Literal["refused", "all"], Query(description="Which rows the report lists")
    ] = "refused",
    dry_run: Annotated[bool, Query(description="Check everything, write nothing")] = False,
) -> BulkReport:
    """Creates or replaces AEDs, row by row; a refused row leaves what was there as it was."""
    outcome = await bulk_upsert(
        aeds,
        await read_rows(request),
        row_model=AedRow,
        document_of=lambda row: registered(row, now),
        by=who.actor,
        now=now,
        report_all=report == "all",
        dry_run=dry_run,
    )
    desk.after_commit()
    return outcome


@router.post("/aeds/files", openapi_extra=FILE_BODY)
async def upload_aed_file(
    who: Writer,
    aeds: Aeds,
    desk: TheDesk,
    now: Now,
    request: Request,
    wish: Annotated[FileWish, Depends(file_wish)],
) -> FileReport:
    """Takes a list as people have it; by default it only says what would become of each row."""

    async def bulk(rows: list[bytes], dry_run: bool) -> BulkReport:
        return await bulk_upsert(
            aeds,
            rows,
            row_model=AedRow,
            document_of=lambda row: registered(row, now),
            by=who.actor,
            now=now,
            dry_run=dry_run,
        )

    report = await take_file(request, "aeds", wish, bulk)
    desk.after_commit()
    return report


@router.get("/aeds/{aed_id}")
async def read_aed(
    who: Reader, aeds: Aeds, now: Now, aed_id: AedId, response: Response
) -> AedPrivateOut | AedOut:
    """One AED, retired or not; its ETag is what a change must name. A code read is audited."""
    async with aeds.transaction() as connection:
        entry = await aeds.get(aed_id, connection=connection)
        await _written_down(connection, who, aed_id, now)
    return _tagged(response, entry, who)


@router.put("/aeds/{aed_id}")
async def replace_aed(
    who: Writer,
    aeds: Aeds,
    desk: TheDesk,
    now: Now,
    aed_id: AedId,
    row: AedRow,
    if_match: IfMatchHeader,
    response: Response,
) -> AedPrivateOut | AedOut:
    """Replaces an entry as a whole; a retired one comes back. Reports about it stay."""
    entry, _ = await aeds.replace(
        aed_id, registered(row, now), if_match=if_match, by=who.actor, now=now
    )
    desk.after_commit()
    return _tagged(response, entry, who)


@router.delete("/aeds/{aed_id}")
async def retire_aed(
    who: Writer,
    aeds: Aeds,
    desk: TheDesk,
    now: Now,
    aed_id: AedId,
    if_match: IfMatchHeader,
    response: Response,
) -> AedPrivateOut | AedOut:
    """Takes an AED out of use; the entry and its history stay."""
    entry, _ = await aeds.retire(aed_id, if_match=if_match, by=who.actor, now=now)
    desk.after_commit()
    return _tagged(response, entry, who)


@router.get("/aeds/{aed_id}/history")
async def read_aed_history(
    who: Writer, aeds: Aeds, now: Now, aed_id: AedId, page: PageQuery
) -> Page[AedVersionOut]:
    """Every version that the entry had, newest first: who changed what, and when. Audited."""
    before = page.after(int)
    async with aeds.transaction() as connection:
        lines = await aeds.history(
            aed_id,
            before_version=None if before is None else before[0],
            limit=page.limit + 1,
            connection=connection,
        )
        shown = lines[: page.limit]
        await _written_down(connection, who, aed_id, now, rows=len(shown))
    more = len(lines) > page.limit
    return Page(
        items=[version_out(line_) for line_ in shown],
        next_cursor=encode_cursor(shown[-1].version) if more else None,
    )
