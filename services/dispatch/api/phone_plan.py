"""The plan as somebody with a telephone carries it out: names, numbers, place, task, in order.

For the hours in which the channels are down, and for paper. It holds all that is personal about an
incident at once, so that each read is audited here and in the rescuers' register.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from services.dispatch.api.incidents import DeskPart, Dispatcher, IncidentId
from services.dispatch.api.requests import Details
from services.dispatch.api.responses import Out
from services.dispatch.api.views import details_of
from services.dispatch.domain.models import Alert, Order
from services.dispatch.store import alerts, incidents, orders
from services.dispatch.work.aed_codes import AedCodes
from services.dispatch.work.contacts import Contact, Contacts
from services.dispatch.work.picture import Picture
from shared.contracts.words import AlertState, IncidentState, OrderState, Task, Tier, UnitKind
from shared.geometry.place import Place
from shared.http.audit import audit
from shared.http.parts import use
from shared.http.problems import not_found
from shared.http.routing import new_router

router = new_router("phone plan")


class AedToFetch(Out):
    """An AED, as one says it on the telephone."""

    id: str
    name: str | None
    place: Place | None
    floor: int | None
    placement: str | None
    code_required: bool
    code: str | None


class RescuerToPhone(Out):
    """A rescuer who is on, or was asked and may still come."""

    alert_id: str
    rescuer_id: str
    name: str | None
    phone: str | None
    task: Task
    aed: AedToFetch | None
    state: AlertState
    to_be_phoned: bool = Field(description="No answer yet, or nothing has reached them")
    expected_at: AwareDatetime | None


class UnitToPhone(Out):
    """A unit that was ordered; its station's number is in the register of stations."""

    order_id: str
    unit_id: str
    kind: UnitKind
    tier: Tier
    station_id: str
    station_name: str | None
    state: OrderState
    to_be_phoned: bool = Field(description="Its crew has not acknowledged the order")
    expected_at: AwareDatetime | None


class PhonePlanOut(Out):
    """Everything that is needed to carry the plan out by telephone, in the order of calling."""

    incident_id: str
    made_at: AwareDatetime
    plan_number: int
    state: IncidentState
    opened_at: AwareDatetime
    place: Place
    details: Details
    caller_phones: list[str]
    contacts: Literal["known", "register_away"] = Field(
        description="register_away: there are no names and numbers now"
    )
    units: list[UnitToPhone]
    rescuers: list[RescuerToPhone]


_UNREACHED = frozenset({AlertState.SENT, AlertState.UNDELIVERED, AlertState.TIMED_OUT})
_MAY_COME = _UNREACHED | {AlertState.DELIVERED, AlertState.SEEN}


@router.get("/incidents/{incident_id}/phone-plan")
async def read_phone_plan(
    incident_id: IncidentId,
    who: Dispatcher,
    desk: DeskPart,
    picture: Annotated[Picture, use(Picture)],
    codes: Annotated[AedCodes, use(AedCodes)],
    contacts: Annotated[Contacts, use(Contacts)],
) -> PhonePlanOut:
    """Whom to telephone about an incident, and what to tell them; audited."""
    now = desk.clock.now()
    async with desk.read() as connection, connection.transaction():
        incident = await incidents.get(connection, incident_id)
        if incident is None:
            raise not_found("incident", incident_id)
        people = _on(await alerts.of_incident(connection, incident_id), ended=incident.ended)
        crews = [o for o in await orders.of_incident(connection, incident_id) if o.active]
        calls = await incidents.calls_of(connection, incident_id)
        await audit(
            connection,
            actor=who.actor,
            action="read_contacts",
            subject=incident_id,
            now=now,
            detail={"rescuers": " ".join(sorted({alert.rescuer_id for alert in people}))},
        )
    known, to_fetch = await asyncio.gather(
        contacts.of(
            {alert.rescuer_id for alert in people}, incident_id=incident_id, asked_by=who.actor
        ),
        _aeds(people, picture, codes),
    )
    return PhonePlanOut(
        incident_id=incident_id,
        made_at=now,
        plan_number=incident.last_plan,
        state=incident.state,
        opened_at=incident.opened_at,
        place=Place(latitude=incident.latitude, longitude=incident.longitude),
        details=details_of(incident),
        caller_phones=[call["caller_phone"] for call in calls if call["caller_phone"]],
        contacts="register_away" if known is None else "known",
        units=[_unit(order, picture) for order in sorted(crews, key=_crew_order)],
        rescuers=[
            _rescuer(alert, to_fetch, (known or {}).get(alert.rescuer_id)) for alert in people
        ],
    )


def _on(found: list[Alert], *, ended: bool) -> list[Alert]:
    """Who is on or may still come: whoever has to be phoned first, then by the plan's rank."""
    if ended:
        return []
    newest = {alert.rescuer_id: alert for alert in found}
    on = [alert for alert in newest.values() if alert.active or alert.state in _MAY_COME]
    return sorted(on, key=lambda a: (a.accepted, a.sent_at, a.choice.get("rank", 0), a.id))


async def _aeds(people: list[Alert], picture: Picture, codes: AedCodes) -> dict[str, AedToFetch]:
    wanted = sorted({alert.aed_id for alert in people if alert.aed_id is not None})
    found = {}
    for aed_id in wanted:
        record = picture.aeds.get(aed_id)
        needs_code = record is not None and record.code_required
        found[aed_id] = AedToFetch(
            id=aed_id,
            name=None if record is None else record.name,
            place=None
            if record is None
            else Place(latitude=record.latitude, longitude=record.longitude),
            floor=None if record is None else record.floor,
            placement=None if record is None else record.placement,
            code_required=needs_code,
            code=await codes.code_of(aed_id) if needs_code else None,
        )
    return found


def _rescuer(alert: Alert, aeds: dict[str, AedToFetch], contact: Contact | None) -> RescuerToPhone:
    return RescuerToPhone(
        alert_id=alert.id,
        rescuer_id=alert.rescuer_id,
        name=None if contact is None else contact.name,
        phone=None if contact is None else contact.phone,
        task=alert.task,
        aed=None if alert.aed_id is None else aeds[alert.aed_id],
        state=alert.state,
        to_be_phoned=alert.state in _MAY_COME,
        expected_at=_expected(alert.sent_at, alert.eta_s),
    )


def _unit(order: Order, picture: Picture) -> UnitToPhone:
    station = picture.stations.get(order.station_id)
    return UnitToPhone(
        order_id=order.id,
        unit_id=order.unit_id,
        kind=order.kind,
        tier=order.tier,
        station_id=order.station_id,
        station_name=None if station is None else station.name,
        state=order.state,
        to_be_phoned=order.state is OrderState.NOTIFIED,
        expected_at=_expected(order.notified_at, order.eta_s),
    )


def _crew_order(order: Order) -> tuple[bool, datetime, str]:
    return order.state is not OrderState.NOTIFIED, order.notified_at, order.id


def _expected(sent_at: datetime, eta_s: float | None) -> datetime | None:
    return None if eta_s is None else sent_at + timedelta(seconds=eta_s)
