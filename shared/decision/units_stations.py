"""Stations by id, with what a decision about units asks of all of them kept ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Protocol, TypeVar, overload

import numpy as np
import numpy.typing as npt

from shared.contracts.records import StationRecord
from shared.contracts.words import Tier
from shared.decision.books import NO_HOURS, HoursBook
from shared.decision.moment import Moment
from shared.decision.units_index import UnitIndex
from shared.hours import OpeningState

T = TypeVar("T")

Hours = tuple[str, str, str | None]
"""Opening hours, time zone, country."""

ALWAYS = frozenset({None, "24/7"})
"""Opening hours that close no station: none known, and always."""


class Closed(Protocol):
    """Which stations are closed at a moment."""

    def rows(self, rows: Iterable[int], station_ids: Sequence[str]) -> list[int]:
        """Those of the rows whose station is closed."""
        ...


class _Looked:
    """Looks at each station."""

    __slots__ = ("_moment", "_stations")

    def __init__(self, stations: Mapping[str, StationRecord], moment: Moment) -> None:
        self._stations = stations
        self._moment = moment

    def rows(self, rows: Iterable[int], station_ids: Sequence[str]) -> list[int]:
        return [row for row in rows if self._shut(self._stations.get(station_ids[row]))]

    def _shut(self, station: StationRecord | None) -> bool:
        if station is None or station.opening_hours in ALWAYS:
            return False
        hours = self._moment.hours(station.opening_hours, station.time_zone, station.country)
        return hours.state is OpeningState.CLOSED


class _Numbered:
    """Looks up each kind of hours once: hundreds of stations share a handful."""

    __slots__ = ("_hours", "_known", "_moment", "_timed")

    def __init__(self, timed: Mapping[str, int], hours: Sequence[Hours], moment: Moment) -> None:
        self._timed = timed
        self._hours = hours
        self._moment = moment
        self._known: dict[int | None, bool] = {None: False}

    def rows(self, rows: Iterable[int], station_ids: Sequence[str]) -> list[int]:
        known, timed = self._known, self._timed
        closed = []
        for row in rows if timed else ():
            number = timed.get(station_ids[row])
            shut = known.get(number)
            if shut is None:
                shut = self._look_up(number)
            if shut:
                closed.append(row)
        return closed

    def _look_up(self, number: int | None) -> bool:
        shut = False
        if number is not None:
            shut = self._moment.hours(*self._hours[number]).state is OpeningState.CLOSED
        self._known[number] = shut
        return shut


class StationTable(MutableMapping[str, StationRecord]):
    """A dictionary of stations that knows its emergency centres and who may be closed.

    Dispatch keeps one; a plain dictionary serves as well, and is looked through at each decision.
    """

    __slots__ = ("_by_row", "_centres", "_hours", "_known", "_laid_out", "_timed", "book")

    def __init__(self, stations: Iterable[StationRecord] = ()) -> None:
        self._known: dict[str, StationRecord] = {}
        self._hours: dict[Hours, int] = {}
        self._timed: dict[str, int] = {}
        self._centres: tuple[StationRecord, ...] = ()
        self.book = HoursBook()
        """What the numbers of :meth:`hours_by_row` mean."""
        self._by_row: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._laid_out: tuple[object, int] | None = None
        for station in stations:
            self[station.id] = station

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __getitem__(self, key: str) -> StationRecord:
        return self._known[key]

    @overload
    def get(self, key: str, default: None = None, /) -> StationRecord | None: ...
    @overload
    def get(self, key: str, default: StationRecord | T, /) -> StationRecord | T: ...
    def get(self, key: str, default: T | None = None, /) -> StationRecord | T | None:
        """As of a dictionary."""
        return self._known.get(key, default)

    def __setitem__(self, key: str, station: StationRecord) -> None:
        old = self._known.get(key)
        self._known[key] = station
        if station.opening_hours in ALWAYS:
            self._timed.pop(key, None)
        else:
            hours = (str(station.opening_hours), station.time_zone, station.country)
            self._timed[key] = self._hours.setdefault(hours, len(self._hours))
        self._laid_out = None
        self._refresh(old, station)

    def __delitem__(self, key: str) -> None:
        old = self._known.pop(key)
        self._timed.pop(key, None)
        self._laid_out = None
        self._refresh(old, None)

    @property
    def centres(self) -> tuple[StationRecord, ...]:
        """The emergency centres."""
        return self._centres

    def hours_by_row(self, units: UnitIndex) -> npt.NDArray[np.int32]:
        """(n,) numbers of the hours of each unit's station; not to be written.

        Kept until a station's hours change, or the rows of the units do.
        """
        rows = units.stations  # laid out, if they were not
        laid_out = (units, units.layout)
        if self._laid_out != laid_out:
            number, hours = self.book.number, list(self._hours)
            known = {key: number(*hours[timed]) for key, timed in self._timed.items()}
            self._by_row = np.array([known.get(key, NO_HOURS) for key in rows], dtype=np.int32)
            self._laid_out = laid_out
        return self._by_row

    def closed(self, moment: Moment) -> Closed:
        """Who is closed at that moment, looked up when asked."""
        return _Numbered(self._timed, list(self._hours), moment)

    def _refresh(self, old: StationRecord | None, new: StationRecord | None) -> None:
        if any(one is not None and one.tier is Tier.EMERGENCY_CENTRE for one in (old, new)):
            self._centres = _centres(self._known)


def _centres(stations: Mapping[str, StationRecord]) -> tuple[StationRecord, ...]:
    return tuple(s for s in stations.values() if s.tier is Tier.EMERGENCY_CENTRE)


def centres_of(stations: Mapping[str, StationRecord]) -> tuple[StationRecord, ...]:
    """The emergency centres, in no particular order."""
    return stations.centres if isinstance(stations, StationTable) else _centres(stations)


def closed_of(stations: Mapping[str, StationRecord], moment: Moment) -> Closed:
    """Which stations are closed at that moment."""
    if isinstance(stations, StationTable):
        return stations.closed(moment)
    return _Looked(stations, moment)
