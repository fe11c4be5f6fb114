"""Past incidents with what each decision knew, from dispatch: audited there under who asks."""

from __future__ import annotations

import asyncio
import zlib
from datetime import datetime, timedelta
from typing import Final

import msgspec

from services.planning.domain.runs import Json, ReplayParameters
from services.planning.work.bases import Bases
from shared.http.problems import conflict

AT_ONCE: Final = 4
LOOK_BACK: Final = timedelta(days=30)


class Past:
    """Fetches them."""

    def __init__(self, bases: Bases) -> None:
        self._bases = bases

    async def fetch(self, asked: ReplayParameters, authorization: str, now: datetime) -> bytes:
        """The first decision of each incident, JSON compressed; raises 409 where there is none."""
        until = asked.until or now
        since = min(asked.since or until - LOOK_BACK, until)
        found = await self._bases.get(
            "/incidents/past",
            authorization,
            since=since.isoformat(),
            until=until.isoformat(),
            limit=asked.most,
        )
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(incident: Json) -> Json:
            path = f"/incidents/{incident['incident_id']}/decisions"
            async with gate:
                told = await self._bases.get(path, authorization, first=True)
            return {**incident, "decisions": told["decisions"]}

        incidents = await asyncio.gather(*(one(each) for each in found["incidents"]))
        if not incidents:
            raise conflict(
                "no-incidents",
                "There is nothing to replay",
                f"No incident from {since.isoformat()} to {until.isoformat()} has a plan.",
            )
        document = msgspec.json.encode(incidents)
        return await asyncio.to_thread(zlib.compress, document, 1)
