"""Our own answers: what production calls for a plan, straight or on streets, and its candidates."""

from __future__ import annotations

from dataclasses import dataclass

from loadtests.decision import world as w
from loadtests.decision.question import Answer
from shared.decision import Patient, Plan, Policy, Snapshot, decide
from shared.decision.candidates import aeds_around, rescuers_around
from shared.decision.moment import Moment
from shared.decision.odds import aed_odds
from shared.decision.units import _units_around


@dataclass(frozen=True, slots=True)
class Ours:
    """A snapshot in memory, as dispatch holds it, and the decision on it."""

    snapshot: Snapshot
    policy: Policy

    def ask(self, patient: Patient) -> Plan:
        """The timed call."""
        return decide(self.snapshot, patient, w.NOW, self.policy)

    def answer(self, patient: Patient) -> Answer:
        """The candidates that the decision weighs."""
        moment = Moment(w.NOW, self.policy.response)
        people, _ = rescuers_around(self.snapshot, patient, moment, self.policy, {})
        people.sort(key=lambda one: (one.straight_m, one.record.id))
        devices, _ = aeds_around(self.snapshot, patient, moment, self.policy, frozenset())
        units, _ = _units_around(self.snapshot, patient, moment, self.policy, {})
        reach = self.policy.reach
        return Answer(
            frozenset(w.number_of(one.record.id) for one in people[: reach.enough]),
            frozenset(w.number_of(one.record.id) for one in devices[: reach.aeds]),
            frozenset(w.number_of(one.record.id) for one in units[: self.policy.units.considered]),
        )

    def usable(self, number: int) -> bool:
        """Whether somebody may be sent for an AED now."""
        identity = w.aed_id(number)
        record = self.snapshot.aeds.get(identity)
        if record is None or identity in self.snapshot.missing_aeds:
            return False
        if identity in self.snapshot.held.aeds:
            return False
        moment = Moment(w.NOW, self.policy.response)
        return aed_odds(record, moment, self.policy.aed).shut is None
