"""What the relay has handed to the producer and not seen acknowledged, lane by lane.

A lane is what must stay in order: a partition, or a key where the key decides the partition. Lanes
do not wait for each other, so one partition whose leader is away holds up nothing but itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LANE_BYTES: Final = 192 * 1024
"""In flight per lane: under the producer's batch size, so that handing over never blocks."""
ENVELOPE_BYTES: Final = 400
"""Headers and framing of a record, generously."""

Row = Mapping[str, Any]


@dataclass(slots=True)
class Sent:
    """A row on its way; ``outcome`` is the producer's future, or the error of handing it over."""

    row: Row
    outcome: asyncio.Future[Any] | BaseException

    @property
    def done(self) -> bool:
        """Whether the outcome is known."""
        return not isinstance(self.outcome, asyncio.Future) or self.outcome.done()

    @property
    def error(self) -> BaseException | None:
        """Why it failed; None when acknowledged. Only once done."""
        if not isinstance(self.outcome, asyncio.Future):
            return self.outcome
        if self.outcome.cancelled():
            return asyncio.CancelledError()
        return self.outcome.exception()


@dataclass(slots=True)
class Lane:
    """Rows of one lane in flight, oldest first."""

    sent: deque[Sent] = field(default_factory=deque)
    bytes: int = 0

    @property
    def closed(self) -> bool:
        """Whether nothing may be added now: enough is in flight, or something has failed."""
        return self.bytes >= LANE_BYTES or any(
            each.done and each.error is not None for each in self.sent
        )


class Lanes:
    """All lanes with something in flight."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}

    def __len__(self) -> int:
        """How many rows are in flight."""
        return sum(len(lane.sent) for lane in self._lanes.values())

    def ids(self) -> list[int]:
        """The ids of all rows in flight."""
        return [each.row["id"] for lane in self._lanes.values() for each in lane.sent]

    def closed(self) -> set[str]:
        """The lanes that take no more rows now."""
        return {name for name, lane in self._lanes.items() if lane.closed}

    def add(self, sent: Sent) -> bool:
        """Notes a row as sent; False when its lane is full now, or failed."""
        lane = self._lanes.setdefault(lane_of(sent.row), Lane())
        lane.sent.append(sent)
        lane.bytes += _size(sent.row)
        return lane.bytes < LANE_BYTES and not (sent.done and sent.error is not None)

    def reap(self) -> tuple[list[Row], list[tuple[Row, BaseException]]]:
        """Takes out what is settled: (acknowledged rows, the first failure of each broken lane).

        Only an acknowledged *prefix* of a lane counts. A lane with a failure is emptied once all of
        it has settled; its rows after the failure go out again, behind the one that failed.
        """
        acknowledged: list[Row] = []
        failed: list[tuple[Row, BaseException]] = []
        for name, lane in list(self._lanes.items()):
            while lane.sent and lane.sent[0].done:
                first = lane.sent[0]
                error = first.error
                if error is not None:
                    if all(each.done for each in lane.sent):
                        for each in list(lane.sent)[1:]:
                            _ = each.error  # retrieved, or asyncio complains about it
                        lane.sent.clear()
                        failed.append((first.row, error))
                    break
                lane.sent.popleft()
                lane.bytes -= _size(first.row)
                acknowledged.append(first.row)
            if not lane.sent:
                del self._lanes[name]
        return acknowledged, failed

    def futures(self) -> Iterator[asyncio.Future[Any]]:
        """What is still awaited."""
        for lane in self._lanes.values():
            for each in lane.sent:
                if isinstance(each.outcome, asyncio.Future) and not each.outcome.done():
                    yield each.outcome

    def abandon(self) -> None:
        """Forgets everything: another instance relays it now."""
        for future in list(self.futures()):
            future.add_done_callback(_retrieve)
        self._lanes.clear()


def lane_of(row: Row) -> str:
    """The lane of a row, as ``LANE_SQL`` in the relay computes it."""
    partition = row["partition"]
    return f"{row['topic']}/{'=' + row['key'] if partition is None else partition}"


def _size(row: Row) -> int:
    value = row["value"]
    return ENVELOPE_BYTES + len(row["key"]) + (0 if value is None else len(value))


def _retrieve(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
