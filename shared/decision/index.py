"""Where everybody is, by H3 cell: the tables that a decision searches.

Dispatch keeps these current from Kafka's compacted tables, planning fills them from files. Each
update is O(1); a search walks outwards ring by ring. An entry may stand in several cells at once
(a rescuer's live place, home and work): who reads decides which of them counts at that moment, so
that the index itself knows no clock.

Distances are taken by whoever reads; a ring only bounds them. So a place beside a pentagon or on
the antimeridian is found like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import h3.api.basic_int as h3

from shared.contracts.records import AedRecord, PresenceRecord, RescuerRecord, UnitRecord
from shared.contracts.words import PlaceKind
from shared.decision.units_index import UnitIndex

__all__ = [
    "AED_RESOLUTION",
    "RESCUER_RESOLUTION",
    "UNIT_RESOLUTION",
    "AedIndex",
    "CellIndex",
    "RescuerEntry",
    "RescuerIndex",
    "UnitIndex",
    "index_of",
    "rings_within",
]

RESCUER_RESOLUTION = 9
AED_RESOLUTION = 8
UNIT_RESOLUTION = 5

RING_MIN_SHARE = 0.65
"""Narrowest advance per ring ÷ (√3 × average edge): cells differ in size by up to a third, and six
of the twelve directions of a ring of hexagons advance by cos 30° only."""

V = TypeVar("V")


def rings_within(radius_m: float, resolution: int) -> int:
    """How many rings of that resolution surely cover ``radius_m`` metres around a cell."""
    advance_m = 3**0.5 * h3.average_hexagon_edge_length(resolution, "m") * RING_MIN_SHARE
    return int(radius_m / advance_m) + 1


class CellIndex:
    """Which ids are in which cells of one resolution."""

    __slots__ = ("_buckets", "_cells", "resolution")

    def __init__(self, resolution: int) -> None:
        self.resolution = resolution
        self._buckets: dict[int, set[str]] = {}
        self._cells: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def put(self, key: str, cells: Iterable[int]) -> None:
        """Moves ``key`` to these cells (of this index's resolution), from wherever it was."""
        new = tuple(dict.fromkeys(cells))
        old = self._cells.get(key, ())
        if new == old:
            return
        for cell in old:
            bucket = self._buckets[cell]
            bucket.discard(key)
            if not bucket:
                del self._buckets[cell]
        for cell in new:
            self._buckets.setdefault(cell, set()).add(key)
        if new:
            self._cells[key] = new
        else:
            self._cells.pop(key, None)

    def remove(self, key: str) -> None:
        """Forgets ``key``; nothing happens when it was not there."""
        self.put(key, ())

    def rings(self, latitude: float, longitude: float, last: int) -> Iterator[list[str]]:
        """The ids of ring 0, 1, … ``last`` around a place, each ring sorted, each id once."""
        centre = h3.latlng_to_cell(latitude, longitude, self.resolution)
        seen: set[str] = set()
        for k in range(last + 1):
            found: set[str] = set()
            for cell in h3.grid_ring(centre, k):
                bucket = self._buckets.get(cell)
                if bucket:
                    found |= bucket
            found -= seen
            seen |= found
            yield sorted(found)


@dataclass(frozen=True, slots=True)
class CellPlace:
    """The centre of an H3 cell."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class UsualCell:
    """A usual place of a rescuer, ready to be searched."""

    kind: PlaceKind
    hours: str
    place: CellPlace


@dataclass(slots=True)
class RescuerEntry:
    """A rescuer with the places at which a search can find them."""

    record: RescuerRecord
    usual: tuple[UsualCell, ...]
    presence: PresenceRecord | None
    live: CellPlace | None


def _place(cell: int) -> CellPlace:
    latitude, longitude = h3.cell_to_latlng(cell)
    return CellPlace(latitude, longitude)


class RescuerIndex:
    """Rescuers by their live and usual cells.

    Presence may arrive before the profile, and outlive it: the two tables are replayed apart.
    """

    __slots__ = ("_cells", "_entries", "_presence")

    def __init__(self) -> None:
        self._cells = CellIndex(RESCUER_RESOLUTION)
        self._entries: dict[str, RescuerEntry] = {}
        self._presence: dict[str, tuple[PresenceRecord, CellPlace, int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    @property
    def placed(self) -> int:
        """How many live places there are."""
        return len(self._presence)

    def get(self, rescuer_id: str) -> RescuerEntry | None:
        """The rescuer of that id, or None."""
        return self._entries.get(rescuer_id)

    def put(self, record: RescuerRecord) -> None:
        """Adds or replaces a profile."""
        usual = []
        cells = []
        for place in record.places:
            cell = h3.str_to_int(place.cell)
            usual.append(UsualCell(place.kind, place.hours, _place(cell)))
            cells.append(h3.cell_to_parent(cell, RESCUER_RESOLUTION))
        presence = self._presence.get(record.id)
        if presence is not None:
            cells.append(presence[2])
        self._entries[record.id] = RescuerEntry(
            record=record,
            usual=tuple(usual),
            presence=None if presence is None else presence[0],
            live=None if presence is None else presence[1],
        )
        self._cells.put(record.id, cells)

    def remove(self, rescuer_id: str) -> None:
        """Forgets a profile (its presence stays, in case the profile comes back)."""
        self._entries.pop(rescuer_id, None)
        self._cells.remove(rescuer_id)

    def place(self, presence: PresenceRecord) -> None:
        """Takes a live place."""
        cell = h3.str_to_int(presence.cell)
        parent = h3.cell_to_parent(cell, RESCUER_RESOLUTION)
        self._presence[presence.rescuer_id] = (presence, _place(cell), parent)
        self._refresh(presence.rescuer_id)

    def unplace(self, rescuer_id: str) -> None:
        """Forgets a live place."""
        if self._presence.pop(rescuer_id, None) is not None:
            self._refresh(rescuer_id)

    def _refresh(self, rescuer_id: str) -> None:
        entry = self._entries.get(rescuer_id)
        if entry is not None:
            self.put(entry.record)

    def rings(self, latitude: float, longitude: float, radius_m: float) -> Iterator[list[str]]:
        """Ids ring by ring outwards; together they hold everybody within ``radius_m``."""
        return self._cells.rings(latitude, longitude, rings_within(radius_m, RESCUER_RESOLUTION))


R = TypeVar("R", AedRecord, UnitRecord)


class _PlacedIndex(Generic[R]):
    """Records with a coordinate of their own, by cell."""

    __slots__ = ("_cells", "_records")

    def __init__(self, resolution: int) -> None:
        self._cells = CellIndex(resolution)
        self._records: dict[str, R] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def get(self, key: str) -> R | None:
        """The record of that id, or None."""
        return self._records.get(key)

    def put(self, record: R) -> None:
        """Adds or replaces a record."""
        cell = h3.latlng_to_cell(record.latitude, record.longitude, self._cells.resolution)
        self._records[record.id] = record
        self._cells.put(record.id, (cell,))

    def remove(self, key: str) -> None:
        """Forgets a record."""
        self._records.pop(key, None)
        self._cells.remove(key)

    def rings(self, latitude: float, longitude: float, radius_m: float) -> Iterator[list[str]]:
        """Ids ring by ring outwards; together they hold every one within ``radius_m``."""
        last = rings_within(radius_m, self._cells.resolution)
        return self._cells.rings(latitude, longitude, last)


class AedIndex(_PlacedIndex[AedRecord]):
    """AEDs by cell."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(AED_RESOLUTION)


def index_of(
    *,
    rescuers: Iterable[RescuerRecord] = (),
    presence: Iterable[PresenceRecord] = (),
    aeds: Iterable[AedRecord] = (),
    units: Iterable[UnitRecord] = (),
) -> tuple[RescuerIndex, AedIndex, UnitIndex]:
    """Fresh indexes of what files or tests hold."""
    rescuer_index, aed_index, unit_index = RescuerIndex(), AedIndex(), UnitIndex()
    for seen in presence:
        rescuer_index.place(seen)
    for rescuer in rescuers:
        rescuer_index.put(rescuer)
    for aed in aeds:
        aed_index.put(aed)
    for unit in units:
        unit_index.put(unit)
    return rescuer_index, aed_index, unit_index
