"""What everybody may see without a token: where AEDs are and whether they can be reached now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final, Literal

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from services.aed_registry.api.entries import Aeds
from services.aed_registry.domain.models import Aed
from services.aed_registry.store import AedStore
from shared.contracts.words import AedAccess, AedState
from shared.hours import OpeningState, opening_at
from shared.http.paging import BboxQuery, PageQuery, encode_cursor
from shared.http.parts import Now
from shared.http.routing import new_router
from shared.registry.model import Entry

PATHS: Final = ("/public/aeds", "/public/aeds/file")
CACHED_FOR_S: Final = 60
"""How long a map may show the same answer, seconds: hours are told to the minute."""
GEOJSON: Final = "application/geo+json"
FILE_PAGE: Final = 200
"""Rows of the whole list that are made at once: others get a turn in between."""


class Point(BaseModel):
    """A GeoJSON point: longitude first (RFC 7946)."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class Properties(BaseModel):
    """What the public may know of a device; no code, no keeper."""

    model_config = ConfigDict(extra="forbid", title="PublicAed")

    name: str
    address: str | None
    floor: int | None
    placement: str | None
    opening_hours: str | None
    open_now: bool | None = Field(description="null: nobody knows")
    access: AedAccess
    code_required: bool = Field(description="Call the emergency number: they have the code")
    state: AedState = Field(description="What the register was told, and what open reports say")
    child_pads: bool | None
    last_checked_at: datetime | None
    source: str
    licence: str | None
    synthetic: bool = Field(description="Made up for a scenario: there is no such device")


class Feature(BaseModel):
    """One AED."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Point
    properties: Properties


class FeatureCollection(BaseModel):
    """GeoJSON (RFC 7946) with paging as a foreign member."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last one"
    )


router: APIRouter = new_router("public")


@router.get("/public/aeds")
async def list_public_aeds(
    aeds: Aeds, now: Now, page: PageQuery, bbox: BboxQuery, response: Response
) -> FeatureCollection:
    """AEDs as GeoJSON, for any map; those in private hands are left out."""
    after = page.after(str)
    entries, last = await aeds.page(
        limit=page.limit,
        after=None if after is None else after[0],
        bbox=bbox,
        filters={"not_access": AedAccess.PRIVATE},
    )
    response.headers["Cache-Control"] = f"public, max-age={CACHED_FOR_S}"
    return FeatureCollection(
        features=[_feature(entry, now) for entry in entries],
        next_cursor=None if last is None else encode_cursor(last),
    )


@router.get(
    "/public/aeds/file",
    response_class=StreamingResponse,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}},
)
async def download_public_aeds(aeds: Aeds, now: Now) -> StreamingResponse:
    """The whole public list as one GeoJSON file (RFC 7946), written page by page."""
    return StreamingResponse(
        _file(aeds, now),
        media_type=GEOJSON,
        headers={
            "Cache-Control": f"public, max-age={CACHED_FOR_S}",
            "Content-Disposition": 'attachment; filename="aeds.geojson"',
        },
    )


async def _file(aeds: AedStore, now: datetime) -> AsyncIterator[str]:
    after: str | None = None
    opening = '{"type":"FeatureCollection","features":['
    while True:
        entries, after = await aeds.page(
            limit=FILE_PAGE, after=after, filters={"not_access": AedAccess.PRIVATE}
        )
        features = [_feature(entry, now).model_dump_json() for entry in entries]
        yield opening + ",".join(features)
        if after is None:
            yield "]}"
            return
        opening = ","


def open_now(aed: Aed, now: datetime) -> bool | None:
    """Whether it can be reached at ``now``; None when nobody knows."""
    state = opening_at(aed.opening_hours, aed.time_zone, aed.country, now).state
    return None if state is OpeningState.UNKNOWN else state is OpeningState.OPEN


def _feature(entry: Entry[Aed], now: datetime) -> Feature:
    aed = entry.document
    return Feature(
        id=aed.id,
        geometry=Point(coordinates=(aed.place.longitude, aed.place.latitude)),
        properties=Properties(
            name=aed.name,
            address=aed.address,
            floor=aed.floor,
            placement=aed.placement,
            opening_hours=aed.opening_hours,
            open_now=open_now(aed, now),
            access=aed.access,
            code_required=aed.code_required,
            state=aed.effective_state,
            child_pads=aed.child_pads,
            last_checked_at=aed.last_checked_at,
            source=aed.provenance.source,
            licence=aed.provenance.licence,
            synthetic=aed.provenance.synthetic,
        ),
    )
