"""Where is that? Places, streets, addresses, stations, AEDs and typed coordinates in one list."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.coordinates import read_coordinates
from services.gateway.work.basemap import Basemap
from services.gateway.work.names import Names
from services.gateway.work.registers import Registers
from shared.geometry.datum import Datum
from shared.http.auth import requires
from shared.http.parts import use
from shared.http.problems import invalid, problems
from shared.http.routing import new_router
from shared.http.strict import line
from shared.identity.roles import Role
from shared.identity.tokens import Identity

search_router = new_router("search", responses=problems(429))

Searcher = Annotated[
    Identity,
    requires(Role.DISPATCHER, Role.STATION, Role.REGISTRAR, Role.PLANNER, Role.ADMINISTRATOR),
]
_NEAR: Final = re.compile(r"(-?\d{1,2}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)")


class Kind(StrEnum):
    """What was found."""

    PLACE = "place"
    STREET = "street"
    ADDRESS = "address"
    STATION = "station"
    AED = "aed"
    COORDINATES = "coordinates"


class FoundOut(BaseModel):
    """A place that may be meant."""

    model_config = ConfigDict(extra="forbid", title="Found")

    kind: Kind
    name: str
    detail: str | None = Field(default=None, description="Town, quarter or address")
    category: str | None = Field(
        default=None, description="OpenStreetMap's word for what it is, such as hospital"
    )
    latitude: float = Field(description="WGS-84 degrees")
    longitude: float = Field(description="WGS-84 degrees")
    id: str | None = Field(default=None, description="Of a station or an AED")
    datum: Datum | None = Field(
        default=None, description="That typed coordinates were read in, already converted"
    )
    assumed: bool | None = Field(
        default=None,
        description="Of coordinates: nobody named the datum. Then there is one result for each "
        "datum that makes a difference, and a person must choose",
    )
    score: float = Field(description="0 to 1, best first")


class SearchOut(BaseModel):
    """What was found, and who could not be asked."""

    model_config = ConfigDict(extra="forbid", title="Search")

    results: list[FoundOut]
    missing: list[str] = Field(
        description="What was not searched: streets (no map is loaded), or a service in trouble"
    )
    attribution: str | None = Field(description="Of the map's names, to be shown with them")


@search_router.get("/search")
async def search(
    request: Request,
    _: Searcher,
    the_map: Annotated[Basemap, use(Basemap)],
    registers: Annotated[Registers, use(Registers)],
    q: Annotated[
        Annotated[str, line(100)],
        Query(description="Part of a Chinese name, beginnings of words, or coordinates"),
    ],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    near: Annotated[
        str | None,
        Query(description="Latitude,longitude (WGS-84): what is near comes first", max_length=60),
    ] = None,
) -> SearchOut:
    """Finds a place by name, address, station, AED, or coordinates in any datum."""
    where = None if near is None else _near(near)
    found = _coordinates(q)
    if found:
        return SearchOut(results=found[:limit], missing=[], attribution=None)
    missing = []
    entries, silent = await registers.find(
        q, limit, where, request.headers["authorization"].encode("latin-1")
    )
    found += [
        FoundOut(
            kind=Kind(each.kind),
            name=each.name,
            detail=each.detail,
            latitude=each.latitude,
            longitude=each.longitude,
            id=each.id,
            score=each.score,
        )
        for each in entries
    ]
    names: Names | None = the_map.index
    if names is None:
        missing.append("streets")
    else:
        found += [
            FoundOut(
                kind=Kind(each.kind),
                name=each.name,
                detail=each.town,
                category=each.category or None,
                latitude=each.latitude,
                longitude=each.longitude,
                score=each.score,
            )
            for each in await names.find(q, limit, where)
        ]
    found.sort(key=lambda each: (-each.score, each.kind, each.name, each.id or ""))
    streets = the_map.streets
    return SearchOut(
        results=found[:limit],
        missing=[*missing, *silent],
        attribution=None if streets is None else streets["attribution"],
    )


def _near(text: str) -> tuple[float, float]:
    match = _NEAR.fullmatch(text)
    latitude, longitude = (float(each) for each in match.groups()) if match else (99.0, 0.0)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise invalid(
            "near", "is no latitude,longitude", "send degrees such as 26.2486,117.6186",
            where="query",
        )  # fmt: skip
    return latitude, longitude


def _coordinates(text: str) -> list[FoundOut]:
    """Each reading of typed coordinates; a little less sure with each datum that is assumed."""
    return [
        FoundOut(
            kind=Kind.COORDINATES,
            name=f"{place.latitude:.6f}, {place.longitude:.6f}",
            latitude=place.latitude,
            longitude=place.longitude,
            datum=place.datum,
            assumed=place.assumed,
            score=round(1.0 - 0.1 * row, 2),
        )
        for row, place in enumerate(read_coordinates(text))
    ]
