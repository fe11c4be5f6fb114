"""What a rescuer is told and asked once it is over, and who should be talked to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from services.dispatch.domain.aftercare import (
    DebriefState,
    Impact,
    SurveyState,
    SurveyTimes,
    resting_until,
    why_debrief,
)
from services.dispatch.store import aftercare
from services.dispatch.store.aftercare import Debrief, PastAlert
from services.dispatch.work.desk import Desk
from shared.decision.policy import Fatigue
from shared.http.audit import audit
from shared.http.problems import conflict, not_found
from shared.identity.tokens import Identity

WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)
WORDS_KEPT: Final = timedelta(days=365)
"""How long what was said in words is kept: it is about somebody's health (PIPL Art. 28)."""
OF_LATE: Final = timedelta(days=2)
"""How much longer than a survey is open incidents may last, for finding the alerts of open ones."""


@dataclass(frozen=True, slots=True)
class Tiredness:
    """How often somebody was alerted of late."""

    alerts_7d: int
    alerts_30d: int
    alerts_in_window: int
    fatigue: Fatigue
    resting_until: datetime | None


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """A follow-up that waits for an answer."""

    past: PastAlert
    offered_at: datetime
    closes_at: datetime


class Aftercare:
    """History, fatigue, surveys and debriefs."""

    def __init__(self, desk: Desk, fatigue: Fatigue, times: SurveyTimes) -> None:
        self._desk = desk
        self._fatigue = fatigue
        self._times = times

    async def history(
        self, rescuer_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[tuple[PastAlert, SurveyState | None]]:
        """A rescuer's alerts that have ended, newest first, and whether each is asked about."""
        async with self._desk.read() as connection:
            found = await aftercare.past_of(connection, rescuer_id, before=before, limit=limit)
        now = self._desk.clock.now()
        return [(each, self._survey_state(each, now)) for each in found]

    async def tiredness(self, rescuer_id: str) -> Tiredness:
        """The fatigue budget, as the decision counts it."""
        now = self._desk.clock.now()
        window = timedelta(days=self._fatigue.window_days)
        async with self._desk.read() as connection:
            sent = await aftercare.sent_since(connection, rescuer_id, now - max(window, MONTH))
        return Tiredness(
            alerts_7d=sum(now - at <= WEEK for at in sent),
            alerts_30d=sum(now - at <= MONTH for at in sent),
            alerts_in_window=sum(now - at <= window for at in sent),
            fatigue=self._fatigue,
            resting_until=resting_until(sent, self._fatigue, now),
        )

    async def is_held(self, rescuer_id: str) -> bool:
        """Whether an active incident holds a rescuer."""
        async with self._desk.read() as connection:
            return await aftercare.is_held(connection, rescuer_id)

    async def open_surveys(self, rescuer_id: str) -> list[OpenSurvey]:
        """The follow-ups that wait for an answer, newest first."""
        now = self._desk.clock.now()
        since = now - self._times.after - self._times.open_for - OF_LATE
        async with self._desk.read() as connection:
            found = await aftercare.past_since(connection, rescuer_id, since)
        return [
            OpenSurvey(each, each.over_at + self._times.after, self._times.closes_at(each.over_at))
            for each in found
            if each.over_at is not None and self._survey_state(each, now) is SurveyState.OPEN
        ]

    async def answer(self, who: Identity, alert_id: str, answers: dict[str, Any]) -> datetime:
        """Keeps what somebody says about their own task; returns when it was kept.

        404 for another's, 409 when it is not asked (yet, or any more). Said again it replaces.
        """
        async with self._desk.transaction() as connection:
            now = self._desk.clock.now()
            past = await aftercare.past(connection, alert_id)
            if past is None or past.alert.rescuer_id != who.subject:
                raise not_found("survey", alert_id)
            state = self._survey_state(past, now)
            closed = past.over_at is None or now >= self._times.closes_at(past.over_at)
            if state not in (SurveyState.OPEN, SurveyState.ANSWERED) or closed:
                raise conflict(
                    "survey-not-open",
                    "Nothing is asked about this",
                    "GET /me/surveys lists what is asked now.",
                )
            await aftercare.keep_survey(connection, past.alert, answers, now)
            reasons = why_debrief(Impact(answers["impact"]), answers["wants_debrief"])
            await aftercare.ask_for_debrief(
                connection, past.alert, [reason.value for reason in reasons], now
            )
            await aftercare.forget_words(connection, now - WORDS_KEPT)
        return now

    async def debriefs(
        self,
        who: Identity,
        state: DebriefState | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Debrief]:
        """Who should be talked to, newest first; the look is audited."""
        async with self._desk.transaction() as connection:
            found = await aftercare.debriefs(
                connection, state=None if state is None else state.value, before=before, limit=limit
            )
            await audit(
                connection,
                actor=who.actor,
                action="debrief.list",
                subject="*",
                now=self._desk.clock.now(),
                detail={"rows": len(found)},
            )
        return found

    async def move_debrief(
        self, who: Identity, alert_id: str, state: DebriefState, note: str | None
    ) -> Debrief:
        """Says where a talk is; 404 when none is asked for. Audited."""
        async with self._desk.transaction() as connection:
            now = self._desk.clock.now()
            moved = await aftercare.move_debrief(
                connection, alert_id, state.value, note, who.actor, now
            )
            if moved is None:
                raise not_found("debrief", alert_id)
            await audit(
                connection,
                actor=who.actor,
                action=f"debrief.{state.value}",
                subject=alert_id,
                now=now,
            )
        return moved

    def _survey_state(self, past: PastAlert, now: datetime) -> SurveyState | None:
        return self._times.state(past.alert, past.over_at, past.survey_at is not None, now)
