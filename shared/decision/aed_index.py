"""AEDs in columns, and the grid of where they hang."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contracts.records import AedRecord
from shared.contracts.words import AedAccess, AedState
from shared.decision.books import HoursBook, ZoneBook
from shared.decision.grid import PointGrid
from shared.decision.names import Slots

SIDE_M = 700.0
FLOOR_UNKNOWN = -32_768
NEVER = 4_000_000
"""A day that never comes: no date of expiry is known."""
IN_SERVICE, STATE_UNKNOWN, OUT_OF_SERVICE = 0, 1, 2
NO_CODE_NEEDED, CODE_KNOWN, CODE_UNKNOWN = 0, 1, 2
_STATES = {
    AedState.IN_SERVICE: IN_SERVICE,
    AedState.UNKNOWN: STATE_UNKNOWN,
    AedState.OUT_OF_SERVICE: OUT_OF_SERVICE,
}
_ACCESS = {
    AedAccess.PUBLIC: 0,
    AedAccess.STAFF: 1,
    AedAccess.PRIVATE: 2,
    AedAccess.UNKNOWN: 3,
}

AED = np.dtype(
    [
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("checked_at", "f8"),  # seconds since 1970; nan: no check is known
        ("hours", "i4"),
        ("zone", "i4"),
        ("pads", "i4"),  # last good day
        ("battery", "i4"),
        ("floor", "i2"),
        ("state", "u1"),
        ("access", "u1"),
        ("code", "u1"),
    ],
    align=True,
)


class AedIndex:
    """AEDs by where they hang."""

    __slots__ = ("_records", "columns", "grid", "hours", "marks", "slots", "zones")

    def __init__(self) -> None:
        self._records: dict[str, AedRecord] = {}
        self.slots = Slots()
        self.grid = PointGrid(SIDE_M)
        self.hours = HoursBook()
        self.zones = ZoneBook()
        self.columns: npt.NDArray[Any] = np.zeros(8, dtype=AED)
        """(slots,) by number of the id."""
        self.marks = np.zeros(8, dtype=np.uint8)
        """(slots,) what a question knows of an AED besides; 0 between questions."""

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def get(self, aed_id: str) -> AedRecord | None:
        """The AED of that id, or None."""
        return self._records.get(aed_id)

    def put(self, record: AedRecord) -> None:
        """Adds or replaces an AED."""
        slot, new = self.slots.take(record.id)
        if slot >= len(self.columns):
            self.columns = np.concatenate([self.columns, np.zeros_like(self.columns)])
            self.marks = np.concatenate([self.marks, np.zeros_like(self.marks)])
        old = self._records.get(record.id)
        place = (record.latitude, record.longitude)
        if old is not None and (old.latitude, old.longitude) != place:
            self.grid.take(old.latitude, old.longitude, slot, 0)
        if new or (old is not None and (old.latitude, old.longitude) != place):
            self.grid.add(*place, slot, 0)
        self._records[record.id] = record
        code = NO_CODE_NEEDED
        if record.code_required:
            code = CODE_KNOWN if record.code_known else CODE_UNKNOWN
        pads, battery = record.pads_expire_on, record.battery_expires_on
        checked = record.last_checked_at
        self.columns[slot] = (
            *place,
            nan if checked is None else checked.timestamp(),
            self.hours.number(record.opening_hours, record.time_zone, record.country),
            self.zones.number(record.time_zone),
            NEVER if pads is None else pads.toordinal(),
            NEVER if battery is None else battery.toordinal(),
            FLOOR_UNKNOWN if record.floor is None else record.floor,
            _STATES[record.state],
            _ACCESS[record.access],
            code,
        )

    def remove(self, aed_id: str) -> None:
        """Forgets an AED."""
        record = self._records.pop(aed_id, None)
        if record is None:
            return
        slot = self.slots.drop(aed_id)
        assert slot is not None
        self.grid.take(record.latitude, record.longitude, slot, 0)
