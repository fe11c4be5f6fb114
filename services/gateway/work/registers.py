"""Stations and AEDs by name, asked of the services that own them, with the asker's own token."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from services.gateway.domain.ranking import score
from services.gateway.work.forward import Forwarded, Forwarder, NoUpstream
from shared.geometry.distance import great_circle_m
from shared.telemetry.logs import logger

log = logger(__name__)

RANK: Final = 7
"""Beside the map's places: as much as a clinic."""
_LISTS: Final = (("station", "ambulance_stations", "/stations"), ("aed", "aed_registry", "/aeds"))


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A station or AED."""

    kind: str
    """station or aed"""
    id: str
    name: str
    detail: str | None
    latitude: float
    longitude: float
    score: float


class Registers:
    """Asks the registers' own lists (``q``: part of the name or address)."""

    def __init__(self, forwarder: Forwarder, wait_s: float) -> None:
        self._forwarder = forwarder
        self._wait_s = wait_s

    async def find(
        self, question: str, limit: int, near: tuple[float, float] | None, authorization: bytes
    ) -> tuple[list[FoundEntry], list[str]]:
        """What was found, and the services that gave no answer in time."""
        answers = await asyncio.gather(
            *(
                self._ask(service, path, question, limit, authorization)
                for _, service, path in _LISTS
            )
        )
        found: list[FoundEntry] = []
        silent = []
        for (kind, service, _), rows in zip(_LISTS, answers, strict=True):
            if rows is None:
                silent.append(service)
                continue
            found += [_entry(kind, row, question, near) for row in rows]
        return found, silent

    async def _ask(
        self, service: str, path: str, question: str, limit: int, authorization: bytes
    ) -> list[dict[str, Any]] | None:
        target = f"{path}?q={quote(question, safe='')}&limit={limit}"
        request = Forwarded(
            method="GET",
            raw_target=target.encode(),
            headers=[(b"authorization", authorization), (b"accept", b"application/json")],
            extra=[],
            body=b"",
        )
        try:
            async with asyncio.timeout(self._wait_s):
                answer = await self._forwarder.forward(service, request)
                content = b"".join([chunk async for chunk in answer.chunks])
            if answer.status != 200:
                raise ValueError(answer.status)
            items: list[dict[str, Any]] = json.loads(content)["items"]
            return items
        except (NoUpstream, TimeoutError, ValueError, KeyError) as error:
            # The map's names are worth having without them; the answer says who is missing.
            log.warning("search_without", upstream=service, error=type(error).__name__)
            return None


def _entry(
    kind: str, row: dict[str, Any], question: str, near: tuple[float, float] | None
) -> FoundEntry:
    place = row["place"]
    here = place["latitude"], place["longitude"]
    parts = [row.get("address"), row.get("placement")] if kind == "aed" else [row.get("address")]
    return FoundEntry(
        kind=kind,
        id=row["id"],
        name=row["name"],
        detail=", ".join(part for part in parts if part) or None,
        latitude=here[0],
        longitude=here[1],
        score=score(
            question, row["name"], RANK, None if near is None else great_circle_m(*near, *here)
        ),
    )
