"""What a dispatcher does with an incident, over HTTP: each a command that is durable at once.

Commands say what is meant, not which version is changed: two who both call off mean the same.
Corrections of place and answers change what another may have read, so they take ``If-Match``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from services.dispatch.api.attention import held_by_another
from services.dispatch.api.incidents import DeskPart, Dispatcher, IncidentId
from services.dispatch.api.requests import (
    Answers,
    Note,
    OtherIncident,
    PlaceCorrection,
    Reason,
    TelephoneCpr,
    UnitIn,
)
from services.dispatch.api.responses import IncidentOut
from services.dispatch.api.views import incident_out
from services.dispatch.store import attention, incidents
from services.dispatch.work.case import Case
from services.dispatch.work.commands import Commands
from services.dispatch.work.desk import Desk
from services.dispatch.work.merging import Merging
from services.dispatch.work.planning import Planner
from shared.http.etag import IfMatchHeader, etag
from shared.http.idempotency import IdempotencyKey, once
from shared.http.parts import use
from shared.http.problems import conflict, not_found, problems
from shared.http.routing import new_router
from shared.identity.tokens import Identity

router = new_router("commands", responses=problems(409))


class Done(BaseModel):
    """What is remembered of a command under its Idempotency-Key."""

    incident_id: str


@dataclass(frozen=True, slots=True)
class Command:
    """Who commands, what it is done with, and the response that takes the new ETag."""

    who: Identity
    desk: Desk
    does: Commands
    merging: Merging
    response: Response
    request: str
    """Method and path, under which an Idempotency-Key is remembered."""
    key: str | None

    @property
    def by(self) -> str:
        """How the timeline names who commands."""
        return self.who.actor

    async def run(
        self,
        incident_id: str,
        work: Callable[[Case], Awaitable[None]],
        *,
        may_be_ended: bool = False,
        whoever_holds: bool = False,
    ) -> IncidentOut:
        """Does it once, in one transaction, and answers the incident as it is then.

        409 when another dispatcher holds the incident, unless that does not matter.
        """
        async with self.desk.case(incident_id, may_be_ended=may_be_ended) as case:
            if not whoever_holds:
                await self.check_holder(case)

            async def do() -> Done:
                await work(case)
                return Done(incident_id=incident_id)

            await once(
                case.connection,
                key=self.key,
                who=self.who,
                request=self.request,
                body=None,
                model=Done,
                now=case.now,
                work=do,
            )
        return await self.answer(incident_id)

    async def check_holder(self, case: Case) -> None:
        """409 when another dispatcher holds the incident."""
        held = await attention.holder_of(case.connection, case.incident.id, case.now)
        if held is not None and held[0] != self.by:
            raise held_by_another(case.incident.id, held[0])

    async def answer(self, incident_id: str) -> IncidentOut:
        """The incident without people's places: those are read where reading is audited."""
        async with self.desk.read() as connection:
            incident = await incident_out(connection, incident_id)
        self.response.headers["ETag"] = etag(incident.version)
        unplaced = [alert.model_copy(update={"place": None}) for alert in incident.alerts]
        return incident.model_copy(update={"alerts": unplaced})


async def _command(
    who: Dispatcher,
    desk: DeskPart,
    commands: Annotated[Commands, use(Commands)],
    merging: Annotated[Merging, use(Merging)],
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Command:
    return Command(
        who=who,
        desk=desk,
        does=commands,
        merging=merging,
        response=response,
        request=f"{request.method} {request.url.path}",
        key=idempotency_key,
    )


Given = Annotated[Command, Depends(_command)]


@router.post("/incidents/{incident_id}/activate")
async def activate(incident_id: IncidentId, command: Given) -> IncidentOut:
    """Sends the volunteers by hand (a closed gate still keeps them away)."""
    does = command.does
    return await command.run(incident_id, lambda case: does.activate_now(case, by=command.by))


@router.post("/incidents/{incident_id}/call-off")
async def call_off(incident_id: IncidentId, reason: Reason, command: Given) -> IncidentOut:
    """Stands every volunteer down; the units go on."""
    does, because = command.does, reason.because
    return await command.run(
        incident_id, lambda case: does.call_off(case, by=command.by, because=because)
    )


@router.post("/incidents/{incident_id}/answers")
async def correct_answers(
    incident_id: IncidentId, answers: Answers, command: Given, if_match: IfMatchHeader
) -> IncidentOut:
    """Later answers to the two questions and the gates."""

    async def work(case: Case) -> None:
        if_match.check(case.incident.version)
        await command.does.answers(
            case,
            by=command.by,
            conscious=answers.conscious,
            breathing_normally=answers.breathing_normally,
            gates=answers.gates,
        )

    return await command.run(incident_id, work)


@router.post("/incidents/{incident_id}/place")
async def correct_place(
    incident_id: IncidentId,
    correction: PlaceCorrection,
    command: Given,
    if_match: IfMatchHeader,
) -> IncidentOut:
    """Corrects the place or its details; everybody who is on is told, the plan made again."""
    place = None if correction.place is None else correction.place.wgs84()
    details = (
        None if correction.details is None else correction.details.model_dump(exclude_none=True)
    )

    async def work(case: Case) -> None:
        if_match.check(case.incident.version)
        await command.does.correct_place(case, by=command.by, place=place, details=details)

    return await command.run(incident_id, work)


@router.post("/incidents/{incident_id}/bystander-cpr")
async def bystander_cpr(incident_id: IncidentId, command: Given) -> IncidentOut:
    """Somebody at the scene has begun CPR."""
    does = command.does
    return await command.run(incident_id, lambda case: does.bystander_cpr(case, by=command.by))


@router.post("/incidents/{incident_id}/telephone-cpr")
async def telephone_cpr(
    incident_id: IncidentId, telephone: TelephoneCpr, command: Given
) -> IncidentOut:
    """A step of the telephone-CPR script: offered, started, compressions, refused."""
    return await command.run(
        incident_id,
        lambda case: command.does.telephone_cpr(case, by=command.by, step=telephone.step),
    )


@router.post("/incidents/{incident_id}/widen")
async def widen(incident_id: IncidentId, command: Given) -> IncidentOut:
    """Looks further and asks more people."""
    return await command.run(incident_id, lambda case: command.does.widen(case, by=command.by))


@router.post("/incidents/{incident_id}/units")
async def add_unit(
    incident_id: IncidentId,
    unit: UnitIn,
    command: Given,
    planner: Annotated[Planner, use(Planner)],
) -> IncidentOut:
    """Orders one more unit by hand."""

    async def work(case: Case) -> None:
        if not await planner.add_unit(case, unit.unit_id, by=command.by):
            raise conflict(
                "unit-not-free",
                "The unit cannot be ordered",
                f"Unit {unit.unit_id} is not registered, off duty, out of service, "
                "or held by an incident.",
            )

    return await command.run(incident_id, work)


@router.post("/incidents/{incident_id}/not-an-arrest")
async def not_an_arrest(incident_id: IncidentId, command: Given) -> IncidentOut:
    """The patient is not in arrest: volunteers stand down, the units go on."""
    does = command.does
    return await command.run(incident_id, lambda case: does.not_an_arrest(case, by=command.by))


@router.post("/incidents/{incident_id}/cancel")
async def cancel(incident_id: IncidentId, reason: Reason, command: Given) -> IncidentOut:
    """Nobody is needed: everybody stands down, units included, and the incident ends."""

    async def work(case: Case) -> None:
        if not case.incident.ended:
            await command.does.cancel(case, by=command.by, because=reason.because)

    return await command.run(incident_id, work, may_be_ended=True)


@router.post("/incidents/{incident_id}/close")
async def close(incident_id: IncidentId, command: Given) -> IncidentOut:
    """Ends the incident after the hand-over; closing a closed one changes nothing."""

    async def work(case: Case) -> None:
        if not case.incident.ended:
            await command.does.close(case, by=command.by)

    return await command.run(incident_id, work, may_be_ended=True)


@router.post("/incidents/{incident_id}/notes")
async def add_note(incident_id: IncidentId, note: Note, command: Given) -> IncidentOut:
    """Keeps a remark with the incident."""
    return await command.run(
        incident_id,
        lambda case: command.does.note(case, by=command.by, text=note.text),
        may_be_ended=True,
        whoever_holds=True,
    )


@router.post("/incidents/{incident_id}/merge")
async def merge(incident_id: IncidentId, other: OtherIncident, command: Given) -> IncidentOut:
    """The same patient as another incident's: goes on under that one, nobody is sent twice."""
    if other.into == incident_id:
        raise conflict("same-incident", "The same incident", "Name another incident.")
    async with command.desk.two_cases(incident_id, other.into) as (case, into):
        merged_already = case.incident.merged_into == into.incident.id
        if case.incident.ended and not merged_already:
            raise conflict(
                "incident-ended", "The incident has ended", f"Incident {incident_id} has ended."
            )
        if not merged_already:
            await command.check_holder(case)
            await command.merging.merge(case, into, by=command.by)
    return await command.answer(incident_id)


@router.post("/incidents/{incident_id}/split")
async def split(incident_id: IncidentId, command: Given) -> IncidentOut:
    """Two patients after all: what this incident brought into the merge comes back to it."""
    async with command.desk.read() as connection:
        incident = await incidents.get(connection, incident_id)
    if incident is None:
        raise not_found("incident", incident_id)
    if incident.merged_into is None:
        raise conflict("not-merged", "Not merged", f"Incident {incident_id} is not merged.")
    async with command.desk.two_cases(incident_id, incident.merged_into) as (case, other):
        await command.merging.split(case, other, by=command.by)
    return await command.answer(incident_id)


@router.post("/incidents/{incident_id}/different-patient")
async def different_patient(incident_id: IncidentId, command: Given) -> IncidentOut:
    """The incidents offered as the same patient are not: this one is sent for at once."""
    return await command.run(
        incident_id, lambda case: command.merging.different(case, by=command.by)
    )
