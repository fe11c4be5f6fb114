"""What a plan says about itself: reasons, numbers, what would be needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite

import numpy as np

from shared.contracts.words import Task
from shared.decision.candidates import AedCandidate, Candidate
from shared.decision.model import (
    Basis,
    CandidateKind,
    Need,
    Patient,
    Reason,
    RescuerChoice,
    Skipped,
    TableAge,
    Targets,
)
from shared.decision.moment import Moment
from shared.decision.objective import Objective
from shared.decision.odds import acceptance, arrived_by, responders_for
from shared.decision.options import Prepared
from shared.decision.policy import Policy
from shared.decision.routing import Router
from shared.decision.snapshot import Snapshot
from shared.decision.standing import Standing
from shared.decision.ways import vertical_s

MIGHT_HAVE_BEEN = frozenset(
    {
        Reason.NOT_NEEDED,
        Reason.SLOWER_THAN_AMBULANCE,
        Reason.OUT_OF_REACH,
        Reason.NO_CARRIER_IN_TIME,
        Reason.SLOWER,
    }
)
"""Reasons of candidates that were weighed."""


def choices_of(
    picks: Sequence[int],
    prepared: Prepared,
    candidates: Sequence[Candidate],
    aeds: Sequence[AedCandidate],
    objective: Objective,
    active: int,
    moment: Moment,
    policy: Policy,
) -> tuple[RescuerChoice, ...]:
    """The chosen options, ranked as they come, each with what it was chosen for."""
    full = objective.score(picks).shortfall
    at_floor = active + len(picks) <= policy.target.floor
    fastest = min(picks, key=lambda p: (prepared.eta_cpr_s[p], p), default=-1)
    carriers = 0
    choices = []

    def missed(pick: int) -> bool:
        """Whether the shortfall would grow without this one."""
        rest = [other for other in picks if other != pick]
        return objective.score(rest).shortfall - full > policy.target.tolerance

    for n, pick in enumerate(picks):
        option = prepared.options.items[pick]
        candidate = candidates[option.rescuer]
        aed = aeds[option.aed] if option.aed >= 0 else None
        if at_floor and not missed(pick):
            reason = Reason.FILLS_FLOOR
        elif aed is not None:
            reason = Reason.HEDGES_AED if carriers else Reason.FETCHES_AED
        else:
            reason = Reason.FASTEST_TO_PATIENT if pick == fastest else Reason.RAISES_ODDS
        carriers += aed is not None
        choices.append(
            _choice(
                candidate,
                rank=n + 1,
                task=option.task,
                aed=aed,
                eta_cpr_s=float(prepared.eta_cpr_s[pick]),
                eta_shock_s=None if aed is None else float(prepared.eta_shock_s[pick]),
                distance_m=float(prepared.distance_m[pick]),
                reason=reason,
                moment=moment,
                policy=policy,
            )
        )
    return tuple(choices)


def _choice(
    candidate: Candidate,
    *,
    rank: int,
    task: Task,
    aed: AedCandidate | None,
    eta_cpr_s: float,
    eta_shock_s: float | None,
    distance_m: float,
    reason: Reason,
    moment: Moment,
    policy: Policy,
) -> RescuerChoice:
    record, where = candidate.record, candidate.where
    return RescuerChoice(
        rescuer_id=record.id,
        rank=rank,
        task=task,
        aed_id=None if aed is None else aed.record.id,
        eta_cpr_s=eta_cpr_s,
        eta_shock_s=eta_shock_s,
        p_accept=moment.period(moment.is_night(record.time_zone)).p_accept,
        p_arrive=policy.response.p_arrive * where.p,
        p_aed=None if aed is None else aed.odds.p,
        aed_doubts=() if aed is None else aed.odds.doubts,
        place_source=where.source,
        place_age_s=where.age_s,
        mode=record.transport_mode,
        distance_m=distance_m,
        reason=reason,
    )


def guide_of(
    chosen: Sequence[RescuerChoice],
    prepared: Prepared,
    candidates: Sequence[Candidate],
    patient: Patient,
    standing: Standing,
    ambulance_eta_s: float | None,
    moment: Moment,
    policy: Policy,
) -> RescuerChoice | None:
    """Somebody to meet the crew at the door of a high or deep floor, once enough are on the way.

    The nearest who is not needed otherwise and is there before the crew.
    """
    rules, asked = policy.guide, standing.active() + len(chosen)
    if not rules.enabled or ambulance_eta_s is None or standing.has_guide():
        return None
    if patient.floor is None or abs(patient.floor) < rules.from_floor:
        return None
    if asked < rules.after_rescuers or asked >= policy.target.max_alerts:
        return None
    up_s = vertical_s(patient.floor, policy.travel)
    busy = {choice.rescuer_id for choice in chosen}
    free = [
        (float(prepared.direct_eta_s[i]) - up_s, i)
        for i, candidate in enumerate(candidates)
        if candidate.record.id not in busy
    ]
    eta_s, i = min(free, default=(inf, -1))
    if eta_s + rules.before_ambulance_s > ambulance_eta_s - up_s:
        return None
    return _choice(
        candidates[i],
        rank=len(chosen) + 1,
        task=Task.GUIDE,
        aed=None,
        eta_cpr_s=eta_s,
        eta_shock_s=None,
        distance_m=float(prepared.direct_m[i]),
        reason=Reason.GUIDES_CREW,
        moment=moment,
        policy=policy,
    )


def not_chosen(
    chosen: Sequence[RescuerChoice],
    prepared: Prepared,
    candidates: Sequence[Candidate],
    aeds: Sequence[AedCandidate],
    near: Sequence[AedCandidate],
    ambulance_eta_s: float | None,
) -> list[Skipped]:
    """Why the eligible ones who were not chosen were not."""
    skipped = []
    busy = {choice.rescuer_id for choice in chosen}
    used = {choice.aed_id for choice in chosen}
    able = {item.rescuer for item in prepared.options.items}
    carried = {item.aed for item in prepared.options.items}
    for i, candidate in enumerate(candidates):
        if candidate.record.id in busy:
            continue
        eta_s = float(prepared.direct_eta_s[i])
        detail: dict[str, str | int | float] = {"eta_s": eta_s} if isfinite(eta_s) else {}
        reason = Reason.NOT_NEEDED
        if i not in able:
            reason = Reason.SLOWER_THAN_AMBULANCE if isfinite(eta_s) else Reason.OUT_OF_REACH
            if ambulance_eta_s is not None:
                detail["ambulance_eta_s"] = ambulance_eta_s
        skipped.append(
            Skipped(
                CandidateKind.RESCUER, candidate.record.id, reason, candidate.straight_m, detail
            )
        )
    index = {aed.record.id: i for i, aed in enumerate(near)}
    for aed in aeds:
        aed_id = aed.record.id
        if aed_id in used:
            continue
        reason = Reason.NOT_NEEDED
        if aed_id in index and index[aed_id] not in carried:
            reason = Reason.NO_CARRIER_IN_TIME
        about: dict[str, str | int | float] = {"p_usable": aed.odds.p}
        if aed_id not in index:
            about["usable_nearer"] = len(near)
        skipped.append(Skipped(CandidateKind.AED, aed_id, reason, aed.straight_m, about))
    return skipped


def capped(
    skipped: Sequence[Skipped], per_reason: int
) -> tuple[tuple[Skipped, ...], Mapping[str, int]]:
    """Nearest first, and the counts of all by kind and reason.

    Whoever might have been chosen is told in full; of those who are barred, at most
    ``per_reason`` of a kind and reason. (So a plan's inputs can be kept from what it names, and
    making it again from them chooses the same.)
    """
    counts: dict[str, int] = {}
    shown = []
    for one in sorted(
        skipped, key=lambda s: (inf if s.distance_m is None else s.distance_m, s.kind, s.id)
    ):
        key = f"{one.kind.value}.{one.reason.value}"
        counts[key] = counts.get(key, 0) + 1
        if one.reason in MIGHT_HAVE_BEEN or counts[key] <= per_reason:
            shown.append(one)
    return tuple(shown), dict(sorted(counts.items()))


def targets_of(standing: Standing, policy: Policy) -> Targets:
    """What the plan promises, with all that counts."""
    target, score = policy.target, standing.score()
    return Targets(
        cpr_within_s=target.cpr_within_s,
        shock_within_s=target.shock_within_s,
        p_cpr_target=target.p_cpr,
        p_shock_target=target.p_shock,
        p_cpr=score.p_cpr,
        p_shock=score.p_shock,
        shortfall=score.shortfall,
        cpr_met=score.p_cpr >= target.p_cpr - target.tolerance,
        shock_met=score.p_shock >= target.p_shock - target.tolerance,
        expected_cpr_s=score.expected_cpr_s,
        expected_shock_s=score.expected_shock_s,
    )


def needs(
    targets: Targets,
    standing: Standing,
    patient: Patient,
    night: bool,
    moment: Moment,
    policy: Policy,
) -> tuple[Need, ...]:
    """What would meet a missed target: so many more rescuers, so near, or an AED beside one.

    The distance is what the default mode covers when half the time that is left goes to the way
    and the turnout takes its median at most; the count follows from n ≥ ln(1−P) ÷ ln(1−a) for
    rescuers at that distance. ``too_late`` when nobody new can be there in time.
    """
    found = []
    mode = policy.circle.mode
    response, period = policy.response, moment.period(night)
    before_s = (
        standing.horizon.elapsed_s
        + response.delivery_s
        + response.answer_s
        + vertical_s(patient.floor, policy.travel)
    )
    for name, met, within_s, wanted, p, extra_s in (
        ("cpr", targets.cpr_met, targets.cpr_within_s, targets.p_cpr_target, targets.p_cpr, 0.0),
        (
            "shock",
            targets.shock_met,
            targets.shock_within_s,
            targets.p_shock_target,
            targets.p_shock,
            policy.aed.pick_up_s + policy.aed.apply_s,
        ),
    ):
        if met:
            continue
        left_s = within_s - before_s - extra_s
        if left_s <= 0:
            found.append(Need(name, "too_late", 0, 0.0))
            continue
        way_s = max(0.0, (left_s - period.turnout_median_s) / 2)
        in_time = float(
            arrived_by(
                np.array([left_s]),
                np.array([way_s]),
                np.array([period.turnout_median_s]),
                np.array([response.turnout_spread]),
            )[0, 0]
        )
        accept = acceptance(period)
        works = period.p_channel * accept.works + (1 - period.p_channel) * accept.fails
        each = works * response.p_arrive * in_time
        if each < 1e-3:
            found.append(Need(name, "too_late", 0, 0.0))
            continue
        more = 1 - (1 - wanted) / max(1e-9, 1 - p)
        count = responders_for(more, each)
        what = "rescuers" if name == "cpr" else "carriers_of_open_aeds"
        found.append(Need(name, what, count, way_s * policy.travel.speed_m_s[mode]))
    return tuple(found)


def basis_of(snapshot: Snapshot, router: Router, moment: Moment, policy: Policy) -> Basis:
    """What the plan was computed on, and how old that was."""
    sizes = {
        "aeds": len(snapshot.aeds),
        "presence": snapshot.rescuers.placed,
        "rescuers": len(snapshot.rescuers),
        "stations": len(snapshot.stations),
        "units": len(snapshot.units),
    }
    tables = []
    for name, records in {**sizes, **snapshot.sizes}.items():
        as_of = snapshot.as_of.get(name)
        age_s = None if as_of is None else max(0.0, (moment.now - as_of).total_seconds())
        tables.append(TableAge(name, records, as_of, age_s))
    on_grid = router.basis == "h3-grid"
    return Basis(
        routing=router.basis,
        route_factor=policy.travel.route_factor[policy.circle.mode] if on_grid else None,
        streets=router.version,
        tables=tuple(tables),
    )
