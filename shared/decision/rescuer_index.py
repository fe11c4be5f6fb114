"""Rescuers in columns: what a search needs of each, and the grid of where they may be.

Dispatch keeps it current from Kafka's compacted tables, planning fills it from files. A rescuer
stands in the grid with each of their places (live, and usual ones); the search decides which of
them counts at its moment, so that the index itself knows no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from shared.contracts.records import PresenceRecord, RescuerRecord
from shared.contracts.words import PlaceKind, RescuerState
from shared.decision.books import HoursBook, ZoneBook
from shared.decision.grid import PointGrid
from shared.decision.history import History
from shared.decision.model import Reason
from shared.decision.names import Slots
from shared.decision.numbers import MODE_CODES, REASON_CODES

SIDE_M = 200.0
"""Squares of the grid: a dense place has some hundred rescuers in a search, a sparse one some
hundred squares."""

RESCUER = np.dtype(
    [
        ("live_at", "f8"),  # seconds since 1970
        ("first", "i4"),  # of the places: the live one, then the usual ones
        ("expires", "i4"),  # last valid day, as date.toordinal counts
        ("quiet", "i4"),  # number of the quiet hours; -1 none
        ("zone", "i4"),
        ("usual", "i2"),  # how many usual places
        ("room", "i2"),  # how many there is room for
        ("early", "u1"),  # reason that bars before the credential's date is looked at; 255 none
        ("late", "u1"),  # reason that bars after it; 255 none
        ("mode", "u1"),
        ("live", "u1"),  # whether there is a live place, with the owner's consent
        ("hours_1", "i4"),  # of the first two usual places
        ("hours_2", "i4"),
        ("asked_day", "f4"),
        ("accepted_day", "f4"),
        ("asked_night", "f4"),
        ("accepted_night", "f4"),
        ("accepted", "f4"),
        ("arrived", "f4"),
    ],
    align=True,
)
"""One line of a processor's cache: a search looks at hundreds that nobody has touched lately."""
PLACE = np.dtype(
    [("latitude", "f8"), ("longitude", "f8"), ("hours", "i4"), ("kind", "i4")], align=True
)
COUNTS = (
    "asked_day",
    "accepted_day",
    "asked_night",
    "accepted_night",
    "accepted",
    "arrived",
)
NONE = 255
LIVE, HOME, WORK, OTHER = 0, 1, 2, 3
_KINDS = {PlaceKind.HOME: HOME, PlaceKind.WORK: WORK, PlaceKind.OTHER: OTHER}


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


def _place(cell: str) -> CellPlace:
    latitude, longitude = h3.cell_to_latlng(h3.str_to_int(cell))
    return CellPlace(latitude, longitude)


def _lines(count: int) -> npt.NDArray[Any]:
    """(count,) empty rows of ``RESCUER``, each of which is one line of the cache."""
    line = RESCUER.itemsize
    raw = np.zeros((count + 1) * line, dtype=np.uint8)
    start = -raw.ctypes.data % line
    rows: npt.NDArray[Any] = raw[start : start + count * line].view(RESCUER)
    return rows


def _bars(record: RescuerRecord) -> tuple[int, int]:
    """Reasons in the record itself, before and after its credential's date is looked at."""
    early = late = NONE
    if record.state is RescuerState.SUSPENDED:
        early = REASON_CODES[Reason.SUSPENDED]
    elif record.state is not RescuerState.VERIFIED:
        early = REASON_CODES[Reason.NOT_VERIFIED]
    elif record.credential_expires_on is None:
        early = REASON_CODES[Reason.NO_CREDENTIAL]
    if not record.alerts_consent:
        late = REASON_CODES[Reason.NO_CONSENT]
    elif not record.available:
        late = REASON_CODES[Reason.UNAVAILABLE]
    return early, late


class RescuerIndex:
    """Rescuers by where they may be.

    Presence may arrive before the profile, and outlive it: the two tables are replayed apart.
    """

    __slots__ = (
        "_entries",
        "_free",
        "_history",
        "_places_used",
        "_presence",
        "columns",
        "grid",
        "hours",
        "marks",
        "places",
        "slots",
        "zones",
    )

    def __init__(self) -> None:
        self._entries: dict[str, RescuerEntry] = {}
        self._presence: dict[str, tuple[PresenceRecord, CellPlace]] = {}
        self._history: dict[str, History] = {}
        self._free: dict[int, list[int]] = {}
        self._places_used = 0
        self.slots = Slots()
        self.grid = PointGrid(SIDE_M)
        self.hours = HoursBook()
        self.zones = ZoneBook()
        self.columns: npt.NDArray[Any] = _lines(8)
        """(slots,) by number of the id."""
        self.places: npt.NDArray[Any] = np.zeros(16, dtype=PLACE)
        self.marks = np.zeros(8, dtype=np.uint8)
        """(slots,) what a question knows of a rescuer besides; 0 between questions."""

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
        """Adds or replaces a profile; raises ``ValueError`` for a place that is no H3 cell."""
        usual = tuple(UsualCell(p.kind, p.hours, _place(p.cell)) for p in record.places)
        presence = self._presence.get(record.id)
        seen, live = (None, None) if presence is None else presence
        old = self._entries.get(record.id)
        slot, _ = self.slots.take(record.id)
        self._make_room(slot)
        if old is not None:
            self._lift(slot, old)
        self._entries[record.id] = RescuerEntry(record, usual, seen, live)
        early, late = _bars(record)
        row = self.columns[slot]
        if old is None or row["room"] < len(usual):
            first, room = self._block(slot, old, len(usual))
        else:
            first, room = int(row["first"]), int(row["room"])
        quiet = record.quiet_hours
        hours = [self.hours.number(place.hours, record.time_zone) for place in usual]
        self.columns[slot] = (
            0.0,
            first,
            0 if record.credential_expires_on is None else record.credential_expires_on.toordinal(),
            -1 if quiet is None else self.hours.number(quiet, record.time_zone),
            self.zones.number(record.time_zone),
            len(usual),
            room,
            early,
            late,
            MODE_CODES[record.transport_mode],
            0,
            *(*hours, 0, 0)[:2],
            *_counts(self._history.get(record.id)),
        )
        for number, place in enumerate(usual, start=1):
            at, kind = place.place, _KINDS[place.kind]
            self.places[first + number] = (at.latitude, at.longitude, hours[number - 1], kind)
            self.grid.add(at.latitude, at.longitude, slot, number)
        self._set_live(slot, record, seen, live)

    def remove(self, rescuer_id: str) -> None:
        """Forgets a profile (its presence stays, in case the profile comes back)."""
        entry = self._entries.pop(rescuer_id, None)
        if entry is None:
            return
        slot = self.slots.numbers[rescuer_id]
        self._lift(slot, entry)
        row = self.columns[slot]
        self._free.setdefault(int(row["room"]), []).append(int(row["first"]))
        self.slots.drop(rescuer_id)

    def place(self, presence: PresenceRecord) -> None:
        """Takes a live place; raises ``ValueError`` for what is no H3 cell."""
        live = _place(presence.cell)
        self._presence[presence.rescuer_id] = (presence, live)
        self._move(presence.rescuer_id, presence, live)

    def unplace(self, rescuer_id: str) -> None:
        """Forgets a live place."""
        if self._presence.pop(rescuer_id, None) is not None:
            self._move(rescuer_id, None, None)

    def remember(self, rescuer_id: str, history: History | None) -> None:
        """Takes what is known of a rescuer's own alerts (None: nothing any more)."""
        if history is None:
            self._history.pop(rescuer_id, None)
        else:
            self._history[rescuer_id] = history
        slot = self.slots.numbers.get(rescuer_id)
        if slot is not None:
            row = self.columns[slot]
            for name, value in zip(COUNTS, _counts(history), strict=True):
                row[name] = value

    def history(self, rescuer_id: str) -> History | None:
        """What is known of a rescuer's own alerts; None for nothing."""
        return self._history.get(rescuer_id)

    def _move(
        self, rescuer_id: str, presence: PresenceRecord | None, live: CellPlace | None
    ) -> None:
        entry = self._entries.get(rescuer_id)
        if entry is None:
            return
        slot = self.slots.numbers[rescuer_id]
        if entry.live is not None:
            self.grid.take(entry.live.latitude, entry.live.longitude, slot, LIVE)
        entry.presence, entry.live = presence, live
        self._set_live(slot, entry.record, presence, live)

    def _set_live(
        self,
        slot: int,
        record: RescuerRecord,
        presence: PresenceRecord | None,
        live: CellPlace | None,
    ) -> None:
        row = self.columns[slot]
        row["live"] = live is not None and record.location_consent
        if live is not None and presence is not None:
            row["live_at"] = presence.recorded_at.timestamp()
            self.places[int(row["first"])] = (live.latitude, live.longitude, 0, LIVE)
            self.grid.add(live.latitude, live.longitude, slot, LIVE)

    def _lift(self, slot: int, entry: RescuerEntry) -> None:
        """Takes all places of an entry out of the grid."""
        for number, place in enumerate(entry.usual, start=1):
            self.grid.take(place.place.latitude, place.place.longitude, slot, number)
        if entry.live is not None:
            self.grid.take(entry.live.latitude, entry.live.longitude, slot, LIVE)

    def _make_room(self, slot: int) -> None:
        if slot >= len(self.columns):
            columns = _lines(2 * len(self.columns))
            columns[: len(self.columns)] = self.columns
            self.columns = columns
            self.marks = np.concatenate([self.marks, np.zeros_like(self.marks)])

    def _block(self, slot: int, old: RescuerEntry | None, usual: int) -> tuple[int, int]:
        """Room for one live and so many usual places; gives back what there was."""
        if old is not None:
            row = self.columns[slot]
            self._free.setdefault(int(row["room"]), []).append(int(row["first"]))
        free = self._free.get(usual)
        if free:
            return free.pop(), usual
        first = self._places_used
        self._places_used += usual + 1
        while self._places_used > len(self.places):
            self.places = np.concatenate([self.places, np.zeros_like(self.places)])
        return first, usual


def _counts(history: History | None) -> tuple[float, ...]:
    if history is None:
        return (0.0,) * 6
    return (
        history.asked_day,
        history.accepted_day,
        history.asked_night,
        history.accepted_night,
        history.accepted,
        history.arrived,
    )
