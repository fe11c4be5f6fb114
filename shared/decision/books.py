"""Texts of records as numbers: opening hours and time zones, with what they mean at a moment.

A record keeps the number; compiled code looks up its meaning. Thousands of records share a handful
of hours and one or two zones. What hours mean holds until they change next; hours whose meaning is
not known for a moment are *stale*, and are looked up once when a search meets them.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import inlined
from shared.decision.moment import Hours, Moment
from shared.hours import OpeningState

HOURS = np.dtype(
    [("state", "u1"), ("since", "f8"), ("known_until", "f8"), ("until", "f8")], align=True
)
"""The state holds for ``since`` ≤ t < ``known_until``; ``until`` is the next change (``inf``: no
end known). Seconds since 1970."""
UNKNOWN, OPEN, CLOSED, STALE = 0, 1, 2, 255
_CODES = {OpeningState.UNKNOWN: UNKNOWN, OpeningState.OPEN: OPEN, OpeningState.CLOSED: CLOSED}
NO_HOURS = 0
ALWAYS = 1
_STATES = {code: state for state, code in _CODES.items()}
KNOWN_AHEAD_S = 180 * 86_400.0
"""How long an answer without a next change is kept (the library looks a year ahead)."""


@inlined
def hours_state(hours: npt.NDArray[Any], number: int, now: float) -> int:
    """The state at that time, or ``STALE``."""
    if hours[number].since <= now < hours[number].known_until:
        return int(hours[number].state)
    return 255


class HoursBook:
    """Opening hours in OSM's syntax, each with a zone and a country, by number."""

    __slots__ = ("_keys", "_numbers", "table")

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, str | None], int] = {}
        self._keys: list[tuple[str, str, str | None]] = []
        self.table: npt.NDArray[Any] = np.zeros(8, dtype=HOURS)
        self.table["since"] = np.inf
        self._keys = [("", "", None), ("24/7", "", None)]
        for number, state in ((NO_HOURS, UNKNOWN), (ALWAYS, OPEN)):
            self.table[number] = (state, -np.inf, np.inf, np.inf)

    def number(self, hours: str | None, time_zone: str, country: str | None = None) -> int:
        """The number of these hours; of none at all (unknown), ``NO_HOURS``."""
        if hours is None:
            return NO_HOURS
        if hours == "24/7":
            return ALWAYS
        key = (hours, time_zone, country)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._keys)
            self._keys.append(key)
            if number >= len(self.table):
                more = np.zeros(len(self.table), dtype=HOURS)
                more["since"] = np.inf
                self.table = np.concatenate([self.table, more])
        return number

    def meaning(self, number: int, moment: Moment) -> Hours:
        """What these hours mean at that moment: as known, else looked up."""
        state, since, known_until, until = self.table[number].item()
        now = moment.now.timestamp()
        if since <= now < known_until:
            return Hours(_STATES[state], until - now)
        return moment.hours(*self._keys[number])

    def refresh(self, numbers: Iterable[int], moment: Moment) -> None:
        """Looks up what these hours mean at that moment."""
        now = moment.now.timestamp()
        for number in numbers:
            hours = moment.hours(*self._keys[number])
            known_s = max(1e-3, hours.lasts_s if isfinite(hours.lasts_s) else KNOWN_AHEAD_S)
            self.table[number] = (_CODES[hours.state], now, now + known_s, now + hours.lasts_s)


ZONE = np.dtype([("today", "i4"), ("night", "i4")], align=True)
"""The date there (days as ``date.toordinal`` counts), and whether the policy's night is on."""


class ZoneBook:
    """Time zones by number."""

    __slots__ = ("_known", "_minute", "_names", "_numbers")

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._minute: tuple[int, int, int, int] | None = None
        self._known: npt.NDArray[Any] = np.empty(0, dtype=ZONE)

    def number(self, time_zone: str) -> int:
        """The number of that zone."""
        number = self._numbers.get(time_zone)
        if number is None:
            number = self._numbers[time_zone] = len(self._names)
            self._names.append(time_zone)
        return number

    def name(self, number: int) -> str:
        """The zone of that number."""
        return self._names[number]

    def table(self, moment: Moment) -> npt.NDArray[Any]:
        """What that moment is in each zone; not to be written.

        Clocks everywhere differ by whole minutes, so that dates and hours change on the minute.
        """
        minute = (int(moment.now.timestamp() // 60), *moment.night_hours, len(self._names))
        if minute != self._minute:
            table: npt.NDArray[Any] = np.empty(len(self._names), dtype=ZONE)
            for i, name in enumerate(self._names):
                table[i] = (moment.today(name).toordinal(), moment.is_night(name))
            self._minute = minute
            if not np.array_equal(table, self._known):  # else it stays the very same array
                self._known = table
        return self._known
