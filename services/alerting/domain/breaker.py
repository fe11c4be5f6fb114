"""Leaving a dead provider alone, so that it costs the messages nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

FAILURES: Final = 5
"""Tries in a row that found nobody there, after which a provider counts as down (our choice)."""
PAUSE_S: Final = 15.0
"""How long it is left alone then, seconds; after that one message tries it (our choice)."""


class Breaker:
    """Whether a provider is worth trying; told what came of every try.

    Told the time like everything here, which is why it is not one of the libraries: those read a
    clock of their own.
    """

    def __init__(self, *, failures: int = FAILURES, pause_s: float = PAUSE_S) -> None:
        self._most = failures
        self._pause = timedelta(seconds=pause_s)
        self._failures = 0
        self._until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the provider is being left alone."""
        return self._until is not None and now < self._until

    def may_try(self, now: datetime) -> bool:
        """Whether to try it; after a pause one caller may, and the others wait for its answer."""
        if self.is_open(now):
            return False
        if self._until is not None:
            self._until = now + self._pause
        return True

    def note(self, *, down: bool, now: datetime) -> None:
        """Says what came of a try; any answer at all ends the pause."""
        if not down:
            self._failures, self._until = 0, None
            return
        self._failures += 1
        if self._failures >= self._most:
            self._until = now + self._pause
