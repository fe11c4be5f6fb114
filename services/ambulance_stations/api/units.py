"""The register of units, and what each of them is doing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.ambulance_stations.api.access import Reader, Teller, Writer, sees_crew
from services.ambulance_stations.api.stations import TheDesk
from services.ambulance_stations.domain.units import StateIn, Unit, UnitRow, registered
from services.ambulance_stations.store import UnitStore
from shared.contracts.words import UnitKind, UnitState
from shared.geometry.place import Place
from shared.http.etag import IfMatchHeader, etag
from shared.http.paging import BboxQuery, Page, PageQuery, encode_cursor
from shared.http.parts import Now, use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN
from shared.identity.tokens import Identity
from shared.registry.bulk import BULK_BODY, BulkReport, bulk_upsert, read_rows
from shared.registry.model import Change, Entry

UnitId = Annotated[str, Path(pattern=IDENTIFIER_PATTERN, examples=["U-120-3"])]
Units = Annotated[UnitStore, use(UnitStore)]

router: APIRouter = new_router("units")


class UnitOut(UnitRow):
    """A unit as it is registered, and what it is doing."""

    model_config = ConfigDict(title="Unit")

    state: UnitState
    state_at: datetime
    incident_id: str | None
    order_id: str | None = Field(description="The order last heard of, also when it has ended")
    place: Place = Field(description="Where it said it was, else its station; WGS-84")
    located_at: datetime | None = Field(description="null: the place is its station's")
    version: int
    shard: int
    retired: bool
    created_at: datetime
    updated_at: datetime


class StateTaken(UnitOut):
    """A unit after somebody has told what it is doing."""

    model_config = ConfigDict(title="StateTaken")

    applied: bool = Field(description="False when it was known already, or old news")


class UnitVersionOut(BaseModel):
    """A version that an entry had."""

    model_config = ConfigDict(extra="forbid", title="UnitVersion")

    version: int
    change: Change
    by: str
    at: datetime
    unit: dict[str, Any]


def _fields(entry: Entry[Unit], who: Identity) -> dict[str, Any]:
    unit = entry.document
    fields: dict[str, Any] = {name: getattr(unit, name) for name in UnitRow.model_fields}
    if not sees_crew(who, unit.station_id):
        fields["crew"] = tuple(member.model_copy(update={"name": None}) for member in unit.crew)
    return fields | {
        "state": unit.doing.state,
        "state_at": unit.doing.state_at,
        "incident_id": unit.doing.incident_id,
        "order_id": unit.doing.order_id,
        "place": Place.model_validate({"latitude": entry.latitude, "longitude": entry.longitude}),
        "located_at": unit.doing.located_at,
        "version": entry.version,
        "shard": entry.shard,
        "retired": entry.retired,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }


def _tagged(response: Response, entry: Entry[Unit], who: Identity) -> UnitOut:
    response.headers["ETag"] = etag(entry.version)
    return UnitOut(**_fields(entry, who))


@router.get("/units")
async def list_units(
    who: Reader,
    units: Units,
    page: PageQuery,
    bbox: BboxQuery,
    station_id: Annotated[str | None, Query(pattern=IDENTIFIER_PATTERN)] = None,
    kind: UnitKind | None = None,
    state: UnitState | None = None,
    include_retired: bool = False,
) -> Page[UnitOut]:
    """Units in the order of their ids; the box is about where they are now."""
    after = page.after(str)
    entries, last = await units.page(
        limit=page.limit,
        after=None if after is None else after[0],
        bbox=bbox,
        filters={"station_id": station_id, "kind": kind, "state": state},
        include_retired=include_retired,
    )
    return Page(
        items=[UnitOut(**_fields(entry, who)) for entry in entries],
        next_cursor=None if last is None else encode_cursor(last),
    )


@router.post("/units", status_code=201, responses=problems(409))
async def create_unit(
    who: Writer, units: Units, desk: TheDesk, now: Now, row: UnitRow, response: Response
) -> UnitOut:
    """Registers a unit of a station that is registered; an id that is taken is a 409."""
    entry = await units.create(registered(row, now), by=who.actor, now=now)
    desk.after_commit()
    response.headers["Location"] = f"/units/{entry.id}"
    return _tagged(response, entry, who)


@router.post("/units/bulk", openapi_extra=BULK_BODY)
async def upload_units(
    who: Writer,
    units: Units,
    desk: TheDesk,
    now: Now,
    request: Request,
    report: Annotated[
        Literal["refused", "all"], Query(description="Which rows the report lists")
    ] = "refused",
) -> BulkReport:
    """Creates or replaces units, row by row; what units are doing stays as it is."""
    outcome = await bulk_upsert(
        units,
        await read_rows(request),
        row_model=UnitRow,
        document_of=lambda row: registered(row, now),
        by=who.actor,
        now=now,
        report_all=report == "all",
    )
    desk.after_commit()
    return outcome


@router.get("/units/{unit_id}")
async def read_unit(who: Reader, units: Units, unit_id: UnitId, response: Response) -> UnitOut:
    """One unit, retired or not; its ETag is what a change must name."""
    return _tagged(response, await units.get(unit_id), who)


@router.put("/units/{unit_id}")
async def replace_unit(
    who: Writer,
    units: Units,
    desk: TheDesk,
    now: Now,
    unit_id: UnitId,
    row: UnitRow,
    if_match: IfMatchHeader,
    response: Response,
) -> UnitOut:
    """Replaces an entry as a whole; what the unit is doing stays. A retired one begins anew."""
    entry, _ = await units.replace(
        unit_id, registered(row, now), if_match=if_match, by=who.actor, now=now
    )
    desk.after_commit()
    return _tagged(response, entry, who)


@router.delete("/units/{unit_id}")
async def retire_unit(
    who: Writer,
    units: Units,
    desk: TheDesk,
    now: Now,
    unit_id: UnitId,
    if_match: IfMatchHeader,
    response: Response,
) -> UnitOut:
    """Takes a unit out of use."""
    entry, _ = await units.retire(unit_id, if_match=if_match, by=who.actor, now=now)
    desk.after_commit()
    return _tagged(response, entry, who)


@router.get("/units/{unit_id}/history")
async def read_unit_history(
    who: Writer, units: Units, unit_id: UnitId, page: PageQuery
) -> Page[UnitVersionOut]:
    """Every version that the entry had, newest first, with every state of the unit."""
    before = page.after(int)
    lines = await units.history(
        unit_id, before_version=None if before is None else before[0], limit=page.limit + 1
    )
    shown = lines[: page.limit]
    return Page(
        items=[
            UnitVersionOut(
                version=each.version,
                change=each.change,
                by=each.by,
                at=each.at,
                unit=each.document.model_dump(mode="json"),
            )
            for each in shown
        ],
        next_cursor=encode_cursor(shown[-1].version) if len(lines) > page.limit else None,
    )


@router.post("/units/{unit_id}/state", responses=problems(409))
async def tell_unit_state(
    who: Teller, desk: TheDesk, now: Now, unit_id: UnitId, told: StateIn, response: Response
) -> StateTaken:
    """Tells what a unit is doing, and where it is.

    A station tells it of its own units. Where this system commands the units, states of an order
    come from the order's steps and are refused here (409); where another one does, it tells all of
    them. Something older than what is known changes nothing.
    """
    entry, applied = await desk.tell(unit_id, told, who=who, now=now)
    response.headers["ETag"] = etag(entry.version)
    return StateTaken(**_fields(entry, who), applied=applied)
