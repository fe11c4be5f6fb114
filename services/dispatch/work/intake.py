"""Taking a call: durable first, then planned, sent and, if it looks the same, offered as a link."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.dispatch.domain.activation import activation
from services.dispatch.domain.models import Incident
from services.dispatch.store import Connection, deadlines, incidents
from services.dispatch.work.case import Case
from services.dispatch.work.commands import Commands
from services.dispatch.work.desk import Replan
from shared.contracts.words import Gate, IncidentState, TimelineEvent
from shared.decision.policy import Policy
from shared.geometry.cells import shard_of_place
from shared.geometry.distance import great_circle_m
from shared.geometry.place import Place
from shared.ids import new_id
from shared.telemetry.logs import about_incident, logger

SAME_PATIENT_M = 150.0
SAME_PATIENT_WITHIN = timedelta(minutes=20)
SAME_PATIENT_HOLD_S = 10.0
"""How near in place and time a second call is offered as the same patient, and how long its own
volunteers are held for the answer (our choices; two callers' places of one scene differ by the
accuracy of their phones, and an unanswered offer must not cost more than ten seconds)."""


log = logger(__name__)


class Intake:
    """Takes calls, inside the transaction that its caller opens."""

    def __init__(self, commands: Commands, replan: Replan, policy: Policy) -> None:
        self._commands = commands
        self._replan = replan
        self._policy = policy

    async def take(
        self,
        connection: Connection,
        *,
        place: Place,
        details: dict[str, Any],
        conscious: bool | None,
        breathing_normally: bool | None,
        gates: frozenset[Gate],
        bystander_cpr: bool,
        received_at: datetime,
        caller_phone: str | None,
        content: dict[str, Any],
        by: str,
        now: datetime,
    ) -> tuple[str, str]:
        """Keeps a call, opens its incident, plans and sends; returns (call id, incident id)."""
        incident = Incident(
            id=new_id("inc"),
            version=1,
            state=IncidentState.OPEN,
            shard=shard_of_place(place.latitude, place.longitude),
            opened_at=received_at,
            closed_at=None,
            latitude=place.latitude,
            longitude=place.longitude,
            details=details,
            conscious=conscious,
            breathing_normally=breathing_normally,
            gates=gates,
            bystander_cpr=bystander_cpr,
            not_an_arrest=False,
            widened=0,
            call_off_until=None,
            hold_until=None,
            merged_into=None,
            state_before_merge=None,
            closed_because=None,
            last_sequence=0,
            last_plan=0,
        )
        await incidents.insert(connection, incident)
        call_id = new_id("call")
        await incidents.insert_call(
            connection,
            call_id=call_id,
            incident_id=incident.id,
            received_at=received_at,
            taken_by=by,
            caller_phone=caller_phone,
            content=content,
        )
        case = Case(connection=connection, incident=incident, alerts=[], orders=[], now=now)
        await case.note(TimelineEvent.CALL_RECEIVED, by=by, at=received_at, call_id=call_id)
        await case.note(TimelineEvent.ADDRESS_KNOWN, by=by)
        if bystander_cpr:
            await self._commands.note_bystander_cpr(case, by=by)
        for gate in sorted(gates):
            await case.note(TimelineEvent.GATE_CLOSED, by=by, gate=gate.value)
        likely_same = await self._offer_links(case)
        meaning = activation(
            conscious=conscious, breathing_normally=breathing_normally, gates=gates
        )
        if meaning.suspected_arrest:
            await case.note(TimelineEvent.ARREST_RECOGNISED, by=by)
        hold_s = SAME_PATIENT_HOLD_S if likely_same else self._policy.activation.hold_s
        if likely_same:
            # Nobody is sent twice to one patient; unanswered, the call is sent for by itself.
            incident.hold_until = now + timedelta(seconds=hold_s)
            await deadlines.put(
                connection,
                kind="activate",
                incident_id=incident.id,
                subject_id=incident.id,
                due_at=now + timedelta(seconds=hold_s),
            )
            await self._replan(case, "call")
        elif meaning.automatic and hold_s > 0:
            await deadlines.put(
                connection,
                kind="activate",
                incident_id=incident.id,
                subject_id=incident.id,
                due_at=now + timedelta(seconds=hold_s),
            )
            incident.call_off_until = now + timedelta(seconds=hold_s)
            await self._replan(case, "call")
        elif meaning.automatic:
            await self._commands.activate_now(case, by="system", trigger="call")
        else:
            await self._replan(case, "call")
        await case.close()
        with about_incident(incident.id):
            log.info(
                "call taken", call_id=call_id, alerts=len(case.alerts), orders=len(case.orders)
            )
        return call_id, incident.id

    async def _offer_links(self, case: Case) -> bool:
        """Offers open incidents nearby as the same patient; True when there is one."""
        incident = case.incident
        nearby = []
        for other in await incidents.open_since(
            case.connection, case.now - SAME_PATIENT_WITHIN, incident.id
        ):
            distance_m = great_circle_m(
                incident.latitude, incident.longitude, other.latitude, other.longitude
            )
            if distance_m <= SAME_PATIENT_M:
                nearby.append((distance_m, other))
        for distance_m, other in sorted(nearby, key=lambda pair: (pair[0], pair[1].id)):
            await incidents.offer_link(case.connection, incident.id, other.id, case.now, distance_m)
            await case.note(
                TimelineEvent.LINK_OFFERED,
                by="system",
                other_incident_id=other.id,
                distance_m=distance_m,
            )
        return bool(nearby)
