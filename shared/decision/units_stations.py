"""Stations by id, with what a decision about units asks of all of them kept ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import TypeVar, overload

from shared.contracts.records import StationRecord
from shared.contracts.words import Tier

T = TypeVar("T")

ALWAYS = frozenset({None, "24/7"})
"""Opening hours that close no station: none known, and always."""


class StationTable(MutableMapping[str, StationRecord]):
    """A dictionary of stations that knows its emergency centres and who may be closed.

    Dispatch keeps one; a plain dictionary serves as well, and is looked through at each decision.
    """

    __slots__ = ("_centres", "_known", "_timed")

    def __init__(self, stations: Iterable[StationRecord] = ()) -> None:
        self._known: dict[str, StationRecord] = {}
        self._timed: dict[str, StationRecord] = {}
        self._centres: tuple[StationRecord, ...] = ()
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
            self._timed[key] = station
        self._refresh(old, station)

    def __delitem__(self, key: str) -> None:
        old = self._known.pop(key)
        self._timed.pop(key, None)
        self._refresh(old, None)

    @property
    def centres(self) -> tuple[StationRecord, ...]:
        """The emergency centres."""
        return self._centres

    @property
    def timed(self) -> Mapping[str, StationRecord]:
        """Those with opening hours that can close them."""
        return self._timed

    def _refresh(self, old: StationRecord | None, new: StationRecord | None) -> None:
        if any(one is not None and one.tier is Tier.EMERGENCY_CENTRE for one in (old, new)):
            self._centres = _centres(self._known)


def _centres(stations: Mapping[str, StationRecord]) -> tuple[StationRecord, ...]:
    return tuple(s for s in stations.values() if s.tier is Tier.EMERGENCY_CENTRE)


def centres_of(stations: Mapping[str, StationRecord]) -> tuple[StationRecord, ...]:
    """The emergency centres, in no particular order."""
    return stations.centres if isinstance(stations, StationTable) else _centres(stations)


def timed_of(stations: Mapping[str, StationRecord]) -> Mapping[str, StationRecord]:
    """The stations that may be closed, perhaps with others that are always open."""
    return stations.timed if isinstance(stations, StationTable) else stations
