"""Telling whoever accepted, some time after it is over, that they may say how it was.

Once for each task, through the same channels as alerts and with nothing of the incident in it; not
in somebody's quiet hours, not while they are on another task, and not to whoever has left.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from services.dispatch.domain.aftercare import SurveyState, SurveyTimes
from services.dispatch.store import aftercare, alerts
from services.dispatch.store.aftercare import PastAlert
from services.dispatch.work.desk import Desk
from services.dispatch.work.picture import Picture
from shared.contracts.records import RescuerRecord
from shared.contracts.words import MessageKind
from shared.hours import OpeningState, opening_at
from shared.messaging.errors import is_transient
from shared.telemetry.logs import logger

log = logger(__name__)

LASTS_S: Final = 86_400.0
"""How long the message is worth delivering; the survey itself stays open for weeks (our choice)."""
AT_ONCE: Final = 200


class FollowUps:
    """Sends what is due."""

    def __init__(self, desk: Desk, picture: Picture, times: SurveyTimes) -> None:
        self._desk = desk
        self._picture = picture
        self._times = times

    async def look(self) -> int:
        """Looks once; returns how many were told."""
        now = self._desk.clock.now()
        async with self._desk.read() as connection:
            found = await aftercare.not_followed_up(
                connection,
                over_after=now - self._times.after - self._times.open_for,
                over_before=now - self._times.after,
                limit=AT_ONCE,
            )
        told = 0
        for past in found:
            if self._is_due(past, now):
                told += await self._tell(past)
        return told

    async def run(self, every_s: float) -> None:
        """Looks again and again; a database that is away is waited for."""
        while True:
            try:
                told = await self.look()
                if told:
                    log.info("asked how it was", rescuers=told)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("follow-ups not looked for", error=type(error).__name__)
            await asyncio.sleep(every_s)

    def _is_due(self, past: PastAlert, now: datetime) -> bool:
        state = self._times.state(past.alert, past.over_at, past.survey_at is not None, now)
        entry = self._picture.rescuers.get(past.alert.rescuer_id)
        return state is SurveyState.OPEN and entry is not None and welcome(entry.record, now)

    async def _tell(self, past: PastAlert) -> bool:
        async with self._desk.case(past.alert.incident_id, may_be_ended=True) as case:
            alert = next((each for each in case.alerts if each.id == past.alert.id), None)
            if alert is None or await aftercare.is_held(case.connection, alert.rescuer_id):
                return False
            # Of several instances one is first.
            if not await aftercare.note_follow_up(case.connection, alert.id, case.now):
                return False
            await case.message(alert, MessageKind.FOLLOW_UP, lasts_s=LASTS_S)
            await alerts.save(case.connection, alert)
            return True


def welcome(rescuer: RescuerRecord, now: datetime) -> bool:
    """Whether a rescuer may be woken for something that can wait."""
    if not rescuer.alerts_consent:
        return False
    if rescuer.quiet_hours is None:
        return True
    quiet = opening_at(rescuer.quiet_hours, rescuer.time_zone, None, now).state
    return quiet is not OpeningState.OPEN
