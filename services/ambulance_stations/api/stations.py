"""The register of stations: create, read, change, retire, list, upload."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from services.ambulance_stations.api.access import Reader, Writer
from services.ambulance_stations.domain.stations import (
    Station,
    StationRow,
    TimeZone,
    registered,
)
from services.ambulance_stations.store import StationStore
from services.ambulance_stations.work.states import UnitDesk
from shared.contracts.words import Tier
from shared.http.etag import IfMatchHeader, etag
from shared.http.paging import BboxQuery, Page, PageQuery, encode_cursor
from shared.http.parts import Now, use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN, line
from shared.registry.bulk import BULK_BODY, BulkReport, bulk_upsert, read_rows
from shared.registry.model import Change, Entry

StationId = Annotated[str, Path(pattern=IDENTIFIER_PATTERN, examples=["ST-meilie"])]
Stations = Annotated[StationStore, use(StationStore)]
TheDesk = Annotated[UnitDesk, use(UnitDesk)]

router: APIRouter = new_router("stations")


class StationOut(StationRow):
    """A station as it is registered; its place is in WGS-84."""

    model_config = ConfigDict(title="Station")

    time_zone: TimeZone
    version: int
    shard: int
    retired: bool
    created_at: datetime
    updated_at: datetime


class StationVersionOut(BaseModel):
    """A version that an entry had."""

    model_config = ConfigDict(extra="forbid", title="StationVersion")

    version: int
    change: Change
    by: str
    at: datetime
    station: dict[str, Any]


def station_out(entry: Entry[Station]) -> StationOut:
    """An entry as readers get it."""
    station = entry.document
    told = {name: getattr(station, name) for name in StationRow.model_fields}
    return StationOut(
        **told,
        version=entry.version,
        shard=entry.shard,
        retired=entry.retired,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
    )


def _tagged(response: Response, entry: Entry[Station]) -> StationOut:
    response.headers["ETag"] = etag(entry.version)
    return station_out(entry)


@router.get("/stations")
async def list_stations(
    who: Reader,
    stations: Stations,
    page: PageQuery,
    bbox: BboxQuery,
    tier: Tier | None = None,
    hospital: bool | None = None,
    q: Annotated[
        Annotated[str, line(100)] | None, Query(description="Part of the name or address")
    ] = None,
    include_retired: bool = False,
) -> Page[StationOut]:
    """Stations in the order of their ids."""
    after = page.after(str)
    entries, last = await stations.page(
        limit=page.limit,
        after=None if after is None else after[0],
        bbox=bbox,
        filters={
            "tier": tier,
            "hospital": None if hospital is None else str(hospital).lower(),
            "q": q,
        },
        include_retired=include_retired,
    )
    return Page(
        items=[station_out(entry) for entry in entries],
        next_cursor=None if last is None else encode_cursor(last),
    )


@router.post("/stations", status_code=201, responses=problems(409))
async def create_station(
    who: Writer, stations: Stations, desk: TheDesk, now: Now, row: StationRow, response: Response
) -> StationOut:
    """Registers a station; an id that is taken, also by a retired entry, is a 409."""
    entry = await stations.create(registered(row), by=who.actor, now=now)
    desk.after_commit()
    response.headers["Location"] = f"/stations/{entry.id}"
    return _tagged(response, entry)


@router.post("/stations/bulk", openapi_extra=BULK_BODY)
async def upload_stations(
    who: Writer,
    stations: Stations,
    desk: TheDesk,
    now: Now,
    request: Request,
    report: Annotated[
        Literal["refused", "all"], Query(description="Which rows the report lists")
    ] = "refused",
) -> BulkReport:
    """Creates or replaces stations, row by row; a refused row leaves what was there as it was."""
    outcome = await bulk_upsert(
        stations,
        await read_rows(request),
        row_model=StationRow,
        document_of=registered,
        by=who.actor,
        now=now,
        report_all=report == "all",
    )
    desk.after_commit()
    return outcome


@router.get("/stations/{station_id}")
async def read_station(
    who: Reader, stations: Stations, station_id: StationId, response: Response
) -> StationOut:
    """One station, retired or not; its ETag is what a change must name."""
    return _tagged(response, await stations.get(station_id))


@router.put("/stations/{station_id}")
async def replace_station(
    who: Writer,
    stations: Stations,
    desk: TheDesk,
    now: Now,
    station_id: StationId,
    row: StationRow,
    if_match: IfMatchHeader,
    response: Response,
) -> StationOut:
    """Replaces an entry as a whole; a retired one comes back, and units follow to a new place."""
    entry, _ = await stations.replace(
        station_id, registered(row), if_match=if_match, by=who.actor, now=now
    )
    desk.after_commit()
    return _tagged(response, entry)


@router.delete("/stations/{station_id}", responses=problems(409))
async def retire_station(
    who: Writer,
    stations: Stations,
    desk: TheDesk,
    now: Now,
    station_id: StationId,
    if_match: IfMatchHeader,
    response: Response,
) -> StationOut:
    """Takes a station out of use; a 409 while it has units in use."""
    entry, _ = await stations.retire(station_id, if_match=if_match, by=who.actor, now=now)
    desk.after_commit()
    return _tagged(response, entry)


@router.get("/stations/{station_id}/history")
async def read_station_history(
    who: Writer, stations: Stations, station_id: StationId, page: PageQuery
) -> Page[StationVersionOut]:
    """Every version that the entry had, newest first: who changed what, and when."""
    before = page.after(int)
    lines = await stations.history(
        station_id, before_version=None if before is None else before[0], limit=page.limit + 1
    )
    shown = lines[: page.limit]
    return Page(
        items=[
            StationVersionOut(
                version=each.version,
                change=each.change,
                by=each.by,
                at=each.at,
                station=each.document.model_dump(mode="json"),
            )
            for each in shown
        ],
        next_cursor=encode_cursor(shown[-1].version) if len(lines) > page.limit else None,
    )
