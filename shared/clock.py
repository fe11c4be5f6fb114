"""The one place that time comes from.

Services and the launcher take a :class:`Clock` in their composition root and hand ``now`` on to
pure code, so that a test can hold time still and a replay can run it again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """The present moment, an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, an aware datetime in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("start: needs a time zone; use datetime(..., tzinfo=UTC)")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment that the test has set, an aware datetime in UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves time forward by ``seconds``."""
        self._now += timedelta(seconds=seconds)
