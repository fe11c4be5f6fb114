"""What dispatch knows of a rescuer: whether they are on a task, and whether they rest.

Asked when a rescuer looks at their own entry, and never waited for long: with dispatch away the
answer is that it is not known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import httpx

from services.rescuer_location.domain.availability import Duty
from shared.telemetry.logs import logger

log = logger(__name__)

TIMEOUT_S: Final = 1.0


class Duties:
    """Asks dispatch over HTTP, as a service."""

    def __init__(self, client: httpx.AsyncClient, base_urls: list[str]) -> None:
        """``base_urls``: the instances of dispatch; none: there is nobody to ask."""
        self._client = client
        self._base_urls = base_urls

    async def of(self, rescuer_id: str) -> Duty | None:
        """Their duty now; None when dispatch does not answer."""
        for base_url in self._base_urls:
            try:
                answer = await self._client.get(f"{base_url}/duty/{rescuer_id}", timeout=TIMEOUT_S)
                if answer.is_success:
                    said = answer.json()
                    until = said["resting_until"]
                    return Duty(
                        held=bool(said["held"]),
                        resting_until=None if until is None else datetime.fromisoformat(until),
                    )
                log.warning("duty refused", status=answer.status_code)
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                log.warning("dispatch away", error=type(error).__name__)
        return None
