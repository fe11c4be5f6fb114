"""What a rescuer is told and asked once it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.dispatch.domain.models import Alert
from shared.contracts.words import AlertState
from shared.decision.policy import Fatigue


class Said(StrEnum):
    """What somebody answered to an alert."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_ANSWERED = "not_answered"
    NOT_DELIVERED = "not_delivered"
    CALLED_OFF = "called_off"
    """Stood down before there was an answer."""


class Outcome(StrEnum):
    """What became of an accepted task."""

    ARRIVED = "arrived"
    STOOD_DOWN = "stood_down"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    """The incident ended while they were on their way."""


_NOT_ACCEPTED = {
    AlertState.DECLINED: Said.DECLINED,
    AlertState.TIMED_OUT: Said.NOT_ANSWERED,
    AlertState.UNDELIVERED: Said.NOT_DELIVERED,
}
_ACCEPTED = frozenset(
    {
        AlertState.ACCEPTED,
        AlertState.AED_COLLECTED,
        AlertState.ARRIVED,
        AlertState.WITHDRAWN,
    }
)


def said_of(alert: Alert) -> Said:
    """What was answered to an alert that has ended."""
    if alert.state in _NOT_ACCEPTED:
        return _NOT_ACCEPTED[alert.state]
    if alert.state in _ACCEPTED:
        return Said.ACCEPTED
    # A stand-down keeps no other trace of a yes than the answer's time.
    if alert.state is AlertState.STOOD_DOWN:
        return Said.CALLED_OFF if alert.answered_at is None else Said.ACCEPTED
    return Said.NOT_ANSWERED


def outcome_of(alert: Alert) -> Outcome | None:
    """What became of it; None for what was never accepted."""
    if said_of(alert) is not Said.ACCEPTED:
        return None
    if alert.arrived_at is not None:
        return Outcome.ARRIVED
    if alert.state is AlertState.WITHDRAWN:
        return Outcome.WITHDRAWN
    return Outcome.STOOD_DOWN if alert.state is AlertState.STOOD_DOWN else Outcome.ENDED


def resting_until(sent: list[datetime], fatigue: Fatigue, now: datetime) -> datetime | None:
    """Until when the fatigue budget is used up; None when there is some of it left.

    ``sent``: when this rescuer was alerted, of late. The same count as the decision's
    (``store.alerts.tired_since``): so many alerts within the policy's days.
    """
    window = timedelta(days=fatigue.window_days)
    if fatigue.max_alerts == 0:
        return now + window  # a policy that alerts nobody
    recent = sorted((at for at in sent if now - at <= window), reverse=True)
    if len(recent) < fatigue.max_alerts:
        return None
    return recent[fatigue.max_alerts - 1] + window


class Impact(StrEnum):
    """How it weighs on somebody, as asked after volunteer responses (JACC 2020, DOMAIN §2)."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class WhyDebrief(StrEnum):
    """Why somebody should be talked to."""

    SEVERE_IMPACT = "severe_impact"
    ASKED_FOR = "asked_for"


def why_debrief(impact: Impact, wants_debrief: bool) -> list[WhyDebrief]:
    """Why; nothing when there is no reason to."""
    reasons = []
    if impact is Impact.SEVERE:
        reasons.append(WhyDebrief.SEVERE_IMPACT)
    if wants_debrief:
        reasons.append(WhyDebrief.ASKED_FOR)
    return reasons


class DebriefState(StrEnum):
    """Where the talk is."""

    OPEN = "open"
    CONTACTED = "contacted"
    DONE = "done"


class SurveyState(StrEnum):
    """Whether somebody may say how it was."""

    LATER = "later"
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SurveyTimes:
    """When a follow-up is offered: not at once, and not for ever."""

    after: timedelta
    """From the incident's end (90 minutes: Heartrunner, DOMAIN §2)."""
    open_for: timedelta

    def state(
        self, alert: Alert, over_at: datetime | None, answered: bool, now: datetime
    ) -> SurveyState | None:
        """Of an alert whose incident was over at ``over_at``; None where nothing is asked.

        Who has answered may answer again while it is open: the newest answer counts.
        """
        if alert.active or said_of(alert) is not Said.ACCEPTED:
            return None
        if over_at is None or now < over_at + self.after:
            return SurveyState.LATER
        if answered:
            return SurveyState.ANSWERED
        return SurveyState.OPEN if now < self.closes_at(over_at) else SurveyState.CLOSED

    def closes_at(self, over_at: datetime) -> datetime:
        """When it is not asked any more."""
        return over_at + self.after + self.open_for
