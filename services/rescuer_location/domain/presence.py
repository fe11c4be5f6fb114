"""Which positions count, and which of them the rest of the system hears about.

A position counts when its rescuer is known and lets the system know where they are, and when it is
newer than what is known, not stale and not from the future. Of those that count, only a change of
cell is published, and a slow refresh while the rescuer keeps reporting from one cell, so that a
live place does not grow old under somebody who is really there (docs/decisions/0005-presence.md).

State is what was last published plus the newest time seen; cells only, never coordinates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.contracts.records import PositionRecord


class Ignored(StrEnum):
    """Why a position changed nothing. None of these is an error of the sender's to retry."""

    UNKNOWN_RESCUER = "unknown_rescuer"
    NO_CONSENT = "no_consent"
    FUTURE = "future"
    STALE = "stale"
    OUT_OF_ORDER = "out_of_order"


class Standing(StrEnum):
    """Whether the register lets a rescuer's positions count."""

    CONSENTS = "consents"
    WITHHOLDS = "withholds"


@dataclass(frozen=True, slots=True)
class PresencePolicy:
    """How old and how new a position may be, and how often an unchanged one is told again."""

    stale_after_s: float = 900.0
    """An older position says where somebody was, not where they are."""
    future_tolerance_s: float = 60.0
    """Clocks of phones go wrong; more than this ahead would shut out every later position."""
    refresh_after_s: float = 300.0
    """A third of ``stale_after_s``: two refreshes may be lost before a live place grows old."""
    keep_s: float = 7_200.0
    """After this the last cell of somebody who fell silent is deleted (short retention); as long as
    the decision's policy lets a live place count (``places.live_max_age_s``)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one rescuer's whereabouts."""

    cell: str
    """The cell that was published last."""
    published_at: datetime
    """``recorded_at`` of the position that was published last."""
    newest_at: datetime
    """``recorded_at`` of the newest position that counted, published or not."""


@dataclass(frozen=True, slots=True)
class Change:
    """A presence to publish."""

    rescuer_id: str
    cell: str
    recorded_at: datetime
    left_cell: str | None
    """The cell published before, when it was another one."""


@dataclass(slots=True)
class Outcome:
    """What a batch of positions comes to."""

    changes: list[Change] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    """What is known of the rescuers in the batch once the changes are published."""
    ignored: Counter[Ignored] = field(default_factory=Counter)
    unchanged: int = 0
    """Positions that counted and gave nothing to publish."""


def why_ignored(
    position: PositionRecord,
    newest_at: datetime | None,
    standing: Standing | None,
    now: datetime,
    policy: PresencePolicy,
) -> Ignored | None:
    """The reason why a position does not count, or ``None`` when it does."""
    if standing is None:
        return Ignored.UNKNOWN_RESCUER
    if standing is Standing.WITHHOLDS:
        return Ignored.NO_CONSENT
    if position.recorded_at - now > timedelta(seconds=policy.future_tolerance_s):
        return Ignored.FUTURE
    if now - position.recorded_at > timedelta(seconds=policy.stale_after_s):
        return Ignored.STALE
    if newest_at is not None and position.recorded_at <= newest_at:
        return Ignored.OUT_OF_ORDER
    return None


def fold(
    positions: Iterable[PositionRecord],
    known: Mapping[str, Known],
    standings: Mapping[str, Standing],
    now: datetime,
    policy: PresencePolicy,
) -> Outcome:
    """Judges a batch, in its order; at most one change for each rescuer comes out of it.

    ``standings`` holds the rescuers that the register knows. Nothing is changed in place: the
    caller takes over ``Outcome.known`` when the changes are published, and not before.
    """
    outcome = Outcome()
    last: dict[str, PositionRecord] = {}
    for position in positions:
        rescuer_id = position.rescuer_id
        previous = last.get(rescuer_id)
        if previous is not None:
            newest_at: datetime | None = previous.recorded_at
        else:
            before = known.get(rescuer_id)
            newest_at = None if before is None else before.newest_at
        reason = why_ignored(position, newest_at, standings.get(rescuer_id), now, policy)
        if reason is None:
            last[rescuer_id] = position
            outcome.unchanged += 1
        else:
            outcome.ignored[reason] += 1
    for rescuer_id, position in last.items():
        change, after = _step(known.get(rescuer_id), position, policy)
        outcome.known[rescuer_id] = after
        if change is not None:
            outcome.changes.append(change)
            outcome.unchanged -= 1
    return outcome


def _step(
    before: Known | None, position: PositionRecord, policy: PresencePolicy
) -> tuple[Change | None, Known]:
    """What one counted position makes of what was known."""
    at = position.recorded_at
    if (
        before is not None
        and before.cell == position.cell
        and at - before.published_at < timedelta(seconds=policy.refresh_after_s)
    ):
        return None, replace(before, newest_at=at)
    left = before.cell if before is not None and before.cell != position.cell else None
    change = Change(position.rescuer_id, position.cell, at, left)
    return change, Known(cell=position.cell, published_at=at, newest_at=at)


def expired(newest_at: datetime, now: datetime, policy: PresencePolicy) -> bool:
    """Whether a presence is past its retention and must be deleted."""
    return now - newest_at > timedelta(seconds=policy.keep_s)
