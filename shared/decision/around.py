"""Who and what is around the patient: the compiled searches, asked with what is known besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.decision.aed_index import AedIndex
from shared.decision.model import Reason
from shared.decision.moment import Moment
from shared.decision.numbers import REASON_CODES, Record
from shared.decision.policy import Policy
from shared.decision.rescuer_index import RescuerIndex
from shared.decision.search import (
    ASKED,
    FOUND,
    FOUND_AED,
    OURS,
    PASSED,
    aeds_near,
    rescuers_near,
)
from shared.decision.snapshot import Snapshot

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Around:
    """Copies, so that a plan may be told after the indexes have moved on."""

    found: Array
    """``search.FOUND``, by id."""
    ids: list[str]
    """Of those found."""
    passed: Array
    """``search.PASSED``; their ids stand in the index."""
    aeds: Array
    """``search.FOUND_AED``; the first ``close`` are considered, by id."""
    aed_ids: list[str]
    close: int
    aeds_passed: Array

    @classmethod
    def nobody(cls) -> Around:
        """Nobody and nothing: where no volunteer may be sent."""
        return cls(
            found=np.empty(0, dtype=FOUND),
            ids=[],
            passed=np.empty(0, dtype=PASSED),
            aeds=np.empty(0, dtype=FOUND_AED),
            aed_ids=[],
            close=0,
            aeds_passed=np.empty(0, dtype=PASSED),
        )


@dataclass(slots=True)
class Room:
    """Scratch memory of a search; grows when a search asks for more."""

    found: Array
    passed: Array
    stale: npt.NDArray[np.int32]
    blocks: npt.NDArray[np.int32]
    later: npt.NDArray[np.int32]
    later_chord: npt.NDArray[np.float64]

    @classmethod
    def of(cls, found: np.dtype[Any]) -> Room:
        """Room for what a common search finds."""
        return cls(
            found=np.empty(512, dtype=found),
            passed=np.empty(512, dtype=PASSED),
            stale=np.empty(256, dtype=np.int32),
            blocks=np.empty(64, dtype=np.int32),
            later=np.empty(1024, dtype=np.int32),
            later_chord=np.empty(1024),
        )

    def arrays(self, blocks: int) -> tuple[Array, Array, Array, Array]:
        """What a search takes, with room for so many blocks."""
        if blocks > len(self.blocks):
            self.blocks = np.empty(2 * blocks, dtype=np.int32)
        return self.blocks, self.found, self.passed, self.stale

    def grow(self) -> None:
        """Twice the room."""
        self.found = np.empty(2 * len(self.found), dtype=self.found.dtype)
        self.passed = np.empty(2 * len(self.passed), dtype=self.passed.dtype)
        self.later = np.empty(2 * len(self.later), dtype=np.int32)
        self.later_chord = np.empty(len(self.later))


_rooms: dict[str, Room] = {}


def _room(kind: str, dtype: np.dtype[Any]) -> Room:
    room = _rooms.get(kind)
    if room is None:
        room = _rooms[kind] = Room.of(dtype)
    return room


def look_around(
    snapshot: Snapshot,
    moment: Moment,
    policy: Policy,
    record: Record,
    question: Record,
    asked: Mapping[str, Reason],
    aed_marks: Mapping[str, int],
) -> Around:
    """Those who may be asked and what may be fetched, and why the others may not.

    ``asked`` are the rescuers of this incident who are not asked again, ``aed_marks`` what is known
    of AEDs besides (``search.OURS`` or the code of a reason).
    """
    found, passed = rescuers_around(snapshot, moment, policy, record, question, asked)
    aeds, close, shut = aeds_around(snapshot, moment, record, question, aed_marks)
    people, devices = snapshot.rescuers.slots.ids, snapshot.aeds.slots.ids
    return Around(
        found=found,
        ids=[people[slot] for slot in found["slot"].tolist()],
        passed=passed,
        aeds=aeds,
        aed_ids=[devices[slot] for slot in aeds["slot"].tolist()],
        close=close,
        aeds_passed=shut,
    )


def rescuers_around(
    snapshot: Snapshot,
    moment: Moment,
    policy: Policy,
    record: Record,
    question: Record,
    asked: Mapping[str, Reason],
) -> tuple[Array, Array]:
    """``search.rescuers_near`` with the marks of this question: held, fatigued, asked already."""
    index: RescuerIndex = snapshot.rescuers
    numbers, marks = index.slots.numbers, index.marks
    most = policy.fatigue.max_alerts
    tired = [id for id, count in snapshot.alerts_recent.items() if count >= most]
    marked = [slot for slot in map(numbers.get, tired) if slot is not None]
    marks[marked] = REASON_CODES[Reason.FATIGUE]
    held = [slot for slot in map(numbers.get, snapshot.held.rescuers) if slot is not None]
    marks[held] = REASON_CODES[Reason.HELD_BY_INCIDENT]
    marked += held
    for rescuer_id, reason in asked.items():
        if (slot := numbers.get(rescuer_id)) is not None:
            marks[slot] = ASKED + REASON_CODES[reason]
            marked.append(slot)
    room = _room("rescuers", FOUND)
    zones = index.zones.table(moment)
    try:
        while True:  # ends: each time the search is given all that it was missing
            found, passed, more = rescuers_near(
                index.grid.arrays,
                index.grid.step,
                index.columns,
                index.places,
                index.slots.words,
                marks,
                zones,
                index.hours.table,
                record,
                question,
                (*room.arrays(len(index.grid.arrays[2])), room.later, room.later_chord),
            )
            if more == 0:
                return found, passed
            if more < 0:
                room.grow()
            else:
                index.hours.refresh(sorted(set(room.stale[:more].tolist())), moment)
                if more > len(room.stale):
                    room.stale = np.empty(2 * more, dtype=np.int32)
    finally:
        marks[marked] = 0


def aeds_around(
    snapshot: Snapshot,
    moment: Moment,
    record: Record,
    question: Record,
    aed_marks: Mapping[str, int],
) -> tuple[Array, int, Array]:
    """``search.aeds_near`` with the marks of this question: missing, held, ours already."""
    index: AedIndex = snapshot.aeds
    numbers, marks = index.slots.numbers, index.marks
    marked = []
    for ids, code in (
        (snapshot.held.aeds, REASON_CODES[Reason.HELD_BY_INCIDENT]),
        (snapshot.missing_aeds, REASON_CODES[Reason.MISSING]),
    ):
        for aed_id in ids:
            if (slot := numbers.get(aed_id)) is not None:
                marks[slot] = code
                marked.append(slot)
    for aed_id, mark in aed_marks.items():
        slot = numbers.get(aed_id)
        if slot is not None and not (mark == OURS and aed_id in snapshot.missing_aeds):
            marks[slot] = mark
            marked.append(slot)
    room = _room("aeds", FOUND_AED)
    zones = index.zones.table(moment)
    try:
        while True:  # ends: each time the search is given all that it was missing
            found, passed, more = aeds_near(
                index.grid.arrays,
                index.grid.step,
                index.columns,
                index.slots.words,
                marks,
                zones,
                index.hours.table,
                record,
                question,
                room.arrays(len(index.grid.arrays[2])),
            )
            if more < -1:
                return found, -2 - more, passed
            if more < 0:
                room.grow()
            else:
                index.hours.refresh(sorted(set(room.stale[:more].tolist())), moment)
                if more > len(room.stale):
                    room.stale = np.empty(2 * more, dtype=np.int32)
    finally:
        marks[marked] = 0
