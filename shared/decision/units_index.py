"""Units in columns, in the order of their ids: what a search over all of them reads.

Dispatch keeps it current from Kafka's compacted table, planning fills it from files. There are at
most thousands of units, so a search passes over every row once instead of walking a grid. Rows
stand in the order of ids, whatever order the records came in: the lower row wins a tie.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from shared.contracts.records import UnitRecord
from shared.contracts.words import TransportMode, UnitKind, UnitState
from shared.geometry.distance import EARTH_RADIUS_M

FloatArray = npt.NDArray[np.float64]
CodeArray = npt.NDArray[np.uint8]

KIND_CODES = {kind: code for code, kind in enumerate(UnitKind)}
MODE_CODES = {mode: code for code, mode in enumerate(TransportMode)}
STATE_CODES = {state: code for code, state in enumerate(UnitState)}

X, Y, Z, STATE_AT, LATITUDE, LONGITUDE = range(6)
"""Columns of :attr:`UnitIndex.numbers`: the place on the unit sphere, the time of the state in
seconds since 1970, the place in WGS-84 degrees."""
KIND, MODE, STATE, ADVANCED, SHOCKS = range(5)
"""Columns of :attr:`UnitIndex.codes`; ``ADVANCED`` is 1 with advanced life support, ``SHOCKS`` with
a defibrillator."""

BAND_M = 10_000.0
"""How wide a ring of :meth:`UnitIndex.rings` is."""


def on_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The place on the sphere of radius 1: x, y, z."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def is_advanced(record: UnitRecord) -> bool:
    """Whether its crew brings advanced life support; one that says nothing does not."""
    return "als" in record.capabilities


def defibrillates(kind: UnitKind, capabilities: Sequence[str]) -> bool:
    """Whether the unit can shock: ambulances do unless told otherwise, teams when they say so."""
    if kind is UnitKind.AMBULANCE:
        return True
    return bool({"aed", "als", "defibrillator"} & set(capabilities))


class UnitIndex:
    """Units by id, and in columns."""

    __slots__ = (
        "_codes",
        "_ids",
        "_known",
        "_lent",
        "_numbers",
        "_records",
        "_rows",
        "_stale",
        "_stations",
        "layout",
    )

    def __init__(self) -> None:
        self._known: dict[str, UnitRecord] = {}
        self._ids: list[str] = []
        self._records: list[UnitRecord] = []
        self._stations: list[str] = []
        self._rows: dict[str, int] = {}
        self._numbers: FloatArray = np.empty((0, 6))
        self._codes: CodeArray = np.empty((0, 5), dtype=np.uint8)
        self._stale = False
        self._lent = False
        self.layout = 0
        """Another number whenever a row has become another unit, or a unit has another station."""

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def get(self, key: str) -> UnitRecord | None:
        """The record of that id, or None."""
        return self._known.get(key)

    def put(self, record: UnitRecord) -> None:
        """Adds or replaces a record; a known unit's row is written in place."""
        new = record.id not in self._known
        self._known[record.id] = record
        if self._stale:
            return
        if not new:
            self._write(self._rows[record.id], record)
        elif len(self._ids) == 0:
            # The first of many, most likely: all of them are laid out when somebody searches.
            self._stale = True
        else:
            self._insert(record)

    def remove(self, key: str) -> None:
        """Forgets a record; nothing happens when it was not there."""
        if self._known.pop(key, None) is not None:
            self._stale = True

    @property
    def numbers(self) -> FloatArray:
        """(n, 6) by row; see the names of the columns. Not to be written."""
        self._lay_out()
        return self._numbers

    @property
    def codes(self) -> CodeArray:
        """(n, 5) by row; see the names of the columns. Not to be written."""
        self._lay_out()
        return self._codes

    @property
    def records(self) -> Sequence[UnitRecord]:
        """The records by row, as they are now: what changes later is not in it."""
        self._lay_out()
        self._lent = True
        return self._records

    @property
    def stations(self) -> Sequence[str]:
        """The ids of their stations by row. Not to be kept."""
        self._lay_out()
        return self._stations

    @property
    def rows(self) -> Mapping[str, int]:
        """Id → row."""
        self._lay_out()
        return self._rows

    def rings(self, latitude: float, longitude: float, radius_m: float) -> Iterator[list[str]]:
        """Ids in bands of 10 km outwards, each sorted; together all within ``radius_m``."""
        if not self._known:
            return
        here = np.array(on_sphere(latitude, longitude))
        chord = np.sqrt(((self.numbers[:, :3] - here) ** 2).sum(axis=1))
        metres = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2, 1.0))
        for band in range(int(radius_m / BAND_M) + 1):
            inside = (metres <= radius_m) & ((metres // BAND_M).astype(np.int64) == band)
            yield [self._ids[row] for row in np.flatnonzero(inside)]

    def _lay_out(self) -> None:
        """Makes all rows anew, where there have been too many changes for one at a time."""
        if not self._stale:
            return
        self._ids = sorted(self._known)
        self._records = [self._known[key] for key in self._ids]
        self._stations = [record.station_id for record in self._records]
        self._lent = False
        self.layout += 1
        self._rows = {key: row for row, key in enumerate(self._ids)}
        self._numbers = np.empty((len(self._ids), 6))
        self._codes = np.empty((len(self._ids), 5), dtype=np.uint8)
        for row, record in enumerate(self._records):
            self._write(row, record)
        self._stale = False

    def _insert(self, record: UnitRecord) -> None:
        row = bisect_left(self._ids, record.id)
        self._ids.insert(row, record.id)
        self._own()
        self._records.insert(row, record)
        self._stations.insert(row, record.station_id)
        self.layout += 1
        self._rows = {key: number for number, key in enumerate(self._ids)}
        self._numbers = np.insert(self._numbers, row, 0.0, axis=0)
        self._codes = np.insert(self._codes, row, 0, axis=0)
        self._write(row, record)

    def _own(self) -> None:
        if self._lent:
            self._records = self._records.copy()
            self._lent = False

    def _write(self, row: int, record: UnitRecord) -> None:
        self._own()
        self._records[row] = record
        if self._stations[row] != record.station_id:
            self._stations[row] = record.station_id
            self.layout += 1
        self._numbers[row] = (
            *on_sphere(record.latitude, record.longitude),
            record.state_at.timestamp(),
            record.latitude,
            record.longitude,
        )
        self._codes[row] = (
            KIND_CODES[record.kind],
            MODE_CODES[record.mode],
            STATE_CODES[record.state],
            is_advanced(record),
            defibrillates(record.kind, record.capabilities),
        )
