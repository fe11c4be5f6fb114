"""What must not be kept any longer is deleted: photos, enrolments that ended, old sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.rescuer_location.domain.codes import DAY
from services.rescuer_location.store import RescuerStore, enrolments, photos, sessions
from shared.clock import Clock
from shared.telemetry.logs import logger

log = logger(__name__)

SESSIONS_FOR: Final = timedelta(days=120)
"""Longer than any token lives (the gateway gives 90 days at most)."""


class Retention:
    """Deletes what is past its time."""

    def __init__(self, store: RescuerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def tidy(self) -> None:
        """Looks once, in one transaction."""
        now = self._clock.now()
        async with self._store.transaction() as connection:
            forgotten = await enrolments.tidy(connection, now, now - DAY)
            deleted = await photos.delete_due(connection, now)
            await sessions.forget(connection, now - SESSIONS_FOR)
        if forgotten or deleted:
            log.info("retention", enrolments=forgotten, photos=deleted)
