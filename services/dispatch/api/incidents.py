"""Calls and incidents over HTTP: the dispatcher's side."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Response

from services.dispatch.api.cursors import before_of, cursor_of
from services.dispatch.api.requests import CallIn
from services.dispatch.api.responses import (
    CallOut,
    CallsOut,
    CircleOut,
    IncidentOut,
    InQueue,
    PlanOut,
    TimelineOut,
)
from services.dispatch.api.views import (
    OPEN_STATES,
    call_taken,
    in_queue,
    incident_out,
    plan_out,
    timeline_out,
)
from services.dispatch.store import incidents, queue
from services.dispatch.work.answers import CLOCK_SKEW
from services.dispatch.work.desk import Desk
from services.dispatch.work.intake import Intake
from shared.contracts.words import IncidentState
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.etag import etag
from shared.http.idempotency import IdempotencyKey, once
from shared.http.paging import Page, PageQuery
from shared.http.parts import Now, use
from shared.http.problems import invalid, not_found, problems
from shared.http.routing import new_router
from shared.identity.roles import Role
from shared.identity.tokens import Identity

router = new_router("incidents")

IncidentId = Annotated[str, Path(pattern=r"^inc-[0-9a-f]{32}$", examples=["inc-" + "0" * 32])]
Dispatcher = Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR)]
CallTaker = Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.SERVICE)]
DeskPart = Annotated[Desk, use(Desk)]


@router.post("/calls", status_code=201, responses=problems(409))
async def take_call(
    call: CallIn,
    who: CallTaker,
    desk: DeskPart,
    intake: Annotated[Intake, use(Intake)],
    response: Response,
    now: Now,
    idempotency_key: IdempotencyKey = None,
) -> CallOut:
    """Takes a call: it is durable and planned when this answers, and people are on their way."""
    received_at = _received(call.received_at, now)
    place = call.place.wgs84()
    async with desk.transaction() as connection:

        async def work() -> CallOut:
            call_id, incident_id = await intake.take(
                connection,
                place=place,
                details=call.details.model_dump(exclude_none=True),
                conscious=call.conscious,
                breathing_normally=call.breathing_normally,
                gates=call.gates,
                bystander_cpr=call.bystander_cpr,
                received_at=received_at,
                caller_phone=call.caller_phone,
                content=call.model_dump(mode="json", exclude={"caller_phone"}),
                by=who.actor,
                now=now,
            )
            return CallOut(
                call_id=call_id,
                incident=await incident_out(connection, incident_id),
                plan=await plan_out(connection, incident_id),
            )

        taken = await once(
            connection,
            key=idempotency_key,
            who=who,
            request="POST /calls",
            body=call,
            model=CallOut,
            now=now,
            work=work,
            status=201,
        )
    answer = taken.body
    response.headers["Location"] = f"/incidents/{answer.incident.id}"
    response.headers["ETag"] = etag(answer.incident.version)
    return answer


def _received(received_at: datetime | None, now: datetime) -> datetime:
    if received_at is None:
        return now
    if received_at > now + CLOCK_SKEW:
        raise invalid("received_at", "is in the future", "send when the call came in")
    if (now - received_at).total_seconds() > 86_400:
        raise invalid(
            "received_at", "is more than a day ago", "import old incidents, do not dispatch them"
        )
    return min(received_at, now)


@router.get("/incidents")
async def list_incidents(
    _: Dispatcher,
    desk: DeskPart,
    page: PageQuery,
    state: Annotated[
        list[IncidentState] | None, Query(description="Only these; by default those not ended")
    ] = None,
    ended: Annotated[bool, Query(description="Also those that have ended")] = False,
) -> Page[InQueue]:
    """Incidents, newest first."""
    before = before_of(page)
    states = state or (None if ended else OPEN_STATES)
    async with desk.read() as connection:
        found = await incidents.page(connection, states=states, before=before, limit=page.limit + 1)
        more = len(found) > page.limit
        found = found[: page.limit]
        progress = await queue.progress(connection, [incident.id for incident in found])
    cursor = cursor_of(found[-1].opened_at, found[-1].id) if more else None
    return Page(items=[in_queue(each, progress[each.id]) for each in found], next_cursor=cursor)


@router.get("/incidents/{incident_id}")
async def read_incident(
    incident_id: IncidentId, who: Dispatcher, desk: DeskPart, response: Response
) -> IncidentOut:
    """One incident with its people, units and address; reading people's places is audited."""
    async with desk.read() as connection:
        incident = await incident_out(connection, incident_id)
        located = sorted(alert.rescuer_id for alert in incident.alerts if alert.place is not None)
        if located:
            await audit(
                connection,
                actor=who.actor,
                action="read_location",
                subject=incident_id,
                now=desk.clock.now(),
                detail={"rescuers": " ".join(located)},
            )
    response.headers["ETag"] = etag(incident.version)
    return incident


@router.get("/incidents/{incident_id}/calls")
async def read_calls(incident_id: IncidentId, who: Dispatcher, desk: DeskPart) -> CallsOut:
    """The calls about an incident with the callers' numbers and words; the read is audited."""
    async with desk.read() as connection:
        if await incidents.get(connection, incident_id) is None:
            raise not_found("incident", incident_id)
        calls = await incidents.calls_of(connection, incident_id)
        await audit(
            connection,
            actor=who.actor,
            action="read_calls",
            subject=incident_id,
            now=desk.clock.now(),
        )
    return CallsOut(incident_id=incident_id, calls=[call_taken(call) for call in calls])


@router.get("/incidents/{incident_id}/timeline")
async def read_timeline(
    incident_id: IncidentId,
    _: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.PLANNER)],
    desk: DeskPart,
) -> TimelineOut:
    """What happened in an incident, with its Utstein time points."""
    async with desk.read() as connection:
        return await timeline_out(connection, incident_id)


@router.get("/incidents/{incident_id}/plan")
async def read_plan(
    incident_id: IncidentId,
    _: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.PLANNER)],
    desk: DeskPart,
    number: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Which one; by default the newest")
    ] = None,
) -> PlanOut:
    """A plan of an incident: who goes, who does not, and why."""
    async with desk.read() as connection:
        plan = await plan_out(connection, incident_id, number)
    if plan is None:
        raise not_found("plan", incident_id)
    return plan


@router.get("/incidents/{incident_id}/circle")
async def read_circle(
    incident_id: IncidentId,
    _: Annotated[Identity, requires(Role.DISPATCHER, Role.ADMINISTRATOR, Role.PLANNER)],
    desk: DeskPart,
) -> CircleOut:
    """The ten-minute circle around the patient: H3 cells (resolution 9) by minute."""
    async with desk.read() as connection:
        plan = await plan_out(connection, incident_id)
    if plan is None:
        raise not_found("plan", incident_id)
    return CircleOut(
        incident_id=incident_id, basis=plan.plan["basis"]["routing"], bands=plan.plan["circle"]
    )
