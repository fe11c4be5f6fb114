"""All that decisions here are made from, for those who plan: read whole, at one moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from services.dispatch.store import Connection, alerts, claims
from services.dispatch.work.histories import Histories
from services.dispatch.work.picture import Picture
from services.dispatch.work.planning import MISSING_FOR
from services.dispatch.work.streets import StreetNetwork
from shared.decision.policy import Policy
from shared.snapshots import Known, known_by


class Whole:
    """The picture with what incidents hold, as a decision about a new call would have it now."""

    def __init__(
        self,
        *,
        picture: Picture,
        policy: Policy,
        histories: Histories,
        streets: StreetNetwork,
    ) -> None:
        self._picture = picture
        self._streets = streets
        self._histories = histories
        self.policy = policy

    async def known(self, connection: Connection, now: datetime) -> Known:
        """Everything, copied by reference: later changes are not in it."""
        await self._histories.refresh(connection, now)
        # No incident has this id: what is held is held by others.
        held, _ = await claims.held(connection, "")
        recent = await alerts.counts_since(
            connection, now - timedelta(days=self.policy.fatigue.window_days)
        )
        gone = await alerts.aeds_not_there(connection, now - MISSING_FOR)
        missing = frozenset(aed for aed, at in gone.items() if not self._checked_since(aed, at))
        snapshot = self._picture.snapshot(
            held=held, alerts_recent=recent, missing_aeds=missing - set(held["aed"])
        )
        return replace(known_by(snapshot), streets=self._streets.in_use.version)

    def _checked_since(self, aed_id: str, at: datetime) -> bool:
        aed = self._picture.aeds.get(aed_id)
        return aed is not None and aed.last_checked_at is not None and aed.last_checked_at > at
