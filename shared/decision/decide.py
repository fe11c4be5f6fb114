"""The one pure function: a snapshot, a patient, the time and a policy in; a plan out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from shared.contracts.words import AlertState
from shared.decision.around import Around
from shared.decision.circle import patient_circle, router_at
from shared.decision.explain import (
    basis_of,
    by_distance,
    capped,
    needs,
    not_chosen,
    passed_over,
    targets_of,
)
from shared.decision.helpers import OUT
from shared.decision.lazy import LazyMapping, LazySequence
from shared.decision.model import (
    Closed,
    Commitment,
    Need,
    Order,
    Patient,
    Plan,
    Reason,
    Skipped,
    StandDown,
)
from shared.decision.moment import Moment
from shared.decision.numbers import QUESTION, Record, numbers_of
from shared.decision.policy import Policy
from shared.decision.routing import router_of
from shared.decision.seek import Fresh, in_one_call, seek
from shared.decision.snapshot import Snapshot
from shared.decision.standing import Standing, horizon_end_s
from shared.decision.units import UnitPlan, plan_units
from shared.decision.volunteers import Assigned, assign_tasks, surroundings, told
from shared.decision.ways import vertical_s


def gates_closed(patient: Patient, units: UnitPlan | None, policy: Policy) -> tuple[str, ...]:
    """Why no volunteer may be sent (DOMAIN "Who must not be sent"); empty when they may."""
    closed = [gate.value for gate in patient.gates if gate in policy.activation.gates]
    if patient.conscious:
        closed.append(Closed.CONSCIOUS.value)
    if patient.breathing:
        closed.append(Closed.BREATHING.value)
    if patient.arrest_likelihood < policy.activation.p_arrest_min:
        closed.append(Closed.ARREST_UNLIKELY.value)
    if units is not None and units.ambulance_at_patient:
        closed.append(Closed.AMBULANCE_AT_PATIENT.value)
    return tuple(sorted(closed))


def _newest(commitments: Sequence[Commitment]) -> list[Commitment]:
    """The last commitment of each rescuer, by id."""
    newest = {c.rescuer_id: c for c in sorted(commitments, key=lambda c: c.sent_at)}
    return [newest[rescuer_id] for rescuer_id in sorted(newest)]


def _all_let_go(commitments: Sequence[Commitment], closed: Sequence[str]) -> list[StandDown]:
    """Everybody who might still come; beside an ambulance crew, those who arrived stay."""
    crew_only = list(closed) == [Closed.AMBULANCE_AT_PATIENT.value]
    reason = Reason.AMBULANCE_AT_PATIENT if crew_only else Reason.GATE_CLOSED
    return [
        StandDown(c.rescuer_id, reason)
        for c in commitments
        if c.state not in OUT and not (crew_only and c.state is AlertState.ARRIVED)
    ]


def _time_zone(around: Around, units: UnitPlan, snapshot: Snapshot) -> str:
    """The zone of whoever is nearest: a patient brings none. UTC when there is nobody at all."""
    if around.ids:
        nearest = int(np.argmin(around.found["straight_m"]))  # by id among equals
        zone = snapshot.rescuers.columns[around.found["slot"][nearest]]["zone"]
        return snapshot.rescuers.zones.name(int(zone))
    if around.aed_ids:
        nearest = int(np.argmin(around.aeds["straight_m"]))
        zone = snapshot.aeds.columns[around.aeds["slot"][nearest]]["zone"]
        return snapshot.aeds.zones.name(int(zone))
    for choice in units.choices:
        station = snapshot.stations.get(choice.station_id)
        if station is not None:
            return station.time_zone
    return "UTC"


def _question(patient: Patient, moment: Moment, units: UnitPlan, policy: Policy) -> Record:
    """What the compiled searches are asked; who may be asked is set when it is known."""
    elapsed_s = max(0.0, (moment.now - patient.call_at).total_seconds())
    ambulance_s = units.ambulance_eta_s
    question: Record = np.zeros(1, dtype=QUESTION)
    question[0] = (
        patient.latitude,
        patient.longitude,
        moment.now.timestamp(),
        elapsed_s,
        horizon_end_s(elapsed_s, ambulance_s, policy),
        np.inf if ambulance_s is None else ambulance_s,
        vertical_s(patient.floor, policy.travel),
        0.0,
        0,
        0,
    )
    return question


def _nobody(commitments: Sequence[Commitment], closed: Sequence[str]) -> Assigned:
    """Where no volunteer may be sent: who might still come is let go."""
    let_go = tuple(_all_let_go(commitments, closed))
    return Assigned((), let_go, Around.nobody(), None)


@dataclass(frozen=True, slots=True)
class Stepwise:
    """Who was found and chosen, before a word is told about it."""

    units: UnitPlan
    closed: tuple[str, ...]
    zone: str
    standing: Standing
    assigned: Assigned


Sought = Stepwise | Fresh


def search_and_assign(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    commitments: Sequence[Commitment] = (),
    orders: Sequence[Order] = (),
) -> Sought:
    """The search for everybody who could help, and who does what: the heart of :func:`decide`.

    For a patient for whom nobody was asked or ordered yet it is one compiled call (``seek``).
    """
    if not commitments and not orders and policy.rule == "target" and in_one_call(snapshot):
        fresh = None
        if not gates_closed(patient, None, policy):
            fresh = seek(snapshot, patient, moment, policy)
        if fresh is not None:
            return fresh
    return step_by_step(snapshot, patient, moment, policy, commitments, orders)


def step_by_step(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    commitments: Sequence[Commitment] = (),
    orders: Sequence[Order] = (),
) -> Stepwise:
    """The same for whatever there is to decide: one compiled call after the other."""
    units = plan_units(snapshot, patient, moment, policy, orders)
    closed = gates_closed(patient, units, policy)
    question = _question(patient, moment, units, policy)
    around = Around.nobody()
    if not closed:
        around = surroundings(snapshot, moment, policy, question, commitments)
    zone = _time_zone(around, units, snapshot)
    p_works = moment.period(moment.is_night(zone)).p_channel
    question["p_works"] = p_works
    standing = Standing(question, numbers_of(policy).record, p_works, policy)
    standing.count_units(patient, units)
    if closed:
        return Stepwise(units, closed, zone, standing, _nobody(commitments, closed))
    assigned = assign_tasks(
        commitments, around, standing, snapshot, patient, moment, policy, zone, units, question
    )
    return Stepwise(units, closed, zone, standing, assigned)


def decide(
    snapshot: Snapshot,
    patient: Patient,
    now: datetime,
    policy: Policy,
    commitments: Sequence[Commitment] = (),
    orders: Sequence[Order] = (),
) -> Plan:
    """Who goes where, and why.

    ``commitments`` and ``orders`` are what this incident has asked already (in whatever state):
    they count, and only what comes in addition is chosen. Same inputs, same plan. Raises
    ``ValueError`` for a time without a zone; odd records (hours that do not parse, an unknown time
    zone) are taken as unknown and never stop a decision.

    What is chosen is known when this returns; ``skipped``, its counts and the circle are told from
    copies when they are read, but for records that the snapshot's indexes hold: read them before
    the indexes change.
    """
    moment = Moment(now, policy.response)
    router = router_at(snapshot.router, patient.latitude, patient.longitude)
    if router is not snapshot.router:
        # The streets that are loaded do not come near the patient: the grid, and the plan says so.
        snapshot = replace(snapshot, router=router)
    commitments = _newest(commitments)
    sought = search_and_assign(snapshot, patient, moment, policy, commitments, orders)
    units, closed, assigned = sought.units, sought.closed, sought.assigned
    night = moment.is_night(sought.zone)
    weighing = assigned.weighing
    chosen = told(
        assigned, sought.standing, snapshot, patient, moment, policy, units.ambulance_eta_s
    )
    score = sought.standing.score() if weighing is None else weighing.score()
    targets = targets_of(score, policy)
    needed: tuple[Need, ...] = ()
    if not closed:
        elapsed_s = sought.standing.elapsed_s
        needed = needs(targets, elapsed_s, patient, night, moment, policy)
    ways = router_of(router, policy.travel)
    known: list[tuple[tuple[Skipped, ...], dict[str, int]]] = []

    def tell() -> tuple[tuple[Skipped, ...], dict[str, int]]:
        if not known:
            skipped: list[Skipped] = []
            if weighing is not None:
                around = assigned.around
                skipped += passed_over(snapshot, around, moment, policy)
                skipped += not_chosen(chosen, around, weighing, units.ambulance_eta_s)
            shown, counts = capped(skipped, policy.explain.per_reason)
            # Units are told by themselves: most of a country's are only counted, unless all of
            # everything is asked for.
            most = policy.explain.per_reason
            everything = most >= len(snapshot.units)
            vehicles = (*units.skipped,) if everything else units.skipped.told(most)
            known.append(
                (
                    by_distance((*shown, *vehicles)),
                    dict(sorted({**counts, **units.skipped.counts}.items())),
                )
            )
        return known[0]

    start_s = (
        policy.response.delivery_s
        + policy.response.answer_s
        + moment.period(night).turnout_median_s
        + vertical_s(patient.floor, policy.travel)
    )
    place = (patient.latitude, patient.longitude)
    return Plan(
        policy=policy.name,
        policy_version=policy.version,
        made_at=moment.now,
        call_at=patient.call_at,
        basis=basis_of(snapshot, ways, moment, policy),
        gates_closed=closed,
        rescuers=chosen,
        retask=assigned.retask,
        stand_down=assigned.stand_down,
        units=units.choices,
        ambulance_eta_s=units.ambulance_eta_s,
        targets=targets,
        needed=needed,
        skipped=LazySequence(lambda: tell()[0]),
        skipped_counts=LazyMapping(lambda: tell()[1]),
        circle=LazySequence(
            lambda: tuple(patient_circle(*place, start_s=start_s, policy=policy, router=ways))
        ),
    )
