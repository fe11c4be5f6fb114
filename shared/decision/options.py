"""Everything that each eligible rescuer could do, as the arrays that the objective works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.contracts.words import Task
from shared.decision.candidates import AedCandidate, Candidate
from shared.decision.model import Patient
from shared.decision.moment import Moment
from shared.decision.objective import Horizon, Option, Options
from shared.decision.odds import acceptance, arrived_by
from shared.decision.policy import Policy
from shared.decision.routing import FloatArray
from shared.decision.ways import Ways, least, vertical_s


@dataclass(frozen=True, slots=True)
class Prepared:
    """The options with what a plan tells about each of them; times from now."""

    options: Options
    eta_cpr_s: FloatArray
    """(n,) median."""
    eta_shock_s: FloatArray
    """(n,) median; ``nan`` without an AED."""
    distance_m: FloatArray
    direct_eta_s: FloatArray
    """(rescuers,) median of going straight to the patient, allowed or not; ``inf``: no way."""
    direct_m: FloatArray


def prepare(
    candidates: Sequence[Candidate],
    aeds: Sequence[AedCandidate],
    ways: Ways,
    patient: Patient,
    moment: Moment,
    horizon: Horizon,
    ambulance_eta_s: float | None,
    policy: Policy,
) -> Prepared:
    """Direct for whoever beats the ambulance; via the AEDs with the shortest whole way.

    ``candidates`` and ``aeds`` are sorted by id, so that lower indexes mean lower ids.
    """
    response, n = policy.response, len(candidates)
    night = [moment.is_night(c.record.time_zone) for c in candidates]
    turnout = np.array([moment.period(at_night).turnout_median_s for at_night in night])
    by_period = {at_night: acceptance(moment.period(at_night)) for at_night in (False, True)}
    there = np.array([c.where.p for c in candidates]) * response.p_arrive
    p = np.array(
        [
            [by_period[at_night].works for at_night in night],
            [by_period[at_night].fails for at_night in night],
        ]
    ).reshape(2, n)
    asked_s = response.delivery_s + response.answer_s
    up_s = vertical_s(patient.floor, policy.travel)
    direct_s = asked_s + ways.direct_s + up_s
    direct_eta_s = direct_s + turnout
    ambulance_s = np.inf if ambulance_eta_s is None else ambulance_eta_s

    aed_up_s = np.array([vertical_s(aed.record.floor, policy.travel) for aed in aeds])
    open_for_s = np.array([aed.odds.open_for_s for aed in aeds])
    p_aed = np.array([aed.odds.p for aed in aeds])
    reach_aed_s = asked_s + ways.to_aed_s + aed_up_s
    via_s = reach_aed_s + policy.aed.pick_up_s + aed_up_s + ways.from_aed_s + up_s
    possible = (reach_aed_s + turnout[:, None] < open_for_s) & (
        via_s + turnout[:, None] <= ambulance_s + policy.aed.late_s
    )
    via_or_inf = np.where(possible, via_s, np.inf)

    items: list[Option] = []
    travel_s: list[float] = []
    distance_m: list[float] = []
    for i in range(n):
        if direct_eta_s[i] < ambulance_s:
            items.append(Option(i, Task.DIRECT, -1))
            travel_s.append(direct_s[i])
            distance_m.append(ways.direct_m[i])
        for a in sorted(least(via_or_inf[i], policy.reach.aeds_per_rescuer)):
            items.append(Option(i, Task.VIA_AED, int(a)))
            travel_s.append(via_s[i, a])
            distance_m.append(ways.to_aed_m[i, a] + ways.from_aed_m[i, a])
    rescuer = np.array([item.rescuer for item in items], dtype=np.int64)
    aed = np.array([item.aed for item in items], dtype=np.int64)
    start = np.array(travel_s)
    median = turnout[rescuer]
    arrive = p[:, rescuer] * there[rescuer]
    spread = np.full(len(items), response.turnout_spread)
    shift = horizon.elapsed_s + start
    at_patient = arrived_by(horizon.times, shift, median, spread)
    cpr = 1 - arrive[:, :, None] * at_patient[None]
    shock = np.ones_like(cpr)
    carries = np.flatnonzero(aed >= 0)
    if carries.size:
        shocked = arrived_by(
            horizon.times, shift[carries] + policy.aed.apply_s, median[carries], spread[carries]
        )
        usable = arrive[:, carries] * p_aed[aed[carries]]
        shock[:, carries] = 1 - usable[:, :, None] * shocked[None]
    eta_cpr_s = start + median
    return Prepared(
        options=Options(items=tuple(items), cpr=cpr, shock=shock, rescuer=rescuer, aed=aed),
        eta_cpr_s=eta_cpr_s,
        eta_shock_s=np.where(aed >= 0, eta_cpr_s + policy.aed.apply_s, np.nan),
        distance_m=np.array(distance_m),
        direct_eta_s=direct_eta_s,
        direct_m=ways.direct_m,
    )
