"""Who and what is around the patient: the compiled searches, asked with what is known besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.decision.aed_index import AedIndex
from shared.decision.entry import GIVEN
from shared.decision.found import ASKED, FOUND, FOUND_AED, OURS, PASSED
from shared.decision.model import Reason
from shared.decision.moment import Moment
from shared.decision.numbers import REASON_CODES, Record
from shared.decision.policy import Policy
from shared.decision.rescuer_index import RescuerIndex
from shared.decision.search import rescuers_near
from shared.decision.search_aeds import aeds_near
from shared.decision.snapshot import Snapshot

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Around:
    """Copies, so that a plan may be told after the indexes have moved on."""

    found: Array
    """``search.FOUND``, by id."""
    ids: Sequence[str]
    """Of those found."""
    passed: Array
    """``search.PASSED``; their ids stand in the index."""
    aeds: Array
    """``search.FOUND_AED``; the first ``close`` are considered, by id."""
    aed_ids: Sequence[str]
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
class Scratch:
    """Scratch memory of the searches; grows when a search asks for more."""

    size: int = 512
    blocks: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(64, dtype=np.int32))
    stale: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(256, dtype=np.int32))
    near: tuple[Array, ...] = ()
    some: tuple[Array, ...] = ()
    given: Array = field(default_factory=lambda: np.empty(GIVEN))
    """A question's numbers (``entry``)."""
    stays: Any = None
    """Of the last first decision: what stays until the next (``seek``)."""

    def __post_init__(self) -> None:
        self.grow(1)

    def grow(self, times: int = 2) -> None:
        """So many times the room."""
        self.size *= times
        size, ring = self.size, 4 * self.size
        chords, numbers = np.empty(size), np.empty((2, size), dtype=np.int32)
        ripe, later = np.empty((2, ring), dtype=np.int32)
        self.near = (chords, *numbers, ripe, np.empty(ring), later, np.empty(ring))
        self.some = (np.empty(size, dtype=FOUND_AED), chords, *numbers)

    def hold(self, blocks: int) -> None:
        """Room for so many blocks of a grid."""
        if blocks > len(self.blocks):
            self.blocks = np.empty(2 * blocks, dtype=np.int32)

    def noted(self, more: int) -> list[int]:
        """The stale hours that a search noted; room for all of them the next time."""
        numbers = sorted(set(self.stale[:more].tolist()))
        if more > len(self.stale):
            self.stale = np.empty(2 * more, dtype=np.int32)
        return numbers


class _Own(local):
    """Each thread its own."""

    def __init__(self) -> None:
        self.scratch = Scratch()


_own = _Own()


def scratch() -> Scratch:
    """Memory for the searches of this thread: one is over before the next begins."""
    return _own.scratch


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
    room = scratch()
    zones = index.zones.table(moment)
    room.hold(len(index.grid.arrays[2]))
    try:
        while True:  # ends: each time the search is given all that it was missing
            found = np.empty(min(int(record["enough"][0]), len(index.columns)), dtype=FOUND)
            passed = np.empty(room.size, dtype=PASSED)
            count, barred, more = rescuers_near(
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
                (room.blocks, room.stale, *room.near),
                found,
                passed,
            )
            if more == 0:
                return found[:count], passed[:barred]
            if more < 0:
                room.grow()
            else:
                index.hours.refresh(room.noted(more), moment)
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
    room = scratch()
    zones = index.zones.table(moment)
    room.hold(len(index.grid.arrays[2]))
    try:
        while True:  # ends: each time the search is given all that it was missing
            found, passed = np.empty(room.size, dtype=FOUND_AED), np.empty(room.size, dtype=PASSED)
            count, close, barred, more = aeds_near(
                index.grid.arrays,
                index.grid.step,
                index.columns,
                index.slots.words,
                marks,
                zones,
                index.hours.table,
                record,
                question,
                (room.blocks, room.stale, *room.some),
                found,
                passed,
            )
            if more == 0:
                return found[:count], close, passed[:barred]
            if more < 0:
                room.grow()
            else:
                index.hours.refresh(room.noted(more), moment)
    finally:
        marks[marked] = 0
