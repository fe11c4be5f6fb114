"""What rescuers answer and do: accept, decline, withdraw, fetch, arrive, treat."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel

from services.dispatch.domain.models import Alert
from services.dispatch.domain.steps import (
    STEP_EVENTS,
    RescuerStep,
    Verdict,
    rule_on_rescuer_step,
)
from services.dispatch.store import alerts, attention, claims, deadlines
from services.dispatch.work.case import Case
from services.dispatch.work.desk import Desk, Replan
from shared.contracts.words import AlertState, Task, TimelineEvent
from shared.decision.policy import Policy
from shared.geometry.distance import great_circle_m
from shared.geometry.place import Place
from shared.http.idempotency import once
from shared.http.problems import conflict, invalid, not_found
from shared.identity.tokens import Identity

# A phone's clock may run ahead of ours by this much before we call it wrong.
CLOCK_SKEW = timedelta(seconds=120)


def when(at: datetime | None, *, earliest: datetime, now: datetime) -> datetime:
    """When a step happened: as the phone says, if that is possible.

    Raises a 422 problem for a time before ``earliest`` or in the future; a clock that runs ahead by
    up to two minutes counts as now.
    """
    if at is None:
        return now
    if at > now + CLOCK_SKEW:
        raise invalid("at", "is in the future", "set the phone's clock, or leave it out")
    if at < earliest - CLOCK_SKEW:
        raise invalid("at", "is before the task was given", "set the clock, or leave it out")
    return min(max(at, earliest), now)


class StepTaken(BaseModel):
    """What is remembered of a step under its Idempotency-Key; nothing personal."""

    taken: bool


class Answers:
    """Takes rescuers' steps, one transaction each; a step taken again changes nothing."""

    def __init__(self, desk: Desk, replan: Replan, replace: Replan, policy: Policy) -> None:
        self._desk = desk
        self._replan = replan
        self._replace = replace
        self._policy = policy

    async def take(
        self,
        alert_id: str,
        who: Identity,
        step: RescuerStep,
        *,
        at: datetime | None = None,
        place: Place | None = None,
        aed_id: str | None = None,
        key: str | None = None,
        body: BaseModel | None = None,
    ) -> None:
        """Takes a step of the rescuer's own task; the same ``key`` again changes nothing.

        ``aed_id`` names the AED that was collected or not found, where the phone says which.

        Raises 404 for a task that is not theirs (or does not exist: the same answer), 409 for a
        step that cannot follow, 422 for an impossible time.
        """
        incident_id = await self._desk.incident_of_alert(alert_id)
        if incident_id is None:
            raise not_found("task", alert_id)
        async with self._desk.case(incident_id, may_be_ended=True) as case:
            alert = next((a for a in case.alerts if a.id == alert_id), None)
            if alert is None or alert.rescuer_id != who.subject:
                raise not_found("task", alert_id)

            async def work() -> StepTaken:
                return StepTaken(taken=await self._take(case, alert, step, at, place, aed_id))

            await once(
                case.connection,
                key=key,
                who=who,
                request=f"POST /me/tasks/{alert_id}/steps/{step.value}",
                body=body,
                model=StepTaken,
                now=case.now,
                work=work,
            )

    async def _take(
        self,
        case: Case,
        alert: Alert,
        step: RescuerStep,
        at: datetime | None,
        place: Place | None,
        aed_id: str | None,
    ) -> bool:
        """Rules on a step and takes it; False when it had been taken already."""
        ruling = rule_on_rescuer_step(alert, step, aed_id)
        if ruling.verdict is Verdict.ALREADY_TAKEN:
            return False
        if ruling.verdict is Verdict.REFUSE or case.incident.ended:
            raise conflict(
                "step-refused",
                "This step cannot be taken",
                f"Task {alert.id}: {ruling.because or 'the incident has ended'}.",
            )
        moment = when(at, earliest=alert.sent_at, now=case.now)
        if place is not None and step not in {RescuerStep.DECLINE, RescuerStep.WITHDRAW}:
            alert.latitude, alert.longitude = place.latitude, place.longitude
            alert.located_at = moment
        if step is RescuerStep.AED_COLLECTED:
            _take_in_hand(case, alert, aed_id or alert.aed_id)
        await self._apply(case, alert, step, moment)
        return True

    async def _apply(self, case: Case, alert: Alert, step: RescuerStep, at: datetime) -> None:
        by = f"rescuer:{alert.rescuer_id}"
        event = STEP_EVENTS[step]
        match step:
            case RescuerStep.ACCEPT:
                await self._accept(case, alert, at, by)
            case RescuerStep.DECLINE | RescuerStep.WITHDRAW:
                alert.answered_at = alert.answered_at or at
                state = AlertState.DECLINED if step is RescuerStep.DECLINE else AlertState.WITHDRAWN
                if alert.active:
                    await case.end_alert(alert, state)
                else:
                    alert.state = state
                    await alerts.save(case.connection, alert)
                await self._note(case, event, alert, by=by, at=at)
                await self._replace(case, event.value)
            case RescuerStep.DEPARTED:
                await self._moved(case, alert, at)
                await self._note(case, event, alert, by=by, at=at)
                await alerts.save(case.connection, alert)
            case RescuerStep.AED_COLLECTED:
                alert.state = AlertState.AED_COLLECTED
                alert.collected_at = at
                await self._moved(case, alert, at)
                await alerts.save(case.connection, alert)
                await self._note(case, event, alert, by=by, at=at, aed_id=alert.aed_id)
                await self._replan(case, event.value)
            case RescuerStep.AED_MISSING:
                await self._aed_missing(case, alert, at, by)
            case RescuerStep.ARRIVED:
                alert.state = AlertState.ARRIVED
                alert.arrived_at = at
                await self._moved(case, alert, at)
                await alerts.save(case.connection, alert)
                await self._note(case, event, alert, by=by, at=at, task=alert.task.value)
                await self._replan(case, event.value)
            case RescuerStep.CPR_STARTED:
                # The first hands on the chest are one point in time, whoever reports them.
                if not await case.happened(TimelineEvent.CPR_STARTED):
                    await self._note(case, event, alert, by=by, at=at)
            case _:
                # Each shock counts (the phone's Idempotency-Key tells one sent twice from two).
                again = step is not RescuerStep.SHOCK_DELIVERED
                if not (again and await case.happened_to(event, alert)):
                    await self._note(case, event, alert, by=by, at=at)

    async def _accept(self, case: Case, alert: Alert, at: datetime, by: str) -> None:
        if not alert.active:
            # A late yes: the rescuer, and the AED, may have been given to others meanwhile.
            wanted = {claims.Claim(claims.RESCUER, alert.rescuer_id, alert.id)}
            if await claims.take(case.connection, case.incident.id, wanted, case.now):
                raise conflict(
                    "task-given-away",
                    "You have another task",
                    "You were given another task since; open that one.",
                )
            if alert.aed_id is not None and (
                case.collected_by_colleague(alert, alert.aed_id)
                or not await case.hold_aed(alert.aed_id)
            ):
                alert.task, alert.aed_id = Task.DIRECT, None
            alert.ended_at = None
        alert.state = AlertState.ACCEPTED
        alert.answered_at = at
        await alerts.save(case.connection, alert)
        await deadlines.drop(case.connection, alert.id)
        await deadlines.put(
            case.connection,
            kind="movement",
            incident_id=case.incident.id,
            subject_id=alert.id,
            due_at=case.now + timedelta(seconds=self._policy.activation.no_movement_s),
        )
        await self._note(
            case, TimelineEvent.ALERT_ACCEPTED, alert, by=by, at=at, task=alert.task.value
        )
        await self._replan(case, TimelineEvent.ALERT_ACCEPTED.value)

    async def _aed_missing(self, case: Case, alert: Alert, at: datetime, by: str) -> None:
        missing = alert.aed_id
        await self._moved(case, alert, at)
        because = TimelineEvent.AED_COLLECTED
        if missing is None or not case.collected_by_colleague(alert, missing):
            # An empty cabinet is no defect where a colleague has just emptied it.
            because = TimelineEvent.AED_MISSING
            await self._note(case, because, alert, by=by, at=at, aed_id=missing)
        await case.change_task(alert, Task.DIRECT, None, because=because.value, lasts_s=3_600)
        # It counts for everybody: whoever else was sent for it gets another task.
        await self._replan(case, because.value)

    async def _moved(self, case: Case, alert: Alert, at: datetime) -> None:
        if alert.moved_at is None:
            alert.moved_at = at
            await deadlines.drop(case.connection, alert.id, "movement")

    async def locate(
        self, alert_id: str, rescuer_id: str, place: Place, recorded_at: datetime
    ) -> bool:
        """Takes a precise place, which is kept only during the accepted task.

        Returns False when it is older than the one that is known, and so ignored.
        """
        incident_id = await self._desk.incident_of_alert(alert_id)
        if incident_id is None:
            raise not_found("task", alert_id)
        async with self._desk.case(incident_id, may_be_ended=True) as case:
            alert = next((a for a in case.alerts if a.id == alert_id), None)
            if alert is None or alert.rescuer_id != rescuer_id:
                raise not_found("task", alert_id)
            if not alert.accepted or case.incident.ended:
                raise conflict(
                    "no-task-under-way",
                    "No task under way",
                    "A precise place is taken only during an accepted task.",
                )
            moment = when(recorded_at, earliest=alert.sent_at, now=case.now)
            if alert.located_at is not None and moment <= alert.located_at:
                return False
            if alert.moved_at is None and _has_left(alert, place):
                await self._moved(case, alert, moment)
                await self._note(
                    case, TimelineEvent.DEPARTED, alert, by=f"rescuer:{rescuer_id}", at=moment
                )
            alert.latitude, alert.longitude = place.latitude, place.longitude
            alert.located_at = moment
            await alerts.save(case.connection, alert)
            # Maps on other instances follow it as well.
            await attention.tell(case.connection)
            return True

    @staticmethod
    async def _note(
        case: Case,
        event: TimelineEvent,
        alert: Alert,
        *,
        by: str,
        at: datetime,
        **detail: str | int | float | None,
    ) -> None:
        await case.note(
            event, by=by, at=at, rescuer_id=alert.rescuer_id, alert_id=alert.id, **detail
        )


def _take_in_hand(case: Case, alert: Alert, aed_id: str | None) -> None:
    """Makes the AED in the rescuer's hand the one of the task; a 409 problem where it cannot be."""
    if aed_id is not None and case.collected_by_colleague(alert, aed_id):
        raise conflict(
            "aed-collected",
            "A colleague has this AED",
            f"AED {aed_id} was collected by a colleague; look at your task again.",
        )
    if aed_id == alert.aed_id:
        return
    if aed_id not in case.aeds_in_use():
        raise conflict(
            "not-your-aed",
            "Not an AED of this incident",
            f"Nobody of this incident was sent for AED {aed_id}; look at your task again.",
        )
    case.aeds_let_go = True
    alert.task, alert.aed_id = Task.VIA_AED, aed_id


def _has_left(alert: Alert, place: Place) -> bool:
    """Whether a rescuer has moved further than positions jitter indoors (50 m, our choice)."""
    if alert.latitude is None or alert.longitude is None:
        return False
    moved_m = great_circle_m(alert.latitude, alert.longitude, place.latitude, place.longitude)
    return moved_m > 50.0
