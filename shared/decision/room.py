"""Memory for first decisions, ready before a call comes and used again after it.

What a decision found stays in its room, and whoever tells of it later looks there: nothing is
copied, nothing is allocated while a call waits, and the memory is one that the processor has near.
A room is given to the next decision only when nobody looks into it any more, neither through the
decision nor through a part of one of its arrays.
"""

from __future__ import annotations

import sys
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shared.decision.addresses import addresses
from shared.decision.found import FOUND, FOUND_AED, PASSED
from shared.decision.numbers import QUESTION
from shared.decision.solve import OPTION, PERSON, TIMES

Array = npt.NDArray[Any]

LINE = 64
"""Bytes of a line of the cache; every array begins with one."""
KEPT = 4
"""So many rooms are kept for plans that are still being told."""


class Size(NamedTuple):
    """How many of each a room holds."""

    people: int
    """Who may be asked, at most ``reach.enough``."""
    near: int
    """Who is passed over, AEDs found, AEDs passed over: each so many."""
    aeds: int
    """AEDs considered."""
    aeds_each: int
    """AEDs for which one rescuer has an option."""
    alerts: int
    units: int
    units_considered: int

    def holds(self, other: Size) -> bool:
        """Whether a room of this size serves as well as one of the other."""
        exactly = (self.units, self.units_considered) == (other.units, other.units_considered)
        return exactly and all(mine >= others for mine, others in zip(self, other, strict=True))


class Room:
    """One decision's memory; the names are those of what the compiled steps call them."""

    __slots__ = (
        "around", "at", "counts", "know", "question", "quiet", "raw", "short", "size",
        "standing", "tasks", "units", "ways",
    )  # fmt: skip

    def __init__(self, size: Size) -> None:
        people, near, aeds = size.people, size.near, size.aeds
        units, pairs = size.units, people * aeds
        made: list[tuple[Any, tuple[int, ...]]] = [
            # units: flags, closed, found, nearest, eta, metres, rows, routed, able, picks, reasons,
            # outrun, counts, times, stale hours
            ("u1", (units,)),
            ("u1", (units,)),
            ("f8", (units, 4)),
            ("i8", (2, size.units_considered + 1)),
            ("f8", (units,)),
            ("f8", (units,)),
            *[("i8", (units + 1,))] * 3,
            ("i8", (8,)),
            ("i8", (8,)),
            ("i8", (units + 1,)),
            ("i8", (4,)),
            ("f8", (3,)),
            ("i4", (256,)),
            # around: found, passed, AEDs, AEDs passed
            (FOUND, (people,)),
            (PASSED, (near,)),
            (FOUND_AED, (near,)),
            (PASSED, (near,)),
            # ways
            ("f8", (people,)),
            ("f8", (people,)),
            *[("f8", (pairs,))] * 4,
            # standing: times, weights, states, cpr, shock, arrivals
            ("f8", (TIMES,)),
            ("f8", (TIMES,)),
            ("f8", (2,)),
            ("f8", (2, TIMES)),
            ("f8", (2, TIMES)),
            ("f8", (8, 2)),
            # tasks: people, options, at AED, via, carried, picks, without, slots of who and what
            (PERSON, (people,)),
            (OPTION, (people * (1 + size.aeds_each),)),
            ("f8", (pairs,)),
            ("f8", (pairs,)),
            ("f8", (aeds * 2 * TIMES,)),
            ("i8", (size.alerts + 1,)),
            ("f8", (size.alerts + 1,)),
            ("i8", (size.alerts + 1, 2)),
            # the question itself, the units' question, counts, the shortfall
            (QUESTION, (1,)),
            ("f8", (64,)),
            ("i8", (16,)),
            ("f8", (1,)),
        ]
        sizes = [int(np.prod(shape)) * np.dtype(kind).itemsize for kind, shape in made]
        self.raw = np.zeros(sum(-(-n // LINE) * LINE for n in sizes) + LINE, dtype=np.uint8)
        at = -self.raw.ctypes.data % LINE
        arrays: list[Array] = []
        for (kind, shape), n in zip(made, sizes, strict=True):
            arrays.append(self.raw[at : at + n].view(kind).reshape(shape))
            at += -(-n // LINE) * LINE
        self.size = size
        self.units = tuple(arrays[:15])
        self.around = tuple(arrays[15:19])
        self.ways = tuple(arrays[19:25])
        self.standing = tuple(arrays[25:31])
        self.tasks = tuple(arrays[31:39])
        self.question, self.know, self.counts, self.short = arrays[39:]
        self.at = addresses(arrays)
        """Where they are, for compiled code (``entry``)."""
        del arrays
        self.quiet = sys.getrefcount(self.raw)
        """How many look into it while it is not in use: its own arrays."""

    def serves(self, size: Size) -> bool:
        """Whether it is large enough, and no part of an array is kept anywhere."""
        fits = self.size is size or self.size == size or self.size.holds(size)
        return fits and sys.getrefcount(self.raw) == self.quiet


def _uses(rooms: list[Any], which: int) -> int:
    """How many know a room, this function among them."""
    room = rooms[which]
    return sys.getrefcount(room)


UNUSED = _uses([object()], 0)
"""Only its list knows it. Counted and not written down: it is another number in other Pythons."""


class Rooms:
    """Rooms that are used in turn."""

    __slots__ = ("_lock", "_rooms")

    def __init__(self) -> None:
        self._rooms: list[Room] = []
        self._lock = Lock()

    def take(self, size: Size) -> Room:
        """A room that nobody uses."""
        with self._lock:
            for which in range(len(self._rooms)):
                if _uses(self._rooms, which) == UNUSED and self._rooms[which].serves(size):
                    return self._rooms[which]
            fresh = Room(size)
            self._rooms.insert(0, fresh)
            del self._rooms[KEPT:]
            return fresh


ROOMS = Rooms()
