"""What the relaying instance does now and then besides: forgetting old inbox rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from shared.clock import Clock
from shared.messaging.inbox import forget_before

EVERY: Final = timedelta(hours=1)
INBOX_KEPT: Final = timedelta(days=14)
"""Twice what the event topics keep, so that no record still in Kafka is forgotten here."""
CHUNK: Final = 10_000


class Housekeeping:
    """Runs about hourly, in chunks that hold no lock for long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: datetime | None = None

    async def maybe(self, connection: Any) -> None:
        """Does what is due; nothing within the hour."""
        now = self._clock.now()
        if self._last is not None and now - self._last < EVERY:
            return
        self._last = now
        while await forget_before(connection, now - INBOX_KEPT, limit=CHUNK) == CHUNK:
            pass
