"""What a dispatcher does with an incident, over HTTP: each a command that is durable at once.

Commands say what is meant, not which version is changed: two dispatchers who both call off mean the
same. Corrections of the place and of the answers change what another may have read, so they take
``If-Match``.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

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
from services.dispatch.store import incidents
from services.dispatch.work.commands import Commands
from services.dispatch.work.desk import Desk
from services.dispatch.work.planning import Planner
from shared.http.etag import IfMatchHeader, etag
from shared.http.parts import use
from shared.http.problems import conflict, not_found, problems
from shared.http.routing import new_router

router = new_router("commands", responses=problems(409))
CommandsPart = Annotated[Commands, use(Commands)]


async def _answer(desk: Desk, incident_id: str, response: Response) -> IncidentOut:
    async with desk.read() as connection:
        incident = await incident_out(connection, incident_id)
    # Commands are no reads of places: those are shown by reading the incident, which is audited.
    incident = incident.model_copy(
        update={"alerts": [a.model_copy(update={"place": None}) for a in incident.alerts]}
    )
    response.headers["ETag"] = etag(incident.version)
    return incident


@router.post("/incidents/{incident_id}/activate")
async def activate(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """Sends the volunteers by hand (a closed gate still keeps them away)."""
    async with desk.case(incident_id) as case:
        await commands.activate_now(case, by=who.actor)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/call-off")
async def call_off(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
    reason: Reason,
) -> IncidentOut:
    """Stands every volunteer down; the units go on."""
    async with desk.case(incident_id) as case:
        await commands.call_off(case, by=who.actor, because=reason.because)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/answers")
async def correct_answers(
    incident_id: IncidentId,
    answers: Answers,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
    if_match: IfMatchHeader,
) -> IncidentOut:
    """Later answers to the two questions and the gates."""
    async with desk.case(incident_id) as case:
        if_match.check(case.incident.version)
        await commands.answers(
            case,
            by=who.actor,
            conscious=answers.conscious,
            breathing_normally=answers.breathing_normally,
            gates=answers.gates,
        )
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/place")
async def correct_place(
    incident_id: IncidentId,
    correction: PlaceCorrection,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
    if_match: IfMatchHeader,
) -> IncidentOut:
    """Corrects the place or its details; everybody who is on is told, the plan made again."""
    async with desk.case(incident_id) as case:
        if_match.check(case.incident.version)
        await commands.correct_place(
            case,
            by=who.actor,
            place=None if correction.place is None else correction.place.wgs84(),
            details=None
            if correction.details is None
            else correction.details.model_dump(exclude_none=True),
        )
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/bystander-cpr")
async def bystander_cpr(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """Somebody at the scene has begun CPR."""
    async with desk.case(incident_id) as case:
        await commands.bystander_cpr(case, by=who.actor)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/telephone-cpr")
async def telephone_cpr(
    incident_id: IncidentId,
    telephone: TelephoneCpr,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """A step of the telephone-CPR script: offered, started, compressions, refused."""
    async with desk.case(incident_id) as case:
        await commands.telephone_cpr(case, by=who.actor, step=telephone.step)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/widen")
async def widen(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """Looks further and asks more people."""
    async with desk.case(incident_id) as case:
        await commands.widen(case, by=who.actor)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/units")
async def add_unit(
    incident_id: IncidentId,
    unit: UnitIn,
    who: Dispatcher,
    desk: DeskPart,
    planner: Annotated[Planner, use(Planner)],
    response: Response,
) -> IncidentOut:
    """Orders one more unit by hand."""
    async with desk.case(incident_id) as case:
        if not await planner.add_unit(case, unit.unit_id, by=who.actor):
            raise conflict(
                "unit-not-free",
                "The unit cannot be ordered",
                f"Unit {unit.unit_id} is not registered, or another incident holds it.",
            )
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/not-an-arrest")
async def not_an_arrest(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """The patient is not in arrest: volunteers stand down, the units go on."""
    async with desk.case(incident_id) as case:
        await commands.not_an_arrest(case, by=who.actor)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/cancel")
async def cancel(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
    reason: Reason,
) -> IncidentOut:
    """Nobody is needed: everybody stands down, units included, and the incident ends."""
    async with desk.case(incident_id) as case:
        await commands.cancel(case, by=who.actor, because=reason.because)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/close")
async def close(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """Ends the incident after the hand-over; closing a closed one changes nothing."""
    async with desk.case(incident_id, may_be_ended=True) as case:
        if not case.incident.ended:
            await commands.close(case, by=who.actor)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/notes")
async def add_note(
    incident_id: IncidentId,
    note: Note,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """Keeps a remark with the incident."""
    async with desk.case(incident_id, may_be_ended=True) as case:
        await commands.note(case, by=who.actor, text=note.text)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/merge")
async def merge(
    incident_id: IncidentId,
    other: OtherIncident,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """The same patient as another incident's: goes on under that one, nobody is sent twice."""
    if other.into == incident_id:
        raise conflict("same-incident", "The same incident", "Name another incident.")
    async with desk.two_cases(incident_id, other.into) as (case, into):
        if case.incident.merged_into == into.incident.id:
            pass
        elif case.incident.ended:
            raise conflict(
                "incident-ended", "The incident has ended", f"Incident {incident_id} has ended."
            )
        else:
            await commands.merge(case, into, by=who.actor)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/split")
async def split(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """Two patients after all: what this incident brought into the merge comes back to it."""
    async with desk.read() as connection:
        incident = await incidents.get(connection, incident_id)
    if incident is None:
        raise not_found("incident", incident_id)
    if incident.merged_into is None:
        raise conflict("not-merged", "Not merged", f"Incident {incident_id} is not merged.")
    async with desk.two_cases(incident_id, incident.merged_into) as (case, other):
        await commands.split(case, other, by=who.actor)
    return await _answer(desk, incident_id, response)


@router.post("/incidents/{incident_id}/different-patient")
async def different_patient(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    commands: CommandsPart,
    response: Response,
) -> IncidentOut:
    """The incidents offered as the same patient are not: this one is sent for at once."""
    async with desk.case(incident_id) as case:
        await commands.different(case, by=who.actor)
    return await _answer(desk, incident_id, response)
