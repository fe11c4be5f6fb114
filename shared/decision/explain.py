"""What a plan says about itself: reasons, numbers, what would be needed."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from shared.decision.around import Around
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
from shared.decision.numbers import REASONS
from shared.decision.objective import Score
from shared.decision.odds import doubts_of, responders_sharing
from shared.decision.policy import Policy
from shared.decision.responder_odds import fails_given, works_given
from shared.decision.routing import Router
from shared.decision.snapshot import Snapshot
from shared.decision.solve import arrived
from shared.decision.standing import table_of
from shared.decision.ways import vertical_s
from shared.decision.weigh import Weighing

MIGHT_HAVE_BEEN = frozenset(
    {
        Reason.NOT_NEEDED,
        Reason.BY_RULE,
        Reason.SLOWER_THAN_AMBULANCE,
        Reason.OUT_OF_REACH,
        Reason.NO_CARRIER_IN_TIME,
        Reason.SLOWER,
    }
)
"""Reasons of candidates that were weighed."""


def passed_over(
    snapshot: Snapshot, around: Around, moment: Moment, policy: Policy
) -> list[Skipped]:
    """Why those around the patient may not be asked or fetched."""
    skipped = []
    people, devices = snapshot.rescuers.slots.ids, snapshot.aeds.slots.ids
    for straight_m, _, slot, code in around.passed.tolist():
        rescuer_id = people[slot]
        reason = REASONS[code]
        distance_m: float | None = straight_m
        detail: dict[str, str | int | float] = {}
        if reason is Reason.PLACE_UNKNOWN:
            distance_m = None
        elif reason is Reason.HELD_BY_INCIDENT:
            detail = {"incident_id": snapshot.held.rescuers[rescuer_id]}
        elif reason is Reason.FATIGUE:
            recent = snapshot.alerts_recent[rescuer_id]
            detail = {"alerts_recent": recent, "window_days": policy.fatigue.window_days}
        elif reason is Reason.CREDENTIAL_EXPIRED:
            entry = snapshot.rescuers.get(rescuer_id)
            if entry is not None and entry.record.credential_expires_on is not None:
                detail = {"expired_on": entry.record.credential_expires_on.isoformat()}
        skipped.append(Skipped(CandidateKind.RESCUER, rescuer_id, reason, distance_m, detail))
    for straight_m, p, slot, code in around.aeds_passed.tolist():
        aed_id = devices[slot]
        reason, detail = REASONS[code], {}
        if reason is Reason.HELD_BY_INCIDENT:
            detail = {"incident_id": snapshot.held.aeds[aed_id]}
        elif p > 0:
            detail = {"p_usable": p, "p_usable_min": policy.aed.p_usable_min}
            doubts = doubts_of(snapshot.aeds, slot, moment, policy.aed)
            reason = doubts[0] if doubts else reason
        skipped.append(Skipped(CandidateKind.AED, aed_id, reason, straight_m, detail))
    return skipped


def not_chosen(
    chosen: Sequence[RescuerChoice],
    around: Around,
    weighing: Weighing,
    ambulance_eta_s: float | None,
) -> list[Skipped]:
    """Why the eligible ones who were not chosen were not."""
    skipped = []
    busy = {choice.rescuer_id for choice in chosen}
    used = {choice.aed_id for choice in chosen}
    by_rule = weighing.policy.rule != "target"
    people = weighing.people
    via_s = weighing.via_s.min(axis=1, initial=inf).tolist()
    for rescuer_id, straight_m, eta_s, p_accept, p_arrive, able, over_s in zip(
        around.ids,
        around.found["straight_m"].tolist(),
        people["direct_eta_s"].tolist(),
        people["p_accept"].tolist(),
        people["p_arrive"].tolist(),
        people["able"].tolist(),
        via_s,
        strict=True,
    ):
        if rescuer_id in busy:
            continue
        detail: dict[str, str | int | float] = {"p_accept": p_accept, "p_arrive": p_arrive}
        if eta_s < inf:
            detail["eta_s"] = eta_s
        if over_s < inf:
            detail["via_aed_eta_s"] = over_s
        reason = Reason.NOT_NEEDED
        if not able:
            reason = Reason.SLOWER_THAN_AMBULANCE if eta_s < inf else Reason.OUT_OF_REACH
            if ambulance_eta_s is not None:
                detail["ambulance_eta_s"] = ambulance_eta_s
        elif by_rule:
            reason = Reason.BY_RULE
        skipped.append(Skipped(CandidateKind.RESCUER, rescuer_id, reason, straight_m, detail))
    carried = set(weighing.options["aed"].tolist())
    aeds = around.aeds
    for a, (aed_id, straight_m, p, ours) in enumerate(
        zip(
            around.aed_ids,
            aeds["straight_m"].tolist(),
            aeds["p"].tolist(),
            aeds["ours"].tolist(),
            strict=True,
        )
    ):
        if aed_id in used:
            continue
        reason = Reason.ALREADY_ASKED if ours else Reason.NOT_NEEDED
        about: dict[str, str | int | float] = {"p_usable": p}
        if a >= around.close:
            about["usable_nearer"] = around.close
        elif a not in carried and not ours:
            reason = Reason.NO_CARRIER_IN_TIME
        skipped.append(Skipped(CandidateKind.AED, aed_id, reason, straight_m, about))
    return skipped


def by_distance(skipped: Sequence[Skipped]) -> tuple[Skipped, ...]:
    """Nearest first, those at no known place last; by kind and id on ties."""
    return tuple(
        sorted(skipped, key=lambda s: (inf if s.distance_m is None else s.distance_m, s.kind, s.id))
    )


def capped(
    skipped: Sequence[Skipped], per_reason: int
) -> tuple[tuple[Skipped, ...], dict[str, int]]:
    """Nearest first, and the counts of all by kind and reason.

    Whoever might have been chosen is told in full; of those who are barred, at most
    ``per_reason`` of a kind and reason. (So a plan's inputs can be kept from what it names, and
    making it again from them chooses the same.)
    """
    counts: dict[str, int] = {}
    shown = []
    for one in by_distance(skipped):
        key = f"{one.kind}.{one.reason}"
        count = counts[key] = counts.get(key, 0) + 1
        if count <= per_reason or one.reason in MIGHT_HAVE_BEEN:
            shown.append(one)
    return tuple(shown), dict(sorted(counts.items()))


def targets_of(score: Score, policy: Policy) -> Targets:
    """What the plan promises, with all that counts."""
    target = policy.target
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
    elapsed_s: float,
    patient: Patient,
    night: bool,
    moment: Moment,
    policy: Policy,
) -> tuple[Need, ...]:
    """What would meet a missed target: so many more rescuers, so near, or an AED beside one.

    The distance is what the default mode covers when half the time that is left goes to the way
    and the turnout takes its median at most; the count is that of rescuers at that distance, each
    with an AED of their own for the shock, who share the channel. ``too_late`` when nobody new can
    be there in time.
    """
    found = []
    mode = policy.circle.mode
    response, period = policy.response, moment.period(night)
    before_s = (
        elapsed_s
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
        way_s = (left_s - period.turnout_median_s) / 2
        if way_s < 1.0:
            found.append(Need(name, "too_late", 0, 0.0))
            continue
        table = table_of(response.turnout_spread)
        in_time = arrived(left_s - way_s, period.turnout_median_s, table)
        channel = (period.p_accept, period.p_channel, period.p_accept_factor)
        come = response.p_arrive * in_time
        if name == "shock":
            come *= policy.aed.p_open * policy.aed.p_in_service * policy.aed.p_access_public
        more = 1 - (1 - wanted) / max(1e-9, 1 - p)
        each = (works_given(*channel) * come, fails_given(*channel) * come)
        count = responders_sharing(more, period.p_channel, each)
        if count is None:
            found.append(Need(name, "too_late", 0, 0.0))
            continue
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
