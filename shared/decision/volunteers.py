"""What a plan says about rescuers and AEDs: whom to alert, to give another task, to let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.contracts.words import AlertState, Task
from shared.decision.around import Around, look_around
from shared.decision.choosing import Chooser
from shared.decision.found import OURS
from shared.decision.helpers import Helper, asked_reason, helper, in_force, may_be_asked_again
from shared.decision.model import (
    Commitment,
    Patient,
    Reason,
    RescuerChoice,
    StandDown,
)
from shared.decision.moment import Moment
from shared.decision.numbers import REASON_CODES, Record, numbers_of
from shared.decision.policy import Policy
from shared.decision.replan import (
    behind_another,
    best_task,
    collected_aeds,
    lost_its_aed,
    retasked_choice,
    superfluous,
    tasks_left,
    unanswered_to_spare,
)
from shared.decision.rules import Active, picks_by
from shared.decision.snapshot import Snapshot
from shared.decision.standing import Standing
from shared.decision.units import UnitPlan
from shared.decision.weigh import Weighing, weigh
from shared.decision.weighed import Pick


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who does what, by number; ``told`` turns it into what a plan says."""

    retask: tuple[RescuerChoice, ...]
    stand_down: tuple[StandDown, ...]
    around: Around
    weighing: Weighing | None
    """With its picks; None where no volunteer may be sent."""
    ruled: tuple[Pick, ...] = ()
    """What a fixed rule picked, guides among them."""


def surroundings(
    snapshot: Snapshot,
    moment: Moment,
    policy: Policy,
    question: Record,
    commitments: Sequence[Commitment],
    enough: int | None = None,
) -> Around:
    """Who and what is around the patient, this incident's own commitments being known.

    ``enough`` is another count than the policy's of how many may be asked.
    """
    # A fixed rule would ask those whom it has just let go again and again.
    again = policy.rule == "target"
    asked = {
        c.rescuer_id: asked_reason(c)
        for c in commitments
        if not (again and may_be_asked_again(c, commitments, moment.now, policy))
    }
    marks = dict.fromkeys(sorted(collected_aeds(commitments)), REASON_CODES[Reason.ALREADY_ASKED])
    for c in commitments:
        if c.aed_id is not None and in_force(c):
            marks.setdefault(c.aed_id, OURS)
    record = numbers_of(policy).record
    if enough is not None:
        record = record.copy()
        record["enough"] = enough
    return look_around(snapshot, moment, policy, record, question, asked, marks)


def recount(
    commitments: Sequence[Commitment],
    around: Around,
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

    collected = collected_aeds(commitments)
    lost = []
    for commitment in commitments:
        if not in_force(commitment):
            continue
        if lost_its_aed(commitment, snapshot, moment, policy, collected):
            lost.append(commitment)
        else:
            standing.add(worth(commitment))
    retasked: list[RescuerChoice] = []
    let_go: list[StandDown] = []
    by_distance = np.argsort(around.aeds["straight_m"], kind="stable").tolist()
    nearest = {around.aed_ids[a]: float(around.aeds["open_for_s"][a]) for a in by_distance}
    ambulance_s = units.ambulance_eta_s

    def others(commitment: Commitment) -> dict[str, float]:
        """AEDs for somebody's new task: who accepted already is not sent after another to one."""
        if commitment.state is not AlertState.ACCEPTED:
            return nearest
        fetched = {
            h.shared_aed for h in standing.helpers if h.commitment.state is AlertState.ACCEPTED
        }
        return {aed_id: left_s for aed_id, left_s in nearest.items() if aed_id not in fetched}

    def give(best: Helper) -> None:
        standing.add(best)
        retasked.append(retasked_choice(best, len(retasked) + 1, snapshot, moment, policy))

    for commitment in lost:
        tries = tasks_left(commitment, others(commitment), ambulance_s, policy, worth)
        best = best_task(tries, policy, standing.score_with)
        if best is None:
            let_go.append(StandDown(commitment.rescuer_id, Reason.AED_LOST))
        else:
            give(best)
    for one in behind_another(standing.helpers):
        rescuer_id = one.commitment.rescuer_id
        standing.drop((rescuer_id,))
        left = tasks_left(one.commitment, others(one.commitment), ambulance_s, policy, worth)
        best = best_task([one, *left], policy, standing.score_with)
        if best is None or best is one:
            standing.add(one)
        else:
            give(best)
    gone = superfluous(standing.helpers, units.arrivals, ambulance_s, policy)
    standing.drop(s.rescuer_id for s in gone)
    return retasked, let_go + gone


FARTHER = 4
MOST_WEIGHED = 2_000
"""Where so many have no way, nobody is looked for beyond them."""


def cut_off(weighing: Weighing, enough: int) -> bool:
    """Whether farther people should be weighed: many were found, and most have no way at all."""
    found = len(weighing.people)
    if found < enough or found >= MOST_WEIGHED:
        return False
    return int(np.isfinite(weighing.people["direct_eta_s"]).sum()) * 2 < enough


def assign_tasks(
    commitments: Sequence[Commitment],
    around: Around,
    standing: Standing,
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    zone: str,
    units: UnitPlan,
    question: Record,
) -> Assigned:
    """Who does what, for a patient to whom volunteers may be sent."""
    retasked: list[RescuerChoice] = []
    let_go: list[StandDown] = []
    if commitments:
        retasked, let_go = recount(
            commitments, around, standing, snapshot, patient, moment, policy, zone, units
        )
    weighing = weigh(snapshot, patient, around, standing, policy, question)
    enough = policy.reach.enough
    while cut_off(weighing, enough):
        # Most of the nearest in a straight line have no way (a river, a ridge): look farther.
        enough *= FARTHER
        around = surroundings(snapshot, moment, policy, question, commitments, enough)
        weighing = weigh(snapshot, patient, around, standing, policy, question)
    ruled: list[Pick] = []
    if policy.rule == "target":
        weighing.assign(standing)
        if commitments and not len(weighing.picks):
            spare = unanswered_to_spare(standing.helpers, policy, standing.shortfall_without)
            standing.drop(s.rescuer_id for s in spare)
            weighing.rebase(standing)
            let_go.extend(spare)
    else:
        ruled = picks_by(
            policy.rule,
            weighing.columns(),
            policy,
            active=Active(
                standing.active(Task.DIRECT),
                standing.active(Task.VIA_AED),
                standing.active(Task.GUIDE),
            ),
            ambulance_eta_s=units.ambulance_eta_s,
            floor=patient.floor,
        )
        weighing.take([pick for pick in ruled if pick.task is not Task.GUIDE])
    return Assigned(
        retask=tuple(retasked),
        stand_down=tuple(sorted(let_go, key=lambda s: s.rescuer_id)),
        around=around,
        weighing=weighing,
        ruled=tuple(ruled),
    )


def told(
    assigned: Assigned,
    standing: Standing,
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    ambulance_eta_s: float | None,
) -> tuple[RescuerChoice, ...]:
    """Whom to alert, with times, odds and reasons; the guide, if one is wanted, last."""
    weighing = assigned.weighing
    if weighing is None:
        return ()
    chooser = Chooser(snapshot, assigned.around, weighing, moment, policy)
    if policy.rule != "target":
        return chooser.by_rule(assigned.ruled)
    chosen = chooser.by_objective(weighing.picks, standing.active())
    guide = chooser.guide(chosen, patient, standing, ambulance_eta_s)
    return chosen if guide is None else (*chosen, guide)
