"""Two incidents that are one patient after all, or are not."""

from __future__ import annotations

from services.dispatch.store import claims, deadlines, incidents
from services.dispatch.work.case import Case
from services.dispatch.work.commands import Commands
from services.dispatch.work.desk import Replan
from shared.contracts.words import IncidentState, Task, TimelineEvent
from shared.decision.policy import Policy
from shared.http.problems import conflict


class Merging:
    """Merges and splits incidents under work; the caller opens the cases."""

    def __init__(self, commands: Commands, replan: Replan, policy: Policy) -> None:
        self._commands = commands
        self._replan = replan
        self._policy = policy

    async def merge(self, case: Case, into: Case, *, by: str) -> None:
        """The two are one patient: what this one brought goes on under the other, sent once."""
        if into.incident.ended:
            raise conflict(
                "incident-ended",
                "The other incident has ended",
                f"Incident {into.incident.id} is {into.incident.state.value}.",
            )
        await deadlines.drop(case.connection, case.incident.id)
        case.incident.state_before_merge = case.incident.state
        case.incident.state = IncidentState.MERGED
        case.incident.merged_into = into.incident.id
        case.incident.call_off_until = None
        case.incident.hold_until = None
        await case.note(TimelineEvent.MERGED, by=by, into=into.incident.id)
        await into.note(TimelineEvent.MERGED, by=by, other_incident_id=case.incident.id)
        await incidents.move(case.connection, incident_id=case.incident.id, to=into.incident.id)
        await incidents.decide_links(
            case.connection, case.incident.id, "same", case.now, by, other_id=into.incident.id
        )
        await into.reload()
        await self._take_over_answers(case, into, by=by)
        await self._replan(into, TimelineEvent.MERGED.value)

    async def _take_over_answers(self, case: Case, into: Case, *, by: str) -> None:
        """What the other caller said counts for the patient: gates above all.

        A split leaves them: whoever finds that a danger was the other scene's says so.
        """
        said, known = case.incident, into.incident
        new_gates = said.gates - known.gates
        for gate in sorted(new_gates):
            await into.note(TimelineEvent.GATE_CLOSED, by=by, gate=gate.value)
        known.gates |= said.gates
        known.details = {**said.details, **known.details}
        if known.conscious is None:
            known.conscious = said.conscious
        if known.breathing_normally is None:
            known.breathing_normally = said.breathing_normally
        if said.bystander_cpr and not known.bystander_cpr:
            await self._commands.note_bystander_cpr(into, by=by)
        into.dirty = True
        if new_gates:
            await self._commands.let_go(into)

    async def split(self, case: Case, other: Case | None, *, by: str) -> None:
        """They are two patients after all: what this one brought comes back to it."""
        incident = case.incident
        if incident.state is not IncidentState.MERGED or other is None:
            raise conflict(
                "not-merged", "Not merged", f"Incident {incident.id} is not merged into another."
            )
        incident.state = incident.state_before_merge or IncidentState.OPEN
        incident.state_before_merge = None
        incident.merged_into = None
        await incidents.move_back(case.connection, origin=incident.id)
        await incidents.decide_links(
            case.connection, incident.id, "different", case.now, by, other_id=other.incident.id
        )
        await case.reload()
        await other.reload()
        await self._share_out_aeds(case, other)
        await case.note(TimelineEvent.SPLIT, by=by, other_incident_id=other.incident.id)
        await other.note(TimelineEvent.SPLIT, by=by, other_incident_id=incident.id)
        if not other.incident.ended:
            await self._replan(other, TimelineEvent.SPLIT.value)
        await self._commands.activate_now(case, by="system", trigger=TimelineEvent.SPLIT.value)

    async def _share_out_aeds(self, case: Case, other: Case) -> None:
        """Each AED goes with whoever has it, has accepted to fetch it, or was sent for it first.

        Whoever was sent for it by the other incident goes straight to the patient, until the plan
        that follows finds something better.
        """
        going = set()
        for aed_id in case.aeds_in_use():
            first, *_ = sorted(
                (a for a in (*case.alerts, *other.alerts) if a.active and a.aed_id == aed_id),
                key=lambda a: (a.collected_at is None, not a.accepted, a.sent_at, a.id),
            )
            winner, loser = (case, other) if first in case.alerts else (other, case)
            if winner is case:
                going.add(aed_id)
            for alert in loser.alerts:
                if alert.active and alert.aed_id == aed_id:
                    await loser.change_task(
                        alert,
                        Task.DIRECT,
                        None,
                        because=TimelineEvent.SPLIT.value,
                        lasts_s=self._policy.activation.expires_s,
                    )
        await claims.hand_over_aeds(
            case.connection, other.incident.id, case.incident.id, sorted(going)
        )

    async def different(self, case: Case, *, by: str) -> None:
        """The offered links are other patients: this one is sent for at once."""
        await incidents.decide_links(case.connection, case.incident.id, "different", case.now, by)
        await self._commands.activate_now(case, by="system", trigger="different_patient")
