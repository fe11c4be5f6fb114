"""The rescuer's side: one's own tasks, and nobody else's.

A task that is not the asker's is answered as one that does not exist. The patient's place, the
details and the cabinet's code are there only while the task is accepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path, Query

from services.dispatch.api.cursors import before_of, cursor_of
from services.dispatch.api.incidents import DeskPart
from services.dispatch.api.requests import StepIn, TaskPosition
from services.dispatch.api.responses import AedForTask, PositionTaken, TaskOut, TaskSummary
from services.dispatch.api.views import details_of
from services.dispatch.domain.models import Alert, Incident, Order
from services.dispatch.domain.steps import RescuerStep, Verdict, rule_on_rescuer_step
from services.dispatch.store import Connection, alerts, incidents, orders, timeline
from services.dispatch.work.aed_codes import AedCodes
from services.dispatch.work.answers import Answers
from services.dispatch.work.desk import Desk
from services.dispatch.work.picture import Picture
from shared.contracts.words import IncidentState, OrderState, TimelineEvent, UnitKind
from shared.geometry.place import Place, PlaceIn
from shared.hours import opening_at
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.idempotency import IdempotencyKey
from shared.http.paging import Page, PageQuery
from shared.http.parts import use
from shared.http.problems import not_found, problems, unavailable
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("tasks")

Rescuer = Annotated[Identity, requires(Role.RESCUER)]
AlertId = Annotated[str, Path(pattern=r"^alert-[0-9a-f]{32}$", examples=["alert-" + "0" * 32])]
PicturePart = Annotated[Picture, use(Picture)]
CodesPart = Annotated[AedCodes, use(AedCodes)]


@router.get("/me/tasks")
async def list_tasks(
    who: Rescuer,
    desk: DeskPart,
    page: PageQuery,
    active: Annotated[bool, Query(description="Only those that are still on")] = False,
) -> Page[TaskSummary]:
    """The asker's own tasks, newest first; no places in the list."""
    before = before_of(page)
    async with desk.read() as connection:
        found = await alerts.of_rescuer(
            connection, who.subject, active_only=active, before=before, limit=page.limit + 1
        )
    more = len(found) > page.limit
    found = found[: page.limit]
    return Page(
        items=[
            TaskSummary(
                **{
                    name: getattr(alert, name)
                    for name in TaskSummary.model_fields
                    if name != "alert_id"
                },
                alert_id=alert.id,
            )
            for alert in found
        ],
        next_cursor=cursor_of(found[-1].sent_at, found[-1].id) if more else None,
    )


@router.get("/me/tasks/{alert_id}")
async def read_task(
    alert_id: AlertId, who: Rescuer, desk: DeskPart, picture: PicturePart, codes: CodesPart
) -> TaskOut:
    """One's own task: what to do next and, once accepted, where."""
    return await _task(desk, picture, codes, alert_id, who)


@router.post("/me/tasks/{alert_id}/position", responses=problems(409))
async def share_position(
    alert_id: AlertId,
    position: TaskPosition,
    who: Rescuer,
    answers: Annotated[Answers, use(Answers)],
) -> PositionTaken:
    """Where the rescuer is, precisely: kept only during the accepted task; older ones ignored."""
    place = PlaceIn(
        latitude=position.latitude, longitude=position.longitude, datum=position.datum
    ).wgs84()
    taken = await answers.locate(alert_id, who.subject, place, position.recorded_at)
    return PositionTaken(taken=taken)


@router.post("/me/tasks/{alert_id}/steps/{step}", responses=problems(409))
async def take_step(
    alert_id: AlertId,
    step: RescuerStep,
    said: StepIn,
    who: Rescuer,
    desk: DeskPart,
    answers: Annotated[Answers, use(Answers)],
    picture: PicturePart,
    codes: CodesPart,
    idempotency_key: IdempotencyKey = None,
) -> TaskOut:
    """Accepts, declines, withdraws, or says what was done.

    Sent again it changes nothing; each shock counts, so that step needs its Idempotency-Key.
    """
    await answers.take(
        alert_id,
        who,
        step,
        at=said.at,
        place=said.place(),
        aed_id=said.aed_id,
        key=idempotency_key,
        body=said,
    )
    return await _task(desk, picture, codes, alert_id, who)


async def _task(
    desk: Desk, picture: Picture, codes: AedCodes, alert_id: str, who: Identity
) -> TaskOut:
    now = desk.clock.now()
    async with desk.read() as connection:
        alert = await alerts.get(connection, alert_id)
        if alert is None or alert.rescuer_id != who.subject:
            raise not_found("task", alert_id)
        incident = await incidents.get(connection, alert.incident_id)
        assert incident is not None
        others = await alerts.of_incident(connection, alert.incident_id)
        units = await orders.of_incident(connection, alert.incident_id)
        arrived = await timeline.happened(
            connection, alert.incident_id, TimelineEvent.AMBULANCE_ARRIVED
        )
        # Only an accepted task opens the address; an ended one closes it again.
        may_see = alert.accepted and incident.state is IncidentState.ACTIVATED
        if may_see:
            await _audit_address(connection, who, incident, now)
    code = None
    # Once a colleague has emptied the cabinet nobody else needs to open it.
    emptied = any(o.id != alert.id and o.aed_id == alert.aed_id and o.collected_at for o in others)
    if may_see and alert.aed_id is not None and not emptied:
        code = await codes.code_of(alert.aed_id)
    return TaskOut(
        alert_id=alert.id,
        incident_id=alert.incident_id,
        task=alert.task,
        state=alert.state,
        sent_at=alert.sent_at,
        answer_by=alert.answer_by,
        ended_at=alert.ended_at,
        distance_m=alert.choice.get("distance_m"),
        eta_s=alert.eta_s,
        others_coming=sum(1 for other in others if other.accepted and other.id != alert.id),
        ambulance_expected_at=None if arrived else _ambulance_expected_at(units),
        place=Place(latitude=incident.latitude, longitude=incident.longitude) if may_see else None,
        details=details_of(incident) if may_see else None,
        aed=_aed(picture, alert, now, code) if may_see else None,
        next_steps=[] if incident.ended else _next_steps(alert),
    )


async def _audit_address(
    connection: Connection, who: Identity, incident: Incident, now: datetime
) -> None:
    await audit(connection, actor=who.actor, action="read_address", subject=incident.id, now=now)


def _ambulance_expected_at(units: list[Order]) -> datetime | None:
    expected = [
        order.notified_at + timedelta(seconds=order.eta_s)
        for order in units
        if order.active
        and order.kind is UnitKind.AMBULANCE
        and order.eta_s is not None
        and order.state in {OrderState.NOTIFIED, OrderState.ACKNOWLEDGED, OrderState.MOBILE}
    ]
    return min(expected, default=None)


def _aed(picture: Picture, alert: Alert, now: datetime, code: str | None) -> AedForTask | None:
    record = None if alert.aed_id is None else picture.aeds.get(alert.aed_id)
    if record is None:
        if alert.aed_id is not None and not picture.known:
            # Right after a start: better a moment later than sent past the AED.
            raise unavailable("The AED is not known here yet; ask again shortly.")
        return None
    opening = opening_at(record.opening_hours, record.time_zone, record.country, now)
    return AedForTask(
        id=record.id,
        name=record.name,
        place=Place(latitude=record.latitude, longitude=record.longitude),
        floor=record.floor,
        placement=record.placement,
        open_until=opening.until,
        code_required=record.code_required,
        code=code,
    )


def _next_steps(alert: Alert) -> list[RescuerStep]:
    """The steps that the phone should offer now, in the order in which they usually come."""
    return [
        step for step in RescuerStep if rule_on_rescuer_step(alert, step).verdict is Verdict.TAKE
    ]
