"""Which of the units that are free to order: the nearest of each tier, and a second ambulance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from shared.contracts.words import OrderState, UnitKind
from shared.decision.model import Order, Patient, Reason
from shared.decision.policy import Policy


@dataclass(frozen=True, slots=True)
class UnitArrival:
    """A unit that is chosen or ordered, and when it is expected at the patient."""

    unit_id: str
    kind: UnitKind
    eta_s: float
    """Median, from now; negative or 0 when it is there."""
    there: bool
    defibrillates: bool
    advanced: bool = False
    """Whether it brings advanced life support."""


class Able(NamedTuple):
    """A unit that may be ordered, routed. In lists the soonest comes first, lower rows on ties."""

    eta_s: float
    row: int
    distance_m: float
    advanced: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to order and why, and how far the choice reaches."""

    units: tuple[tuple[Able, Reason], ...]
    outrun: tuple[int, ...]
    """Rows of ambulances that are nearer and were passed over for advanced life support."""
    first_s: float
    """The first ambulance, chosen or coming; ``inf`` when there is none."""
    limits_s: tuple[float, float]
    """No ambulance, and no team, that takes longer than this could change the choice."""
    team: bool
    """Whether a health-centre team is chosen or comes."""


def likely_arrest(patient: Patient, policy: Policy) -> bool:
    """Whether the patient is taken for an arrest when ambulances are chosen."""
    sure = patient.arrest_likelihood >= policy.units.second_ambulance.p_arrest_min
    return sure and not patient.conscious and not patient.breathing


def choose(
    ambulances: Sequence[Able],
    teams: Sequence[Able],
    coming: Sequence[UnitArrival],
    orders: Sequence[Order],
    patient: Patient,
    policy: Policy,
) -> Chosen:
    """The units to order in addition to those that come already.

    Ambulances up to the policy's number, and a second one by its rule; then a health-centre team
    when it is there before the ambulance, or within the circle.
    """
    units = policy.units
    likely = likely_arrest(patient, policy)
    escalated = any(order.state is OrderState.ESCALATED for order in orders)
    nearest = Reason.REPLACES_ORDER if escalated else Reason.NEAREST_AMBULANCE
    on_way = [a for a in coming if a.kind is UnitKind.AMBULANCE]
    left = list(ambulances)
    picked: list[tuple[Able, Reason]] = []
    outrun: tuple[int, ...] = ()
    limit_s = -inf

    wanted = units.ambulances - len(on_way)
    for _ in range(max(0, wanted)):
        if not left:
            limit_s = inf
            break
        picked.append((left.pop(0), nearest))
        limit_s = picked[-1][0].eta_s

    second, second_limit_s = _second(picked, left, on_way, orders, likely, policy)
    limit_s = max(limit_s, second_limit_s)
    if second is not None:
        picked.append((second, Reason.SECOND_AMBULANCE))
    elif likely and wanted == 1 and not on_way and picked and not picked[0][0].advanced:
        # One alone: somewhat later with advanced life support is better than sooner without.
        soonest_s = picked[0][0].eta_s
        limit_s = max(limit_s, soonest_s + units.als_slower_by_s)
        better = next((a for a in left if a.advanced), None)
        if better is not None and better.eta_s <= soonest_s + units.als_slower_by_s:
            outrun = tuple(a.row for a in ambulances if a.eta_s < better.eta_s)
            picked = [(better, Reason.ALS_PREFERRED)]

    first_s = min([a.eta_s for a in on_way] + [able.eta_s for able, _ in picked], default=inf)
    have_team = any(a.kind is UnitKind.HEALTH_TEAM for a in coming)
    team_limit_s = -inf
    if not have_team:
        team_limit_s = max(first_s, units.health_team_within_s)
        if teams and (teams[0].eta_s < first_s or teams[0].eta_s <= units.health_team_within_s):
            have_team = True
            team_limit_s = teams[0].eta_s
            before = teams[0].eta_s < first_s
            why = Reason.BEFORE_AMBULANCE if before else Reason.WITHIN_CIRCLE
            picked.append((teams[0], why))
    return Chosen(tuple(picked), outrun, first_s, (max(limit_s, first_s), team_limit_s), have_team)


def _second(
    picked: Sequence[tuple[Able, Reason]],
    left: Sequence[Able],
    on_way: Sequence[UnitArrival],
    orders: Sequence[Order],
    likely: bool,
    policy: Policy,
) -> tuple[Able | None, float]:
    """The second ambulance, if the rule asks for one and one is to be had, and its limit.

    None is sent beside a crew that is there and can ask for one, nor in the place of one that a
    dispatcher has called off.
    """
    second = policy.units.second_ambulance
    called_off = any(
        o.state is OrderState.CANCELLED and o.kind is UnitKind.AMBULANCE for o in orders
    )
    if second.rule == "never" or not likely or called_off or len(picked) + len(on_way) != 1:
        return None, -inf
    if on_way and (on_way[0].there or on_way[0].eta_s <= 0):
        return None, -inf
    first_s, advanced = (
        (on_way[0].eta_s, on_way[0].advanced)
        if on_way
        else (picked[0][0].eta_s, picked[0][0].advanced)
    )
    near = [able for able in left if able.eta_s <= second.within_s]
    with_als = None if advanced else next((able for able in near if able.advanced), None)
    if second.rule == "late" and first_s <= second.late_s:
        # Only for the sake of advanced life support.
        if advanced:
            return None, -inf
        if with_als is not None and with_als.eta_s > second.als_within_s:
            with_als = None
        choice, limit_s = with_als, min(second.als_within_s, second.within_s)
    else:
        choice = with_als or (near[0] if near else None)
        limit_s = second.within_s
    # Whether enough stay free is known once all within that time are routed, unless enough are.
    if len(near) - 1 < second.keep_free:
        return None, max(limit_s, second.within_s)
    if choice is not None and (advanced or choice is with_als):
        limit_s = choice.eta_s
    return choice, limit_s
