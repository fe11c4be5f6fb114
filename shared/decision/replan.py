"""Re-planning: who is let go, who gets a new task because theirs can no longer be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf

from shared.contracts.words import AlertState, Task
from shared.decision.helpers import ACCEPTED, HAS_AED, PENDING, Helper
from shared.decision.model import (
    Commitment,
    PlaceSource,
    Reason,
    RescuerChoice,
    StandDown,
)
from shared.decision.moment import Moment
from shared.decision.objective import Score, better
from shared.decision.odds import aed_odds
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot
from shared.decision.units import UnitArrival

AEDS_FOR_RETASK = 6
"""Nearest usable AEDs tried for somebody whose AED is gone."""


def superfluous(
    helpers: Sequence[Helper],
    arrivals: Sequence[UnitArrival],
    ambulance_eta_s: float | None,
    policy: Policy,
) -> list[StandDown]:
    """Who of the commitments in force cannot help any more."""
    let_go = []
    aed_there = any(
        h.commitment.state is AlertState.ARRIVED and h.p_aed > 0 for h in helpers
    ) or any(a.there and a.defibrillates for a in arrivals)
    limit_s = inf if ambulance_eta_s is None else ambulance_eta_s + policy.stand_down.slower_by_s
    for h in helpers:
        commitment = h.commitment
        if commitment.state in (AlertState.ARRIVED, AlertState.AED_COLLECTED):
            continue
        # An AED may come a little after the crew, whose estimate may be wrong.
        late_s = policy.aed.late_s if commitment.task is Task.VIA_AED else 0.0
        if commitment.task is Task.VIA_AED and aed_there:
            let_go.append(StandDown(commitment.rescuer_id, Reason.AED_AT_PATIENT))
        elif h.placed and h.eta_s > limit_s + late_s:
            let_go.append(StandDown(commitment.rescuer_id, Reason.SLOWER_THAN_AMBULANCE))
    return let_go


def unanswered_to_spare(
    helpers: Sequence[Helper],
    policy: Policy,
    shortfall_without: Callable[[frozenset[str]], float],
) -> list[StandDown]:
    """Alerts to withdraw because enough accepted and the shortfall does not miss the rest.

    ``shortfall_without`` tells the shortfall with these rescuers gone. The latest go first. Who was
    asked to bring an AED is kept until somebody has one in their hands: beyond the target time a
    late shock no longer shows in the shortfall, but it is still the shock that saves.
    """
    # A guide does other work: the shortfall never misses one.
    helpers = [h for h in helpers if h.commitment.task is not Task.GUIDE]
    accepted = [h for h in helpers if h.commitment.state in ACCEPTED]
    if len(accepted) < policy.stand_down.enough_accepted:
        return []
    aed_is_coming = any(
        h.commitment.task is Task.VIA_AED and h.p_aed > 0 and h.commitment.state in HAS_AED
        for h in accepted
    )
    today = shortfall_without(frozenset())
    spared: set[str] = set()
    for h in sorted(helpers, key=lambda h: (-h.eta_s, h.commitment.rescuer_id)):
        carries = h.commitment.task is Task.VIA_AED
        if len(helpers) - len(spared) <= policy.target.floor:
            break
        if h.commitment.state in PENDING and (aed_is_coming or not carries):
            gone = frozenset(spared) | {h.commitment.rescuer_id}
            if shortfall_without(gone) <= today + policy.target.tolerance:
                spared.add(h.commitment.rescuer_id)
    return [StandDown(rescuer_id, Reason.ENOUGH_ACCEPTED) for rescuer_id in sorted(spared)]


def collected_aeds(commitments: Sequence[Commitment]) -> frozenset[str]:
    """AEDs that somebody of this incident has in their hands, or had at the patient."""
    return frozenset(
        c.aed_id
        for c in commitments
        if c.task is Task.VIA_AED and c.aed_id is not None and c.state in HAS_AED
    )


def lost_its_aed(
    commitment: Commitment,
    snapshot: Snapshot,
    moment: Moment,
    policy: Policy,
    collected: frozenset[str],
) -> bool:
    """Whether the task can no longer be done as it was given.

    The AED is missing, closed or broken, or a colleague has taken it (``collected``).
    """
    if commitment.task is not Task.VIA_AED or commitment.aed_id is None:
        return False
    if commitment.state not in PENDING and commitment.state is not AlertState.ACCEPTED:
        return False
    if commitment.aed_id in snapshot.missing_aeds or commitment.aed_id in collected:
        return True
    record = snapshot.aeds.get(commitment.aed_id)
    return record is not None and aed_odds(record, moment, policy.aed).shut is not None


def behind_another(helpers: Sequence[Helper]) -> list[Helper]:
    """Those who accepted to fetch an AED to which somebody else who accepted comes sooner.

    Both are on the way to one device. The soonest keeps the task (the lower id on ties).
    """
    first: dict[str, Helper] = {}
    accepted = [h for h in helpers if h.commitment.state is AlertState.ACCEPTED]
    for h in sorted(accepted, key=lambda h: (h.eta_s, h.commitment.rescuer_id)):
        if h.shared_aed is not None:
            first.setdefault(h.shared_aed, h)
    return [
        h
        for h in sorted(accepted, key=lambda h: h.commitment.rescuer_id)
        if h.shared_aed is not None and first[h.shared_aed] is not h
    ]


def tasks_left(
    commitment: Commitment,
    aeds: Mapping[str, float],
    ambulance_eta_s: float | None,
    policy: Policy,
    worth: Callable[[Commitment], Helper],
) -> list[Helper]:
    """What somebody could do instead: straight to the patient if that beats the ambulance, or over
    one of the nearest AEDs.

    ``aeds`` are seconds from now until each closes, the nearest first; one that closes before they
    could be back with it is left out.
    """
    limit_s = inf if ambulance_eta_s is None else ambulance_eta_s
    tries = [worth(replace(commitment, task=Task.DIRECT, aed_id=None))]
    if tries[0].eta_s >= limit_s:
        tries.clear()
    for aed_id, open_for_s in list(aeds.items())[:AEDS_FOR_RETASK]:
        other = worth(replace(commitment, task=Task.VIA_AED, aed_id=aed_id))
        if other.eta_s <= limit_s + policy.aed.late_s and other.eta_s < open_for_s:
            tries.append(other)
    return tries


def best_task(
    tries: Sequence[Helper], policy: Policy, score_with: Callable[[Helper], Score]
) -> Helper | None:
    """The task with which the objective is best, the first of equals; None of none."""
    best: Helper | None = None
    best_score: Score | None = None
    for n, one in enumerate(tries):
        score = score_with(one)
        if best_score is None or better(score, (n,), best_score, (-1,), policy.target):
            best, best_score = one, score
    return best


def retasked_choice(
    one: Helper, rank: int, snapshot: Snapshot, moment: Moment, policy: Policy
) -> RescuerChoice:
    """A commitment with its new task, as a plan tells it."""
    aed_id = one.commitment.aed_id
    record = None if aed_id is None else snapshot.aeds.get(aed_id)
    odds = None if record is None else aed_odds(record, moment, policy.aed)
    placed = one.commitment.latitude is not None
    source = PlaceSource.TASK if placed or one.where is None else one.where.source
    return RescuerChoice(
        rescuer_id=one.commitment.rescuer_id,
        rank=rank,
        task=one.commitment.task,
        aed_id=aed_id,
        eta_cpr_s=one.eta_s,
        eta_shock_s=None if aed_id is None else one.eta_s + policy.aed.apply_s,
        p_accept=one.p_accept,
        p_arrive=one.p_arrive,
        p_aed=None if odds is None else odds.p,
        aed_doubts=() if odds is None else odds.doubts,
        place_source=source,
        place_age_s=None if placed or one.where is None else one.where.age_s,
        mode=one.mode,
        distance_m=one.distance_m,
        reason=Reason.AED_LOST,
    )
