"""A cabinet's code, asked of the register at the moment when a rescuer may have it.

Codes never travel through Kafka. The register may be away: the rescuer then goes without, and is
told to ask at the door; nothing waits for it.
"""

from __future__ import annotations

import httpx
import structlog

log = structlog.get_logger()


class AedCodes:
    """Asks the AED register for codes, over HTTP as a service."""

    def __init__(self, client: httpx.AsyncClient, base_urls: list[str]) -> None:
        self._client = client
        self._base_urls = base_urls

    async def code_of(self, aed_id: str) -> str | None:
        """The code of an AED's cabinet; None when it has none or the register does not answer."""
        for base_url in self._base_urls:
            try:
                answer = await self._client.get(f"{base_url}/aeds/{aed_id}/access", timeout=1.0)
            except httpx.HTTPError as error:
                log.warning("aed_register_away", error=type(error).__name__)
                continue
            if answer.status_code == httpx.codes.OK:
                code = answer.json().get("access_code")
                return code if isinstance(code, str) else None
            log.warning("aed_code_refused", status=answer.status_code)
        return None
