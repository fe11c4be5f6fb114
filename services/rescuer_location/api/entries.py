"""The register over HTTP: create, read, replace, retire, list, bulk, history."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request, Response

from services.rescuer_location.api.models import (
    RescuerOut,
    RescuerVersionOut,
    rescuer_out,
    version_out,
)
from services.rescuer_location.domain.rescuer import Day, Rescuer
from services.rescuer_location.domain.warnings import warnings_about
from services.rescuer_location.settings import RescuerLocationSettings
from services.rescuer_location.store import RescuerStore
from services.rescuer_location.work.files import KnownPeople
from services.rescuer_location.work.register import Register
from shared.contracts.words import RescuerState
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.etag import IfMatchHeader, etag
from shared.http.paging import BboxQuery, Page, PageQuery, encode_cursor
from shared.http.parts import Now, use
from shared.http.problems import forbidden, problems
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN, line
from shared.identity.roles import Role
from shared.identity.tokens import Identity
from shared.registry.bulk import BULK_BODY, BulkReport, bulk_upsert, read_rows
from shared.registry.files import FILE_BODY, FileReport, FileWish, file_wish, take_file

entries_router = new_router("rescuers")

PRIVATE_READERS = frozenset({Role.REGISTRAR, Role.ADMINISTRATOR})
"""Who sees names, numbers and certificates' numbers of others."""

WITHOUT_PLACES = frozenset({Role.STATION})
"""Who needs no usual places: they are not shown, and cannot be asked for by a box either."""

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
Store = Annotated[RescuerStore, use(RescuerStore)]
TheSettings = Annotated[RescuerLocationSettings, use(RescuerLocationSettings)]
TheRegister = Annotated[Register, use(Register)]
RescuerId = Annotated[str, Path(pattern=IDENTIFIER_PATTERN, description="The rescuer's id")]


class Status(StrEnum):
    """What a registrar looks for."""

    PENDING_VERIFICATION = "pending_verification"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CERTIFICATE_EXPIRED = "certificate_expired"


def _status_filters(status: Status | None, within_days: int, today: date) -> dict[str, str | None]:
    """The register's filters for a status; ``today`` in the deployment's time zone."""
    if status is None:
        return {}
    if status is Status.PENDING_VERIFICATION:
        return {"waiting": "true"}
    if status is Status.CERTIFICATE_EXPIRED:
        return {"expiring_before": today.isoformat()}
    after = today + timedelta(days=within_days + 1)
    return {"expiring_from": today.isoformat(), "expiring_before": after.isoformat()}


@entries_router.get("/rescuers")
async def list_rescuers(
    who: Reader,
    store: Store,
    settings: TheSettings,
    now: Now,
    page: PageQuery,
    bbox: BboxQuery,
    state: Annotated[RescuerState | None, Query()] = None,
    status: Annotated[
        Status | None,
        Query(
            description="Somebody or something waits for a registrar; the certificate ends within "
            "`within_days`; it has ended"
        ),
    ] = None,
    within_days: Annotated[int, Query(ge=0, le=3_660)] = 30,
    expiring_before: Annotated[
        Day | None, Query(description="Credentials whose last day is before this one")
    ] = None,
    q: Annotated[
        str | None,
        line(100),
        Query(description="The id, or part of the name; for registrars and administrators"),
    ] = None,
    include_retired: Annotated[bool, Query()] = False,
) -> Page[RescuerOut]:
    """Rescuers in the order of their ids; `bbox` goes by the centre of the home cell. Audited."""
    private = who.role in PRIVATE_READERS
    places = who.role not in WITHOUT_PLACES
    if q is not None and not private:
        raise forbidden("Looking for a name (q) needs the role registrar or administrator.")
    if bbox is not None and not places:
        # Boxes that grow smaller would tell the home cell as well as the cell itself.
        raise forbidden("Stations do not see where rescuers live; leave bbox out.")
    after = page.after(str)
    async with store.transaction() as connection:
        entries, go_on = await store.page(
            after=None if after is None else after[0],
            limit=page.limit,
            bbox=bbox,
            filters={
                "state": state,
                "expiring_before": None if expiring_before is None else expiring_before.isoformat(),
                "q": q,
                **_status_filters(
                    status, within_days, now.astimezone(ZoneInfo(settings.time_zone)).date()
                ),
            },
            include_retired=include_retired,
            connection=connection,
        )
        if places:
            await audit(
                connection,
                actor=who.actor,
                action="rescuer.list" if private else "rescuer.places.read",
                subject="*",  # which is nobody's id
                now=now,
                detail={
                    "rows": len(entries),
                    "first": entries[0].id if entries else None,
                    "last": entries[-1].id if entries else None,
                },
            )
    return Page(
        items=[rescuer_out(entry, now, private=private, places=places) for entry in entries],
        next_cursor=None if go_on is None else encode_cursor(go_on),
    )


@entries_router.post("/rescuers", status_code=201, responses=problems(409))
async def create_rescuer(
    who: Writer, register: TheRegister, now: Now, rescuer: Rescuer, response: Response
) -> RescuerOut:
    """A new rescuer; 409 when the id is taken. Coordinates are made cells and not kept."""
    entry = await register.store.create(rescuer, by=who.actor, now=now)
    register.after_commit()
    response.headers["Location"] = f"/rescuers/{entry.id}"
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)


@entries_router.post("/rescuers/bulk", openapi_extra=BULK_BODY, responses=problems(413, 415, 422))
async def upload_rescuers(
    request: Request,
    who: Writer,
    register: TheRegister,
    now: Now,
    mode: Annotated[Literal["upsert", "create"], Query()] = "upsert",
    report: Annotated[Literal["problems", "all"], Query(description="Which rows to report")] = (
        "problems"
    ),
) -> BulkReport:
    """Creates or replaces up to 50,000 rescuers; each row is taken or refused for itself."""
    answer = await bulk_upsert(
        register.store,
        await read_rows(request),
        row_model=Rescuer,
        document_of=lambda row: row,
        by=who.actor,
        now=now,
        mode=mode,
        report_all=report == "all",
        warnings_of=lambda rescuer: warnings_about(rescuer, now),
    )
    register.after_commit()
    return answer


@entries_router.post("/rescuers/files", openapi_extra=FILE_BODY, responses=problems(413, 422))
async def upload_rescuer_file(
    request: Request,
    who: Writer,
    register: TheRegister,
    settings: TheSettings,
    now: Now,
    wish: Annotated[FileWish, Depends(file_wish)],
) -> FileReport:
    """Takes a list as people have it; by default it only says what would become of each row.

    Whoever is registered keeps what the list does not say, and the consent they gave themselves.
    """

    async def bulk(rows: list[bytes], dry_run: bool) -> BulkReport:
        known = await KnownPeople.of(register.store, rows, settings.phone_region)
        return await bulk_upsert(
            register.store,
            rows,
            row_model=Rescuer,
            document_of=known.met,
            by=who.actor,
            now=now,
            dry_run=dry_run,
            warnings_of=lambda rescuer: warnings_about(rescuer, now),
        )

    report = await take_file(
        request, "rescuers", wish, bulk, constants={"time_zone": settings.time_zone}
    )
    register.after_commit()
    return report


@entries_router.get("/rescuers/{rescuer_id}")
async def read_rescuer(
    who: Reader, store: Store, now: Now, rescuer_id: RescuerId, response: Response
) -> RescuerOut:
    """One rescuer, retired or not; audited. Private parts for registrars and administrators."""
    private = who.role in PRIVATE_READERS
    places = who.role not in WITHOUT_PLACES
    async with store.transaction() as connection:
        entry = await store.get(rescuer_id, connection=connection)
        if places:
            await audit(
                connection,
                actor=who.actor,
                action="rescuer.read" if private else "rescuer.places.read",
                subject=rescuer_id,
                now=now,
            )
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=private, places=places)


@entries_router.put("/rescuers/{rescuer_id}")
async def replace_rescuer(
    who: Writer,
    register: TheRegister,
    now: Now,
    rescuer_id: RescuerId,
    if_match: IfMatchHeader,
    rescuer: Rescuer,
    response: Response,
) -> RescuerOut:
    """The whole entry anew; a retired one is back. Without location consent no live place stays."""
    entry = await register.replace(rescuer_id, rescuer, if_match, who, now)
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)


@entries_router.delete("/rescuers/{rescuer_id}")
async def retire_rescuer(
    who: Writer,
    register: TheRegister,
    now: Now,
    rescuer_id: RescuerId,
    if_match: IfMatchHeader,
    response: Response,
) -> RescuerOut:
    """Out of the register: not alerted, not listed, live place deleted; the history stays."""
    entry = await register.retire(rescuer_id, if_match, who, now)
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)


@entries_router.get("/rescuers/{rescuer_id}/history")
async def rescuer_history(
    who: Writer, store: Store, now: Now, rescuer_id: RescuerId, page: PageQuery
) -> Page[RescuerVersionOut]:
    """Every version, newest first, with who made it; the read is audited."""
    before = page.after(int)
    async with store.transaction() as connection:
        lines = await store.history(
            rescuer_id,
            before_version=None if before is None else min(before[0], 2_147_483_647),
            limit=page.limit + 1,
            connection=connection,
        )
        shown = lines[: page.limit]
        await audit(
            connection,
            actor=who.actor,
            action="rescuer.history",
            subject=rescuer_id,
            now=now,
            detail={"rows": len(shown)},
        )
    return Page(
        items=[version_out(each) for each in shown],
        next_cursor=encode_cursor(shown[-1].version) if len(lines) > page.limit else None,
    )


__all__ = ["PRIVATE_READERS", "RescuerId", "TheRegister", "Writer", "entries_router"]
