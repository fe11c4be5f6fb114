"""What a dispatcher can do with an incident, besides taking the call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.dispatch.domain.activation import activation
from services.dispatch.store import deadlines
from services.dispatch.work.case import Case
from services.dispatch.work.desk import Replan
from shared.contracts.words import Gate, IncidentState, OrderState, TimelineEvent
from shared.decision.policy import Policy
from shared.geometry.distance import great_circle_m
from shared.geometry.place import Place
from shared.http.problems import conflict

MOST_WIDENINGS = 2
"""How often the search is widened by itself (our choice); a dispatcher may go on."""


class Commands:
    """Changes an incident under work; the caller opens the case and so the transaction."""

    def __init__(self, replan: Replan, policy: Policy) -> None:
        self._replan = replan
        self._policy = policy

    async def activate_now(self, case: Case, *, by: str, trigger: str = "activated") -> None:
        """Sends the volunteers (where no gate is closed) and the units.

        A dispatcher's own activation stands even if the answers do not say arrest; the system's
        after a hold only plans units when they do not.
        """
        incident = case.incident
        await deadlines.drop(case.connection, incident.id, "activate")
        incident.hold_until = None
        by_hand = by != "system"
        if by_hand:
            # Who activates by hand has judged anew that it is one.
            incident.not_an_arrest = False
        meaning = activation(
            conscious=incident.conscious,
            breathing_normally=incident.breathing_normally,
            gates=incident.gates,
            not_an_arrest=incident.not_an_arrest,
        )
        automatic = meaning.automatic and incident.state is IncidentState.OPEN
        if incident.state is not IncidentState.ACTIVATED and (by_hand or automatic):
            incident.state = IncidentState.ACTIVATED
            incident.call_off_until = case.now + timedelta(
                seconds=self._policy.activation.call_off_s
            )
            await case.note(TimelineEvent.ACTIVATED, by=by)
        case.dirty = True
        await self._replan(case, trigger)

    async def call_off(self, case: Case, *, by: str, because: str | None) -> None:
        """Stands the volunteers down; the units go on."""
        if case.incident.state is IncidentState.CALLED_OFF:
            return
        case.incident.state = IncidentState.CALLED_OFF
        case.incident.call_off_until = None
        await case.note(TimelineEvent.CALLED_OFF, by=by, because=because)
        await case.stand_down_all(by=by, because="called_off")
        await self._replan(case, TimelineEvent.CALLED_OFF.value)

    async def answers(
        self,
        case: Case,
        *,
        by: str,
        conscious: bool | None,
        breathing_normally: bool | None,
        gates: frozenset[Gate] | None,
    ) -> None:
        """Takes later answers: they may recognise the arrest, or close or open a gate."""
        incident = case.incident
        # What stands people down is what this answer changes, not what was known before: a
        # dispatcher may have activated by hand all the same.
        lets_go = bool(
            (conscious and not incident.conscious)
            or (breathing_normally and not incident.breathing_normally)
            or (gates is not None and gates - incident.gates)
        )
        if conscious is not None:
            incident.conscious = conscious
        if breathing_normally is not None:
            incident.breathing_normally = breathing_normally
        if conscious is False and breathing_normally is False:
            incident.not_an_arrest = False
        if gates is not None:
            for gate in sorted(gates - incident.gates):
                await case.note(TimelineEvent.GATE_CLOSED, by=by, gate=gate.value)
            incident.gates = gates
        await case.note(TimelineEvent.DETAILS_CORRECTED, by=by)
        meaning = activation(
            conscious=incident.conscious,
            breathing_normally=incident.breathing_normally,
            gates=incident.gates,
            not_an_arrest=incident.not_an_arrest,
        )
        if meaning.suspected_arrest and not await case.happened(TimelineEvent.ARREST_RECOGNISED):
            await case.note(TimelineEvent.ARREST_RECOGNISED, by=by)
        if lets_go:
            await self.let_go(case)
        held = incident.hold_until is not None and case.now < incident.hold_until
        if meaning.automatic and incident.state is IncidentState.OPEN and not held:
            await self.activate_now(case, by="system", trigger="answers")
        else:
            await self._replan(case, "answers")

    async def correct_place(
        self, case: Case, *, by: str, place: Place | None, details: dict[str, Any] | None
    ) -> None:
        """Moves the patient, or says better where in the building; everybody is told."""
        incident = case.incident
        if details is not None:
            incident.details = {
                **incident.details,
                **{key: value for key, value in details.items() if value is not None},
            }
            await case.note(TimelineEvent.DETAILS_CORRECTED, by=by)
        if place is not None:
            moved_m = great_circle_m(
                incident.latitude, incident.longitude, place.latitude, place.longitude
            )
            incident.latitude, incident.longitude = place.latitude, place.longitude
            await case.note(TimelineEvent.PLACE_CORRECTED, by=by, moved_m=moved_m)
        await case.tell_accepted()
        await self._replan(case, TimelineEvent.PLACE_CORRECTED.value)

    async def bystander_cpr(self, case: Case, *, by: str) -> None:
        """Somebody at the scene does CPR: what is needed now is an AED."""
        if case.incident.bystander_cpr:
            return
        await self.note_bystander_cpr(case, by=by)
        await self._replan(case, TimelineEvent.BYSTANDER_CPR_STARTED.value)

    @staticmethod
    async def note_bystander_cpr(case: Case, *, by: str) -> None:
        """Notes that a bystander does CPR, and the first compression if it is the first."""
        case.incident.bystander_cpr = True
        await case.note(TimelineEvent.BYSTANDER_CPR_STARTED, by=by)
        if not await case.happened(TimelineEvent.CPR_STARTED):
            await case.note(TimelineEvent.CPR_STARTED, by=by, who="bystander")

    @staticmethod
    async def let_go(case: Case) -> None:
        """Stands the volunteers down because of an answer; a later one may activate again."""
        await case.stand_down_all(by="system", because="gate_closed")
        if case.incident.state is IncidentState.ACTIVATED:
            case.incident.state = IncidentState.OPEN

    async def telephone_cpr(self, case: Case, *, by: str, step: str) -> None:
        """A step of the telephone-CPR script; compressions count as bystander CPR."""
        if step == "started" and not await case.happened(TimelineEvent.TELEPHONE_CPR_STARTED):
            await case.note(TimelineEvent.TELEPHONE_CPR_STARTED, by=by)
        elif step == "compressions":
            if not await case.happened(TimelineEvent.TELEPHONE_CPR_STARTED):
                await case.note(TimelineEvent.TELEPHONE_CPR_STARTED, by=by)
            await self.bystander_cpr(case, by=by)
        elif step in {"offered", "refused"}:
            await case.note(TimelineEvent.NOTE, by=by, telephone_cpr=step)

    async def replace(self, case: Case, trigger: str) -> None:
        """Plans again after somebody fell away, and looks further when nobody is left to ask.

        Replacing each one who fell away comes first; only when that leaves nobody who was asked or
        has accepted is the search widened, by itself and at most so often.
        """
        await self._replan(case, trigger)
        incident = case.incident
        while (
            incident.state is IncidentState.ACTIVATED
            and not any(alert.active for alert in case.alerts)
            and incident.widened < MOST_WIDENINGS
            and not incident.gates
            and not await case.happened(TimelineEvent.AMBULANCE_ARRIVED)
        ):
            await self.widen(case, by="system")

    async def widen(self, case: Case, *, by: str) -> None:
        """Looks further and asks more people."""
        case.incident.widened += 1
        await case.note(TimelineEvent.WIDENED, by=by, step=case.incident.widened)
        await self._replan(case, TimelineEvent.WIDENED.value)

    async def not_an_arrest(self, case: Case, *, by: str) -> None:
        """The patient is not in arrest: volunteers stand down, the units go on."""
        if case.incident.not_an_arrest:
            return
        case.incident.not_an_arrest = True
        case.incident.state = IncidentState.CALLED_OFF
        case.incident.call_off_until = None
        await case.note(TimelineEvent.NOT_AN_ARREST, by=by)
        await case.stand_down_all(by=by, because="not_an_arrest")
        await self._replan(case, TimelineEvent.NOT_AN_ARREST.value)

    async def cancel(self, case: Case, *, by: str, because: str | None) -> None:
        """Nobody is needed: everybody stands down, units included."""
        await case.note(TimelineEvent.CANCELLED, by=by, because=because)
        await case.end(by=by, because="cancelled")

    async def close(self, case: Case, *, by: str) -> None:
        """Ends the incident; units that are with the patient finish their orders by themselves."""
        on_the_way = [
            order.unit_id
            for order in case.orders
            if order.active
            and order.state in {OrderState.NOTIFIED, OrderState.ACKNOWLEDGED, OrderState.MOBILE}
        ]
        if on_the_way and not await case.happened(TimelineEvent.AMBULANCE_ARRIVED):
            raise conflict(
                "units-on-the-way",
                "Units are still on the way",
                f"{', '.join(on_the_way)} would be called back; cancel the incident to do that.",
            )
        await case.end(by=by, because="closed")

    async def note(self, case: Case, *, by: str, text: str) -> None:
        """Keeps a dispatcher's remark; it may name people, so it stays out of events."""
        notes = [*case.incident.details.get("notes", []), {"by": by, "text": text}]
        case.incident.details = {**case.incident.details, "notes": notes}
        await case.note(TimelineEvent.NOTE, by=by, number=len(notes))
