"""The one pure function: a snapshot, a patient, the time and a policy in; a plan out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.words import AlertState
from shared.decision.assign import assign
from shared.decision.candidates import AedCandidate, Candidate, aeds_around, rescuers_around
from shared.decision.circle import patient_circle
from shared.decision.explain import (
    basis_of,
    capped,
    choices_of,
    guide_of,
    needs,
    not_chosen,
    targets_of,
)
from shared.decision.helpers import OUT, Helper, asked_reason, helper, in_force, may_be_asked_again
from shared.decision.model import (
    Closed,
    Commitment,
    Order,
    Patient,
    Plan,
    Reason,
    RescuerChoice,
    Skipped,
    StandDown,
)
from shared.decision.moment import Moment
from shared.decision.options import prepare
from shared.decision.policy import Policy
from shared.decision.replan import (
    lost_its_aed,
    retask,
    retasked_choice,
    superfluous,
    unanswered_to_spare,
)
from shared.decision.snapshot import Snapshot
from shared.decision.standing import Standing
from shared.decision.units import UnitPlan, plan_units
from shared.decision.ways import places_of, router_of, vertical_s, ways_of


def gates_closed(patient: Patient, units: UnitPlan, policy: Policy) -> tuple[str, ...]:
    """Why no volunteer may be sent (DOMAIN "Who must not be sent"); empty when they may."""
    closed = [gate.value for gate in patient.gates if gate in policy.activation.gates]
    if patient.conscious:
        closed.append(Closed.CONSCIOUS.value)
    if patient.breathing:
        closed.append(Closed.BREATHING.value)
    if patient.arrest_likelihood < policy.activation.p_arrest_min:
        closed.append(Closed.ARREST_UNLIKELY.value)
    if units.ambulance_at_patient:
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


def _time_zone(
    candidates: Sequence[Candidate],
    aeds: Sequence[AedCandidate],
    units: UnitPlan,
    snapshot: Snapshot,
) -> str:
    """The zone of whoever is nearest: a patient brings none. UTC when there is nobody at all."""
    if candidates:
        return min(candidates, key=lambda c: (c.straight_m, c.record.id)).record.time_zone
    if aeds:
        return aeds[0].record.time_zone
    for choice in units.choices:
        station = snapshot.stations.get(choice.station_id)
        if station is not None:
            return station.time_zone
    return "UTC"


@dataclass(frozen=True, slots=True)
class _Volunteers:
    """What a plan says about rescuers and AEDs."""

    chosen: tuple[RescuerChoice, ...] = ()
    retask: tuple[RescuerChoice, ...] = ()
    stand_down: tuple[StandDown, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """Who and what is around the patient."""

    candidates: list[Candidate]
    """Sorted by id."""
    aeds: list[AedCandidate]
    """Nearest first."""
    skipped: list[Skipped]


def _surroundings(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    commitments: Sequence[Commitment],
) -> _Surroundings:
    asked = {c.rescuer_id: asked_reason(c) for c in commitments if not may_be_asked_again(c)}
    candidates, skipped = rescuers_around(snapshot, patient, moment, policy, asked)
    candidates.sort(key=lambda c: c.record.id)
    ours = frozenset(c.aed_id for c in commitments if c.aed_id is not None and in_force(c))
    aeds, aeds_out = aeds_around(snapshot, patient, moment, policy, ours)
    return _Surroundings(candidates, aeds, skipped + aeds_out)


def _recount(
    commitments: Sequence[Commitment],
    around: _Surroundings,
    standing: Standing,
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    zone: str,
    units: UnitPlan,
) -> tuple[list[RescuerChoice], list[StandDown]]:
    """Counts the commitments in force; who lost their AED gets a new task or is let go."""

    def worth(commitment: Commitment) -> Helper:
        return helper(commitment, snapshot, patient, moment, policy, zone)

    lost = []
    for commitment in commitments:
        if not in_force(commitment):
            continue
        if lost_its_aed(commitment, snapshot, moment, policy):
            lost.append(commitment)
        else:
            standing.add(worth(commitment))
    retasked: list[RescuerChoice] = []
    let_go: list[StandDown] = []
    for commitment in lost:
        ambulance_s = units.ambulance_eta_s
        best = retask(commitment, around.aeds, ambulance_s, policy, worth, standing.score_with)
        if best is None:
            let_go.append(StandDown(commitment.rescuer_id, Reason.AED_LOST))
            continue
        standing.add(best)
        around.aeds[:] = [a for a in around.aeds if a.record.id != best.commitment.aed_id]
        retasked.append(retasked_choice(best, len(retasked) + 1, snapshot, moment, policy))
    gone = superfluous(standing.helpers, units.arrivals, units.ambulance_eta_s, policy)
    standing.drop(s.rescuer_id for s in gone)
    return retasked, let_go + gone


def _volunteers(
    commitments: Sequence[Commitment],
    around: _Surroundings,
    standing: Standing,
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    zone: str,
    units: UnitPlan,
) -> _Volunteers:
    """Whom to alert, to give another task, and to let go."""
    ambulance_s = units.ambulance_eta_s
    retasked, let_go = _recount(
        commitments, around, standing, snapshot, patient, moment, policy, zone, units
    )
    candidates, aeds = around.candidates, around.aeds
    near = sorted(aeds[: policy.reach.aeds], key=lambda aed: aed.record.id)
    router = router_of(snapshot, policy.travel)
    ways = ways_of(places_of(candidates), near, patient, router, policy.travel)
    prepared = prepare(
        candidates, near, ways, patient, moment, standing.horizon, ambulance_s, policy
    )
    objective = standing.objective(prepared.options)
    active = standing.active()
    picks = assign(objective, active=active)
    chosen = choices_of(picks, prepared, candidates, near, objective, active, moment, policy)
    if not picks:
        spare = unanswered_to_spare(standing.helpers, policy, standing.shortfall_without)
        standing.drop(s.rescuer_id for s in spare)
        let_go.extend(spare)
    guide = guide_of(chosen, prepared, candidates, patient, standing, ambulance_s, moment, policy)
    if guide is not None:
        chosen = (*chosen, guide)
    standing.take(objective, picks)
    skipped = around.skipped + not_chosen(chosen, prepared, candidates, aeds, near, ambulance_s)
    return _Volunteers(
        chosen=chosen,
        retask=tuple(retasked),
        stand_down=tuple(sorted(let_go, key=lambda s: s.rescuer_id)),
        skipped=tuple(skipped),
    )


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
    """
    moment = Moment(now, policy.response)
    commitments = _newest(commitments)
    units = plan_units(snapshot, patient, moment, policy, orders)
    closed = gates_closed(patient, units, policy)
    around = _Surroundings([], [], [])
    if not closed:
        around = _surroundings(snapshot, patient, moment, policy, commitments)
    zone = _time_zone(around.candidates, around.aeds, units, snapshot)
    night = moment.is_night(zone)
    standing = Standing.of(patient, moment, night, policy, units)
    if closed:
        volunteers = _Volunteers(stand_down=tuple(_all_let_go(commitments, closed)))
    else:
        volunteers = _volunteers(
            commitments, around, standing, snapshot, patient, moment, policy, zone, units
        )
    targets = targets_of(standing, policy)
    shown, counts = capped((*units.skipped, *volunteers.skipped), policy.explain.per_reason)
    router = router_of(snapshot, policy.travel)
    circle = patient_circle(
        patient.latitude,
        patient.longitude,
        start_s=policy.response.delivery_s
        + policy.response.answer_s
        + moment.period(night).turnout_median_s
        + vertical_s(patient.floor, policy.travel),
        policy=policy,
        router=router,
    )
    return Plan(
        policy=policy.name,
        policy_version=policy.version,
        made_at=moment.now,
        call_at=patient.call_at,
        basis=basis_of(snapshot, router, moment, policy),
        gates_closed=closed,
        rescuers=volunteers.chosen,
        retask=volunteers.retask,
        stand_down=volunteers.stand_down,
        units=units.choices,
        ambulance_eta_s=units.ambulance_eta_s,
        targets=targets,
        needed=() if closed else needs(targets, standing, patient, night, moment, policy),
        skipped=shown,
        skipped_counts=counts,
        circle=circle,
        circle_cells=sum(len(band.cells) for band in circle),
    )
