"""Afterwards: a rescuer's own history, fatigue and surveys; debriefs for those who look after them.

Nothing here says where a patient was, or who: an ended task is over for its rescuer as well.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.dispatch.api.cursors import before_of, cursor_of
from services.dispatch.api.tasks import AlertId
from services.dispatch.domain.aftercare import (
    DebriefState,
    Impact,
    Outcome,
    Said,
    SurveyState,
    WhyDebrief,
    outcome_of,
    said_of,
)
from services.dispatch.store.aftercare import Debrief
from services.dispatch.work.aftercare import Aftercare
from shared.contracts.words import Task
from shared.http.auth import requires
from shared.http.paging import Page, PageParams, PageQuery
from shared.http.parts import use
from shared.http.problems import problems
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN, Strict, Text
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("aftercare")

Rescuer = Annotated[Identity, requires(Role.RESCUER)]
Carer = Annotated[Identity, requires(Role.DISPATCHER, Role.REGISTRAR)]
TheAftercare = Annotated[Aftercare, use(Aftercare)]


class HistoryItem(BaseModel):
    """An alert that is over."""

    model_config = ConfigDict(extra="forbid", title="PastAlert")

    alert_id: str
    at: datetime = Field(description="When it was sent")
    kind: Task = Field(description="What was asked")
    answer: Said
    outcome: Outcome | None = Field(description="null where it was not accepted")
    answered_at: datetime | None
    collected_at: datetime | None = Field(description="When the AED was in their hands")
    arrived_at: datetime | None
    ended_at: datetime
    survey: SurveyState | None = Field(description="null where nothing is asked afterwards")


class HistoryOut(BaseModel):
    """Past alerts, newest first."""

    model_config = ConfigDict(extra="forbid", title="History")

    items: list[HistoryItem]
    next_before: str | None = Field(description="`before` of the next page; null on the last")


class Budget(BaseModel):
    """How many alerts the policy allows in how many days."""

    model_config = ConfigDict(extra="forbid", title="FatigueBudget")

    max_alerts: int
    window_days: int
    left: int


class FatigueOut(BaseModel):
    """How often somebody was alerted of late."""

    model_config = ConfigDict(extra="forbid", title="Fatigue")

    alerts_7d: int
    alerts_30d: int
    budget: Budget
    resting_until: datetime | None = Field(
        description="No further alerts before; null while some of the budget is left"
    )


class DutyOut(BaseModel):
    """What dispatch knows of a rescuer, for the service that tells them whether they count."""

    model_config = ConfigDict(extra="forbid", title="Duty")

    rescuer_id: str
    held: bool = Field(description="On a task, or asked for one, now")
    resting_until: datetime | None


class SurveyOffer(BaseModel):
    """A follow-up that waits for an answer."""

    model_config = ConfigDict(extra="forbid")

    alert_id: str
    at: datetime = Field(description="When the alert was sent")
    kind: Task
    arrived_at: datetime | None
    offered_at: datetime
    closes_at: datetime


class SurveysOut(BaseModel):
    """The follow-ups that wait, newest first."""

    model_config = ConfigDict(extra="forbid", title="Surveys")

    items: list[SurveyOffer]


class SurveyIn(Strict):
    """How it was, and how they are."""

    model_config = ConfigDict(hide_input_in_errors=True)

    arrived: bool
    cpr: bool = Field(description="They gave chest compressions or breaths")
    shock: bool = Field(description="They, or somebody with them, gave a shock")
    reached_patient_before_ambulance: bool | None = Field(
        default=None, description="null: they do not know"
    )
    impact: Impact = Field(description="How much it weighs on them")
    wants_debrief: bool = Field(description="They would like to talk to somebody")
    note: Text | None = Field(default=None, repr=False, description="For whoever talks to them")


class SurveyOut(BaseModel):
    """What was kept."""

    model_config = ConfigDict(extra="forbid", title="SurveyKept")

    alert_id: str
    answered_at: datetime
    debrief: bool = Field(description="Somebody will get in touch")


class DebriefOut(BaseModel):
    """Somebody to talk to."""

    model_config = ConfigDict(extra="forbid", title="Debrief")

    alert_id: str
    rescuer_id: str
    incident_id: str
    asked_at: datetime
    because: list[WhyDebrief]
    impact: Impact
    arrived: bool
    cpr: bool
    shock: bool
    rescuer_note: str | None = Field(description="What they wrote; emptied after a year")
    state: DebriefState
    state_at: datetime
    by: str | None = Field(description="Who last changed the state")
    note: str | None


class DebriefIn(Strict):
    """Where the talk is."""

    state: DebriefState
    note: Text | None = Field(default=None, description="Left out, the last one stays")


@router.get("/me/history")
async def read_history(
    who: Rescuer,
    care: TheAftercare,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[
        str | None,
        Query(pattern=r"^[A-Za-z0-9_-]{1,500}$", description="next_before of the page before"),
    ] = None,
) -> HistoryOut:
    """One's own past alerts, newest first, without any place."""
    found = await care.history(
        who.subject, before_of(PageParams(limit=limit, cursor=before)), limit + 1
    )
    shown = found[:limit]
    last = shown[-1][0].alert if len(found) > limit else None
    items = []
    for past, survey in shown:
        alert = past.alert
        assert alert.ended_at is not None  # the query's condition
        items.append(
            HistoryItem(
                alert_id=alert.id,
                at=alert.sent_at,
                kind=alert.task,
                answer=said_of(alert),
                outcome=outcome_of(alert),
                answered_at=alert.answered_at,
                collected_at=alert.collected_at,
                arrived_at=alert.arrived_at,
                ended_at=alert.ended_at,
                survey=survey,
            )
        )
    return HistoryOut(
        items=items, next_before=None if last is None else cursor_of(last.sent_at, last.id)
    )


@router.get("/me/fatigue")
async def read_fatigue(who: Rescuer, care: TheAftercare) -> FatigueOut:
    """How often one was alerted of late, and whether one is left in peace for now."""
    tired = await care.tiredness(who.subject)
    return FatigueOut(
        alerts_7d=tired.alerts_7d,
        alerts_30d=tired.alerts_30d,
        budget=Budget(
            max_alerts=tired.fatigue.max_alerts,
            window_days=tired.fatigue.window_days,
            left=max(0, tired.fatigue.max_alerts - tired.alerts_in_window),
        ),
        resting_until=tired.resting_until,
    )


@router.get("/duty/{rescuer_id}")
async def read_duty(
    _: Annotated[Identity, requires(Role.SERVICE)],
    care: TheAftercare,
    rescuer_id: Annotated[str, Path(pattern=IDENTIFIER_PATTERN)],
) -> DutyOut:
    """Whether a rescuer is on a task, or resting; not reachable from outside."""
    tired = await care.tiredness(rescuer_id)
    return DutyOut(
        rescuer_id=rescuer_id,
        held=await care.is_held(rescuer_id),
        resting_until=tired.resting_until,
    )


@router.get("/me/surveys")
async def list_surveys(who: Rescuer, care: TheAftercare) -> SurveysOut:
    """What one is asked about now: from 90 minutes after the end of what one had accepted."""
    return SurveysOut(
        items=[
            SurveyOffer(
                alert_id=each.past.alert.id,
                at=each.past.alert.sent_at,
                kind=each.past.alert.task,
                arrived_at=each.past.alert.arrived_at,
                offered_at=each.offered_at,
                closes_at=each.closes_at,
            )
            for each in await care.open_surveys(who.subject)
        ]
    )


@router.put("/me/surveys/{alert_id}", responses=problems(409))
async def answer_survey(
    who: Rescuer, care: TheAftercare, alert_id: AlertId, survey: SurveyIn
) -> SurveyOut:
    """How it was. Said again it replaces; 409 when nothing is asked (yet, or any more)."""
    at = await care.answer(who, alert_id, survey.model_dump(mode="json", exclude_none=True))
    return SurveyOut(
        alert_id=alert_id,
        answered_at=at,
        debrief=survey.wants_debrief or survey.impact is Impact.SEVERE,
    )


@router.get("/debriefs")
async def list_debriefs(
    who: Carer,
    care: TheAftercare,
    page: PageQuery,
    state: Annotated[DebriefState | None, Query()] = None,
) -> Page[DebriefOut]:
    """Who asked to talk, or should be asked; newest first. Audited."""
    found = await care.debriefs(who, state, before_of(page), page.limit + 1)
    shown = found[: page.limit]
    more = len(found) > page.limit
    return Page(
        items=[_debrief(each) for each in shown],
        next_cursor=cursor_of(shown[-1].asked_at, shown[-1].alert_id) if more else None,
    )


@router.put("/debriefs/{alert_id}")
async def change_debrief(
    who: Carer, care: TheAftercare, alert_id: AlertId, change: DebriefIn
) -> DebriefOut:
    """Somebody was reached, or the talk is done. Audited."""
    return _debrief(await care.move_debrief(who, alert_id, change.state, change.note))


def _debrief(found: Debrief) -> DebriefOut:
    said = found.answers
    return DebriefOut(
        alert_id=found.alert_id,
        rescuer_id=found.rescuer_id,
        incident_id=found.incident_id,
        asked_at=found.asked_at,
        because=[WhyDebrief(reason) for reason in found.because],
        impact=Impact(said["impact"]),
        arrived=said["arrived"],
        cpr=said["cpr"],
        shock=said["shock"],
        rescuer_note=said.get("note"),
        state=DebriefState(found.state),
        state_at=found.state_at,
        by=found.by,
        note=found.note,
    )
