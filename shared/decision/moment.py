"""What "now" means in somebody's time zone: the date, the period of the day, what is open.

A :class:`Moment` lives for one decision and remembers what it has worked out, because thousands of
records share a handful of opening hours and one or two time zones. A record with hours or a zone
that cannot be read must not stop a decision: such hours are unknown, such a zone is UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from math import inf
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.decision.policy import Period, Response
from shared.hours import OpeningState, opening_at


class Hours(NamedTuple):
    """The state now, and for how many seconds from now it lasts (``inf``: no end known)."""

    state: OpeningState
    lasts_s: float


ALWAYS = Hours(OpeningState.OPEN, inf)
NOT_KNOWN = Hours(OpeningState.UNKNOWN, inf)


class Moment:
    """One instant, looked at from many time zones."""

    __slots__ = ("_hours", "_local", "_response", "now")

    def __init__(self, now: datetime, response: Response) -> None:
        if now.tzinfo is None:
            raise ValueError("now: needs a time zone; use datetime(..., tzinfo=UTC)")
        self.now = now if now.tzinfo is UTC else now.astimezone(UTC)
        self._response = response
        self._hours: dict[tuple[str, str, str | None], Hours] = {}
        self._local: dict[str, datetime] = {}

    def local(self, time_zone: str) -> datetime:
        """Now, on the clocks of that zone."""
        local = self._local.get(time_zone)
        if local is None:
            zone: tzinfo
            try:
                zone = ZoneInfo(time_zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                zone = UTC
            local = self._local[time_zone] = self.now.astimezone(zone)
        return local

    def today(self, time_zone: str) -> date:
        """The date in that zone."""
        return self.local(time_zone).date()

    def is_night(self, time_zone: str) -> bool:
        """Whether the policy's night has begun there, and its day not yet."""
        hour = self.local(time_zone).hour
        day, night = self._response.day.from_hour, self._response.night.from_hour
        if night > day:
            return hour >= night or hour < day
        return night <= hour < day

    @property
    def night_hours(self) -> tuple[int, int]:
        """The hours at which the policy's day and its night begin."""
        return self._response.day.from_hour, self._response.night.from_hour

    def period(self, night: bool) -> Period:
        """The policy's numbers for that part of the day."""
        return self._response.night if night else self._response.day

    def hours(self, opening_hours: str | None, time_zone: str, country: str | None = None) -> Hours:
        """Whether it is open now, by OSM ``opening_hours`` in that zone; None is unknown."""
        if opening_hours is None:
            return NOT_KNOWN
        if opening_hours == "24/7":
            return ALWAYS
        key = (opening_hours, time_zone, country)
        hours = self._hours.get(key)
        if hours is None:
            hours = self._hours[key] = self._look_up(opening_hours, time_zone, country)
        return hours

    def _look_up(self, opening_hours: str, time_zone: str, country: str | None) -> Hours:
        try:
            opening = opening_at(opening_hours, time_zone, country, self.now)
        except (ValueError, LookupError, OSError):
            return NOT_KNOWN
        lasts_s = inf if opening.until is None else (opening.until - self.now).total_seconds()
        return Hours(opening.state, lasts_s)
