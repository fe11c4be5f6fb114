"""What each rescuer's own alerts say about the next: counted at the start, kept as alerts end.

Nobody polls: a plan first reads what has ended since the last look, in one indexed query that
mostly finds nothing, on whichever instance it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from services.dispatch.store import Connection, histories
from shared.decision.history import History
from shared.decision.policy import Response

OVERLAP = timedelta(seconds=60)
"""How far back each look reaches again: an end is stamped before its commit is seen, and by
another instance's clock. Counting again changes nothing."""

Remember = Callable[[str, History], None]


class Histories:
    """Keeps the index of rescuers told of their histories."""

    def __init__(self, remember: Remember, response: Response) -> None:
        self._remember = remember
        self._response = response
        self._looked_at: datetime | None = None

    async def refresh(self, connection: Connection, now: datetime) -> None:
        """Reads what has ended since the last look; everything within the policy's days at first.

        Alerts that grow older than that leave the count when their rescuer's next one ends, or at
        the next start.
        """
        response = self._response
        found = await histories.read(
            connection,
            now - timedelta(days=response.history_days),
            day_from=response.day.from_hour,
            night_from=response.night.from_hour,
            ended_since=None if self._looked_at is None else self._looked_at - OVERLAP,
        )
        for rescuer_id, history in found.items():
            self._remember(rescuer_id, history)
        self._looked_at = now if self._looked_at is None else max(now, self._looked_at)
