"""The queue of events: by time, at one instant in the order of their kind, then as they came."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import IntEnum
from typing import Any


class Turn(IntEnum):
    """What goes first at one instant: units become free before calls are placed."""

    UNIT = 0
    PERSON = 1
    PLAN = 2
    CALL = 3


class Events:
    """A heap of things to do."""

    __slots__ = ("_count", "_heap", "now_s")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        self.now_s = 0.0

    def at(self, when_s: float, turn: Turn, what: Callable[..., None], *arguments: Any) -> None:
        """Does something at that time, which is not past."""
        self._count += 1
        heapq.heappush(
            self._heap, (max(when_s, self.now_s), int(turn), self._count, what, arguments)
        )

    def run(self) -> None:
        """Everything, to the end."""
        heap = self._heap
        while heap:
            self.now_s, _, _, what, arguments = heapq.heappop(heap)
            what(*arguments)
