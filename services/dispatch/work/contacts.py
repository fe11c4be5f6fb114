"""Rescuers' names and numbers, asked of their register when somebody has to telephone.

Dispatch keeps none of them. The register may be away: the plan to be phoned out then has ids only,
and says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import httpx
import structlog

log = structlog.get_logger()

WAIT_S = 2.0
"""The plan without numbers is shown after that; the register answers in milliseconds."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How to call one rescuer."""

    name: str | None
    phone: str | None


class Contacts:
    """Asks the rescuers' register, over HTTP as a service."""

    def __init__(self, client: httpx.AsyncClient, base_urls: list[str]) -> None:
        self._client = client
        self._base_urls = base_urls

    async def of(
        self, rescuer_ids: Collection[str], *, incident_id: str, asked_by: str
    ) -> dict[str, Contact] | None:
        """Who of them can be called how, by id; None when the register does not answer."""
        if not rescuer_ids:
            return {}
        asked = {
            "rescuer_ids": sorted(rescuer_ids),
            "incident_id": incident_id,
            "asked_by": asked_by,
        }
        for base_url in self._base_urls:
            try:
                answer = await self._client.post(
                    f"{base_url}/rescuers/contacts", json=asked, timeout=WAIT_S
                )
            except httpx.HTTPError as error:
                log.warning("rescuer_register_away", error=type(error).__name__)
                continue
            if answer.status_code == httpx.codes.OK:
                return {
                    each["id"]: Contact(name=each["name"], phone=each["phone"])
                    for each in answer.json()["contacts"]
                }
            log.warning("contacts_refused", status=answer.status_code)
        return None
