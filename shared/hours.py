"""Opening hours in OpenStreetMap's syntax, evaluated in the place's own time zone.

Unknown is neither open nor closed: no hours given, or hours that say ``unknown``. Public holidays
come from the country where it is known, else ``PH`` rules never apply. Sun times (``sunrise``) are
the library's fixed 07:00 and 19:00, because hours belong to a door, not to coordinates here.

An answer holds until the next change, so it is kept: asking about 339 AEDs costs 339 comparisons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from opening_hours import OpeningHours, State
from opening_hours.opening_hours import (
    ParserError,
    UnknownCountryError,
)
from timezonefinder import TimezoneFinder

HORIZON_DAYS = 366
"""How far the next change is looked for, days; bounds the cost of odd expressions."""

_UTC = ZoneInfo("UTC")  # the library asks for a ZoneInfo, and refuses datetime.UTC
_KEPT = 200_000
"""Answers kept at most; a scenario has tens of thousands of rescuers with few distinct hours."""


class OpeningState(StrEnum):
    """Whether a door is open."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Opening:
    """A state and how long it lasts."""

    state: OpeningState
    until: datetime | None
    """Aware UTC; None when nothing changes within a year, or nothing is known."""


@dataclass(frozen=True, slots=True)
class _Known:
    """An answer that holds for ``since`` ≤ time < ``until``."""

    since: datetime
    until: datetime
    opening: Opening


_STATES = {
    State.OPEN: OpeningState.OPEN,
    State.CLOSED: OpeningState.CLOSED,
    State.UNKNOWN: OpeningState.UNKNOWN,
}
_UNKNOWN = Opening(OpeningState.UNKNOWN, None)
_known: dict[tuple[str, str, str | None], _Known] = {}


@lru_cache(maxsize=20_000)
def _parse(hours: str, time_zone: str, country: str | None) -> OpeningHours:
    zone = _zone(time_zone)
    hours = re.sub(" +", " ", hours.strip(" "))  # the library takes one space, people type two
    try:
        return OpeningHours(hours, timezone=zone, country=country, max_interval_days=HORIZON_DAYS)
    except UnknownCountryError:
        return OpeningHours(hours, timezone=zone, max_interval_days=HORIZON_DAYS)
    except ParserError as error:
        raise ValueError(
            "is not in OpenStreetMap's opening_hours syntax; write for example"
            ' "Mo-Fr 08:00-17:30; PH off" or "24/7", or leave it out when unknown'
        ) from error


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _zone(name: str) -> ZoneInfo:
    validate_time_zone(name)
    return ZoneInfo(name)


def validate_time_zone(name: str) -> str:
    """The same name, when it is an IANA time zone; raises ``ValueError`` with the mend."""
    if name not in _zones():
        raise ValueError("is not a time zone; send an IANA name such as Asia/Shanghai")
    return name


def validate_hours(hours: str) -> str:
    """The same text, when it parses; raises ``ValueError`` with the mend after a semicolon."""
    _parse(hours, "UTC", None)
    return hours


def opening_at(hours: str | None, time_zone: str, country: str | None, at: datetime) -> Opening:
    """Whether it is open at ``at`` (aware), and until when.

    Raises ``ValueError`` when the hours or the time zone do not parse: registers refuse those on
    the way in.
    """
    if hours is None:
        return _UNKNOWN
    key = (hours, time_zone, country)
    known = _known.get(key)
    if known is not None and known.since <= at < known.until:
        return known.opening
    parsed = _parse(hours, time_zone, country)
    moment = at.astimezone(_UTC)
    state = _STATES[parsed.state(moment)[0]]
    change = parsed.next_change(moment)
    until = change.astimezone(UTC) if isinstance(change, datetime) else None
    opening = Opening(state, until)
    if len(_known) >= _KEPT:
        _known.clear()
    _known[key] = _Known(at, until or at + timedelta(days=HORIZON_DAYS // 2), opening)
    return opening


@cache
def _finder() -> TimezoneFinder:
    return TimezoneFinder(in_memory=False)


def time_zone_of(latitude: float, longitude: float) -> str:
    """The IANA time zone of a WGS-84 place; ``Etc/…`` at sea."""
    return _finder().timezone_at(lat=latitude, lng=longitude) or "UTC"
