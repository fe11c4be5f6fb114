"""The week as coverage sees it: minutes with the same open doors are one class.

Unknown is neither open nor closed. The week is cut wherever anything opens or closes, to the
minute, so that an hour in which something opens at half past counts by halves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.decision.moment import Moment
from shared.decision.policy import Response
from shared.hours import OpeningState, opening_at
from shared.simulation.world import start_of

Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Hours = tuple[str | None, str, str | None]
"""Opening hours, time zone, country."""

UNKNOWN, OPEN, CLOSED = 0, 1, 2
MINUTES = 7 * 24 * 60
WEEK_H = 168
_CODES = {OpeningState.UNKNOWN: UNKNOWN, OpeningState.OPEN: OPEN, OpeningState.CLOSED: CLOSED}


class Week:
    """States of hours in every minute that is looked at: the minutes of a week, or one moment."""

    def __init__(
        self, as_of: datetime, time_zone: str, at: datetime | None, response: Response
    ) -> None:
        self.start = (at or start_of(as_of, time_zone)).astimezone(UTC)
        """The first minute, in UTC."""
        self.minutes = MINUTES if at is None else 1
        self._response = response
        self._states: dict[Hours, Codes] = {}
        self._nights: dict[str, Codes] = {}

    def states(self, hours: str | None, time_zone: str, country: str | None = None) -> Codes:
        """(minutes,) ``OPEN``, ``CLOSED`` or ``UNKNOWN``; hours that cannot be read are unknown."""
        key = (hours, time_zone, country)
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = self._looked_up(*key)
        return found

    def _looked_up(self, hours: str | None, time_zone: str, country: str | None) -> Codes:
        states = np.full(self.minutes, OPEN if hours == "24/7" else UNKNOWN, np.uint8)
        if hours is None or hours == "24/7":
            return states
        at = 0
        while at < self.minutes:
            moment = self.start + timedelta(minutes=at)
            try:
                opening = opening_at(hours, time_zone, country, moment)
            except (ValueError, LookupError, OSError):
                return np.full(self.minutes, UNKNOWN, np.uint8)
            until = self.minutes
            if opening.until is not None:
                until = min(until, int((opening.until - self.start).total_seconds() // 60))
            until = max(until, at + 1)
            states[at:until] = _CODES[opening.state]
            at = until
        return states

    def night(self, time_zone: str) -> Codes:
        """(minutes,) 1 in the policy's night, by the clocks of that zone."""
        found = self._nights.get(time_zone)
        if found is None:
            steps = range(0, self.minutes, 15)  # zones differ by quarters of an hour at the finest
            parts = [
                Moment(self.start + timedelta(minutes=step), self._response).is_night(time_zone)
                for step in steps
            ]
            found = np.repeat(np.array(parts, np.uint8), 15)[: self.minutes]
            self._nights[time_zone] = found
        return found

    def classes(self, rows: Sequence[Codes] | npt.NDArray[np.uint8]) -> Classes:
        """The classes of minutes in which all of these rows are the same."""
        key = np.zeros(self.minutes, np.int64)
        for row in {row.tobytes(): row for row in rows}.values():
            # Numbered anew after each row, so that the key never grows over the minutes.
            key = np.unique(key * 256 + row, return_inverse=True)[1].ravel()
        _, first, of = np.unique(key, return_index=True, return_inverse=True)
        return Classes(first.astype(np.int64), of.ravel().astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Minutes told apart."""

    first: Ints
    """(classes,) a minute of each, for which everything is worked out."""
    of: Ints
    """(minutes,) the class of each minute."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.first)

    def shares(self) -> Floats:
        """(hours, classes) share of each hour of the week that is of each class; one row for one
        moment."""
        if len(self.of) == 1:
            return np.ones((1, 1))
        hour = np.arange(len(self.of)) // 60
        table = np.bincount(hour * self.count + self.of, minlength=WEEK_H * self.count)
        return table.reshape(WEEK_H, self.count) / 60.0


def same_columns(table: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """One column of each kind (k,), and for each column the kind that it is of."""
    upright = np.ascontiguousarray(table.T)
    if not upright.size:
        return np.zeros(min(1, len(upright)), np.int64), np.zeros(len(upright), np.int64)
    whole = np.dtype((np.void, upright.dtype.itemsize * upright.shape[1]))
    _, first, which = np.unique(upright.view(whole).ravel(), return_index=True, return_inverse=True)
    return first.astype(np.int64), which.ravel().astype(np.int64)
