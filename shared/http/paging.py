"""Lists in pages, and the box on the map that they may be limited to."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from shared.http.problems import invalid

T = TypeVar("T")

_LATITUDE = r"-?(90(\.0{1,12})?|[0-8]?[0-9](\.[0-9]{1,12})?)"
_LONGITUDE = r"-?(180(\.0{1,12})?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,12})?)"
BBOX_PATTERN = f"^{_LONGITUDE},{_LATITUDE},{_LONGITUDE},{_LATITUDE}$"


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    model_config = ConfigDict(extra="forbid")

    items: list[T]
    next_cursor: str | None = Field(
        default=None, description="Send it as `cursor` for the next page; null on the last one"
    )


@dataclass(frozen=True, slots=True)
class Bbox:
    """A box in WGS-84 degrees; ``west`` > ``east`` means that it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, latitude: float, longitude: float) -> bool:
        """Whether a place lies in the box, its edges included."""
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


def parse_bbox(value: str) -> Bbox:
    """``west,south,east,north`` in degrees; raises a 422 problem."""
    parts = value.split(",")
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError:
        raise invalid(
            "bbox", "is not four numbers", "send west,south,east,north in degrees", where="query"
        ) from None
    if not (-90 <= south <= 90 and -90 <= north <= 90 and -180 <= west <= 180 >= east >= -180):
        raise invalid("bbox", "is off the globe", "keep to ±180 and ±90 degrees", where="query")
    if south > north:
        raise invalid(
            "bbox", "has its south above its north", "send west,south,east,north", where="query"
        )
    return Bbox(west=west, south=south, east=east, north=north)


def encode_cursor(*parts: str | int) -> str:
    """An opaque cursor for the sort key of the last item on a page."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[str] | type[int]) -> tuple[Any, ...]:
    """The sort key in a cursor, checked against the kinds of its parts; raises a 422 problem."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    if (
        not isinstance(parts, list)
        or len(parts) != len(kinds)
        or any(type(part) is not kind for part, kind in zip(parts, kinds, strict=True))
        or any(isinstance(part, str) and not _storable(part) for part in parts)
        or any(isinstance(part, int) and abs(part) > 2**53 for part in parts)
    ):
        raise invalid(
            "cursor",
            "is not one of ours",
            "send next_cursor of the page before, or none for the first page",
            where="query",
        )
    return tuple(parts)


def _storable(part: str) -> bool:
    """Whether PostgreSQL can be asked about it."""
    return "\x00" not in part and part.isprintable()


@dataclass(frozen=True, slots=True)
class PageParams:
    """Which page is wanted."""

    limit: int
    cursor: str | None

    def after(self, *kinds: type[str] | type[int]) -> tuple[Any, ...] | None:
        """The sort key to go on after; None for the first page."""
        return None if self.cursor is None else decode_cursor(self.cursor, *kinds)


async def _page_params(
    limit: Annotated[int, Query(ge=1, le=1_000, description="Items on a page")] = 100,
    cursor: Annotated[
        str | None,
        Query(
            pattern=r"^[A-Za-z0-9_-]{1,500}$",
            description="next_cursor of the page before; none for the first page",
        ),
    ] = None,
) -> PageParams:
    return PageParams(limit=limit, cursor=cursor)


async def _bbox(
    bbox: Annotated[
        str | None,
        Query(
            pattern=BBOX_PATTERN,
            max_length=100,
            description="west,south,east,north in WGS-84 degrees; west > east crosses ±180°",
            examples=["117.5,26.1,117.8,26.4"],
        ),
    ] = None,
) -> Bbox | None:
    return None if bbox is None else parse_bbox(bbox)


PageQuery = Annotated[PageParams, Depends(_page_params)]
"""Parameter type of a list: ``page: PageQuery``."""

BboxQuery = Annotated[Bbox | None, Depends(_bbox)]
"""Parameter type of a list on the map: ``bbox: BboxQuery``."""
