"""The map to look at: what there is, and its files by ranges. Public: it is map data."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.work.basemap import PREFIX, Basemap
from shared.http.parts import use
from shared.http.problems import Problem, not_found, problems, unavailable
from shared.http.routing import new_router

basemap_router = new_router("basemap", responses=problems(429))

PUBLIC_PATHS: Final = (PREFIX, PREFIX + "/{file}")
FOREVER: Final = "public, max-age=31536000, immutable"
_RANGE: Final = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)
_FILE: Final = r"^[A-Za-z0-9._-]{1,80}$"

TheMap = Annotated[Basemap, use(Basemap)]
Bounds = Annotated[
    tuple[float, float, float, float],
    Field(description="South, west, north, east, WGS-84 degrees"),
]


class StreetsOut(BaseModel):
    """Vector tiles of an extract (PMTiles 3, Mapbox Vector Tiles 2)."""

    model_config = ConfigDict(extra="forbid", title="BasemapStreets")

    url: str
    version: str
    attribution: str = Field(description="To be shown on the map")
    bounds: Bounds
    min_zoom: int
    max_zoom: int = Field(description="Closer views enlarge the tiles of this zoom")


class BoundariesOut(BaseModel):
    """Areas of counties and districts (GeoJSON)."""

    model_config = ConfigDict(extra="forbid", title="BasemapBoundaries")

    url: str
    attribution: str = Field(description="To be shown on the map")


class BasemapOut(BaseModel):
    """What there is to draw under everything else; each may be null."""

    model_config = ConfigDict(extra="forbid", title="Basemap")

    streets: StreetsOut | None
    boundaries: BoundariesOut | None
    centre: Annotated[
        tuple[float, float] | None, Field(description="Latitude, longitude; null: not known")
    ]
    bounds: Bounds | None


@basemap_router.get(PREFIX)
async def read_basemap(the_map: TheMap, response: Response) -> BasemapOut:
    """What there is to draw: streets, boundaries, where."""
    response.headers["Cache-Control"] = "no-cache"
    streets, boundaries, bounds = the_map.streets, the_map.boundaries, the_map.bounds
    return BasemapOut(
        streets=None
        if streets is None
        else StreetsOut(
            url=f"{PREFIX}/{streets['tiles']}",
            version=streets["version"],
            attribution=streets["attribution"],
            bounds=_four(streets["bounds"]),
            min_zoom=streets["min_zoom"],
            max_zoom=streets["max_zoom"],
        ),
        boundaries=None
        if boundaries is None
        else BoundariesOut(url=f"{PREFIX}/{boundaries.name}", attribution=boundaries.attribution),
        centre=None
        if bounds is None
        else ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2),
        bounds=bounds,
    )


def _four(bounds: list[float]) -> tuple[float, float, float, float]:
    south, west, north, east = bounds
    return south, west, north, east


@basemap_router.get(
    PREFIX + "/{file}",
    response_class=Response,
    responses={
        200: {"description": "The whole file", "content": {"application/octet-stream": {}}},
        206: {"description": "The part that Range asked for"},
        304: {"description": "What the client has is what there is"},
        416: {"description": "Not a part of the file"},
        **problems(404, 503),
    },
)
async def read_basemap_file(
    request: Request,
    the_map: TheMap,
    file: Annotated[str, Path(pattern=_FILE, description="As ``GET /basemap`` names it")],
) -> Response:
    """A file of the map, whole or by ranges; it never changes under its name."""
    served = the_map.files.get(file)
    if served is None:
        # Of another version: the client asks again what there is.
        raise not_found("file of the map", file)
    headers = {"ETag": f'"{served.tag}"', "Cache-Control": FOREVER}
    if _known(request.headers.get("if-none-match"), served.tag):
        return Response(status_code=304, headers=headers)
    if isinstance(served.content, bytes):
        return Response(served.content, media_type=served.media_type, headers=headers)
    try:
        size = served.content.stat().st_size
    except OSError:
        raise unavailable("The map's file is not there; import the streets again.", 60) from None
    part = _range(request.headers.get("range"))
    if_range = request.headers.get("if-range")
    if part is None or (if_range is not None and if_range != headers["ETag"]):
        # A range that is none, or of what the client no longer has: all of it.
        request.scope["headers"] = [
            pair for pair in request.scope["headers"] if pair[0] != b"range"
        ]
    elif not _within(*part, size):
        raise Problem(
            416,
            "range-not-satisfiable",
            "Not a part of the file",
            f"The file has {size} bytes.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return FileResponse(served.content, media_type=served.media_type, headers=headers)


def _range(header: str | None) -> tuple[int | None, int | None] | None:
    """(first, last) as written; None when there is none to follow (RFC 9110 §14.2 lets us).

    Several ranges in one request are answered with the whole: no map asks for them.
    """
    match = _RANGE.fullmatch(header) if header is not None else None
    if match is None or not (match[1] or match[2]):
        return None
    first, last = (int(each) if each else None for each in match.groups())
    return None if first is not None and last is not None and last < first else (first, last)


def _within(first: int | None, last: int | None, size: int) -> bool:
    return first < size if first is not None else bool(last)


def _known(if_none_match: str | None, tag: str) -> bool:
    """Whether the client names the content that it has (RFC 9110 §13.1.2, weakly compared)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in re.findall(r'"([^"]*)"', if_none_match)


basemap_router.add_api_route(PREFIX, read_basemap, methods=["HEAD"], include_in_schema=False)
basemap_router.add_api_route(
    PREFIX + "/{file}", read_basemap_file, methods=["HEAD"], include_in_schema=False
)
