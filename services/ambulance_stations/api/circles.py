"""What each station reaches within ten minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.ambulance_stations.api.access import Reader
from services.ambulance_stations.api.stations import StationId, Stations
from services.ambulance_stations.domain.circles import Circle
from services.ambulance_stations.store import CircleStore, StationCircles
from shared.contracts.words import Tier, TransportMode, UnitKind
from shared.http.paging import BboxQuery, Page, PageQuery, encode_cursor
from shared.http.parts import use
from shared.http.routing import new_router

Circles = Annotated[CircleStore, use(CircleStore)]

router: APIRouter = new_router("circles")


class BandOut(BaseModel):
    """The cells first reached within a minute band."""

    model_config = ConfigDict(extra="forbid", title="Band")

    within_s: int = Field(description="Seconds from the order")
    cells: list[str] = Field(description="H3 cells, resolution 9")


class CircleOut(BaseModel):
    """What units of one kind and mode reach."""

    model_config = ConfigDict(extra="forbid", title="Circle")

    kind: UnitKind
    mode: TransportMode
    basis: str = Field(description="h3-grid or streets: what the times were worked out on")
    streets: str | None = Field(description="Version of the street graph; null on the grid")
    turnout_s: float
    cells: int = Field(description="How many cells are reached")
    bands: list[BandOut]


class StationCircleOut(CircleOut):
    """What a station reaches at its widest: by the units that get farthest."""

    model_config = ConfigDict(title="StationCircle")

    station_id: str
    tier: Tier
    version: int
    updated_at: datetime


class StationCirclesOut(BaseModel):
    """What a station reaches, by the kinds and modes of its units."""

    model_config = ConfigDict(extra="forbid", title="StationCircles")

    station_id: str
    tier: Tier
    version: int | None = Field(description="null: not worked out yet")
    updated_at: datetime | None
    due: bool = Field(description="Station or units have changed: a new one is being worked out")
    circles: list[CircleOut] = Field(description="The widest first; none without units")


def _circle(circle: Circle) -> dict[str, object]:
    return {
        "kind": circle.kind,
        "mode": circle.mode,
        "basis": circle.basis,
        "streets": circle.streets,
        "turnout_s": circle.turnout_s,
        "cells": circle.cells,
        "bands": [BandOut(within_s=band.within_s, cells=list(band.cells)) for band in circle.bands],
    }


def _widest(found: StationCircles, circle: Circle) -> StationCircleOut:
    return StationCircleOut.model_validate(
        {
            **_circle(circle),
            "station_id": found.station_id,
            "tier": found.tier,
            "version": found.version,
            "updated_at": found.updated_at,
        }
    )


@router.get("/circles")
async def list_circles(
    who: Reader,
    circles: Circles,
    page: PageQuery,
    bbox: BboxQuery,
    tier: Tier | None = None,
) -> Page[StationCircleOut]:
    """The circle of each station that has units; the box is about where the stations are."""
    after = page.after(str)
    found, last = await circles.page(
        after=None if after is None else after[0], limit=page.limit, tier=tier, bbox=bbox
    )
    return Page(
        items=[_widest(each, each.published) for each in found if each.published is not None],
        next_cursor=None if last is None else encode_cursor(last),
    )


@router.get("/circles/{station_id}")
async def read_circles(
    who: Reader, stations: Stations, circles: Circles, station_id: StationId
) -> StationCirclesOut:
    """What one station reaches, by each kind and mode of its units."""
    station = await stations.get(station_id)
    # Asked first: when nothing was due then, what is read now is at least that new.
    due = await circles.is_due(station_id)
    found = await circles.find(station_id)
    return StationCirclesOut(
        station_id=station_id,
        tier=station.document.tier,
        version=None if found is None else found.version,
        updated_at=None if found is None else found.updated_at,
        due=due,
        circles=[
            CircleOut.model_validate(_circle(circle))
            for circle in (() if found is None else found.circles)
        ],
    )
