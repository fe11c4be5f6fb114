"""Our own answers: what production calls for a plan, straight or on streets, and its candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loadtests.decision import world as w
from loadtests.decision.question import Answer
from shared.decision import Patient, Plan, Policy, Snapshot, decide
from shared.decision.around import look_around
from shared.decision.decide import Sought, search_and_assign
from shared.decision.moment import Moment
from shared.decision.numbers import QUESTION, numbers_of
from shared.decision.odds import aed_odds
from shared.decision.units_index import on_sphere
from shared.decision.units_numbers import unit_numbers_of
from shared.decision.units_search import search


@dataclass(frozen=True, slots=True)
class Ours:
    """A snapshot in memory, as dispatch holds it, and the decision on it."""

    snapshot: Snapshot
    policy: Policy

    def ask(self, patient: Patient) -> Plan:
        """The whole decision, as dispatch calls it: search, assignment, odds and what is chosen."""
        return decide(self.snapshot, patient, w.NOW, self.policy)

    def tell(self, patient: Patient) -> Plan:
        """The whole decision, and the reason of everybody who was not chosen as well."""
        plan = self.ask(patient)
        plan.skipped[:0], plan.skipped_counts.get("")  # what is told is made at the first look
        return plan

    def seek(self, patient: Patient) -> Sought:
        """The search for candidates and the assignment, as ``decide`` calls it."""
        moment = Moment(w.NOW, self.policy.response)
        return search_and_assign(self.snapshot, patient, moment, self.policy)

    def answer(self, patient: Patient) -> Answer:
        """The candidates that the decision weighs, by the searches that it calls."""
        moment = Moment(w.NOW, self.policy.response)
        question = np.zeros(1, dtype=QUESTION)
        question["latitude"], question["longitude"] = patient.latitude, patient.longitude
        question["now"] = w.NOW.timestamp()
        around = look_around(
            self.snapshot, moment, self.policy, numbers_of(self.policy).record, question, {}, {}
        )
        place = on_sphere(patient.latitude, patient.longitude)
        know = unit_numbers_of(self.policy).question(
            place, w.NOW.timestamp(), 0.0, streets=self.snapshot.router is not None
        )
        units, held = self.snapshot.units, self.snapshot.held
        promising = search(units, know, held, (), self.policy.units.considered).free
        return Answer(
            frozenset(w.number_of(identity) for identity in around.ids),
            frozenset(w.number_of(identity) for identity in around.aed_ids[: around.close]),
            frozenset(w.number_of(units.records[row].id) for row in promising.tolist()),
        )

    def usable(self, number: int) -> bool:
        """Whether somebody may be sent for an AED now, its own record and all else considered."""
        identity = w.aed_id(number)
        record = self.snapshot.aeds.get(identity)
        if record is None or identity in self.snapshot.missing_aeds:
            return False
        if identity in self.snapshot.held.aeds:
            return False
        moment = Moment(w.NOW, self.policy.response)
        return aed_odds(record, moment, self.policy.aed).shut is None
