"""Presence: positions in, changes of cell out; the topic itself is the state.

What is known is the compacted ``presence`` topic, replayed into a table at the start, and on top of
it what this instance has just published and when it last heard of somebody. Nothing precise, and
nothing in a database. Offsets of ``positions`` are committed after the changes are acknowledged: a
crash in between repeats, and a repeated position is out of order and changes nothing.

A change of partition writes the tombstone on the old one first and waits for it: after a crash
between the two the rescuer is not known, and the repeated position is published again. The other
way round it would be known already, and the ghost on the old partition would stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.rescuer_location.domain.presence import (
    Change,
    Known,
    PresencePolicy,
    Standing,
    expired,
    fold,
)
from services.rescuer_location.store import RescuerStore
from services.rescuer_location.work.publisher import (
    PresencePublisher,
    ToPublish,
    partition_of_cell,
)
from shared.clock import Clock
from shared.contracts.records import PositionRecord, PresenceRecord
from shared.messaging.table import Table
from shared.telemetry.metrics import POSITIONS_IN, PRESENCE_CHANGES

TIDY_CHUNK = 5_000
"""Presences looked up in the register at once."""


class Presence:
    """Where rescuers are now, as far as they let it be known."""

    def __init__(
        self,
        *,
        table: Table[PresenceRecord],
        store: RescuerStore,
        publisher: PresencePublisher,
        clock: Clock,
        policy: PresencePolicy,
    ) -> None:
        self.table = table
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._policy = policy
        self._known: dict[str, Known] = {}
        table.on_change(self._follow)

    def cell_of(self, rescuer_id: str) -> str | None:
        """The cell published last for somebody, None when there is none."""
        known = self._known.get(rescuer_id)
        return None if known is None else known.cell

    async def take(self, positions: Sequence[PositionRecord]) -> None:
        """Handles a batch; raises ``Transient`` or a database error when it must be repeated."""
        await self.table.wait_ready()
        standings = await self._store.standings({each.rescuer_id for each in positions})
        outcome = fold(positions, self._known, standings, self._clock.now(), self._policy)
        # Gone from the old partition before it is there on the new one: see above.
        await self._publisher.publish([left for c in outcome.changes for left in _left_behind(c)])
        await self._publisher.publish([_arrival(change) for change in outcome.changes])
        self._known.update(outcome.known)
        for reason, count in outcome.ignored.items():
            POSITIONS_IN.labels(reason.value).inc(count)
        POSITIONS_IN.labels("unchanged").inc(outcome.unchanged)
        POSITIONS_IN.labels("changed").inc(len(outcome.changes))
        PRESENCE_CHANGES.inc(len(outcome.changes))

    async def tidy(self) -> int:
        """Deletes presences past their retention, and of those who do not consent (any more).

        Withdrawing consent deletes at once; this catches a position that was on its way just then,
        and consent that an upload took away. Returns how many were deleted.
        """
        await self.table.wait_ready()
        now = self._clock.now()
        present = dict(self.table.items())
        doomed = [key for key, at in present.items() if expired(at.recorded_at, now, self._policy)]
        others = sorted(present.keys() - set(doomed))
        for start in range(0, len(others), TIDY_CHUNK):
            chunk = others[start : start + TIDY_CHUNK]
            standings = await self._store.standings(chunk)
            doomed += [key for key in chunk if standings.get(key) is not Standing.CONSENTS]
        await self._publisher.publish(
            [
                ToPublish(key, present[key].cell, _not_before(present[key], now), None)
                for key in doomed
            ]
        )
        return len(doomed)

    def _follow(self, key: str, old: PresenceRecord | None, new: PresenceRecord | None) -> None:
        """Takes over what the topic says: replay, our own echo, other instances, deletions."""
        known = self._known.get(key)
        if new is None:
            # A tombstone on a partition that was left says nothing about where they are now.
            if known is not None and old is not None and known.cell == old.cell:
                del self._known[key]
        elif known is None:
            self._known[key] = Known(new.cell, new.recorded_at, new.recorded_at)
        elif new.recorded_at > known.published_at:
            newest_at = max(known.newest_at, new.recorded_at)
            self._known[key] = Known(new.cell, new.recorded_at, newest_at)


def _left_behind(change: Change) -> list[ToPublish]:
    """The tombstone on the old partition, where the change is to another one."""
    left = change.left_cell
    if left is None or partition_of_cell(left) == partition_of_cell(change.cell):
        return []
    return [ToPublish(change.rescuer_id, left, change.recorded_at, None)]


def _arrival(change: Change) -> ToPublish:
    record = PresenceRecord(
        rescuer_id=change.rescuer_id, cell=change.cell, recorded_at=change.recorded_at
    )
    return ToPublish(change.rescuer_id, change.cell, change.recorded_at, record)


def _not_before(record: PresenceRecord, now: datetime) -> datetime:
    """A time for the tombstone that is after what it deletes, whatever the phone's clock said."""
    return max(now, record.recorded_at + timedelta(microseconds=1))
