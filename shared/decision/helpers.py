"""Those who were asked already: what they are still worth.

A commitment in force is a source of help like any other, with what is known about it: nobody has
answered yet (the prior, in both states of the channel; only the state in which it works once the
message is known to have come through), accepted, seen moving, has the AED, is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from shared.compiled import compiled
from shared.contracts.words import AlertState, Task, TransportMode
from shared.decision.candidates import Whereabouts, whereabouts
from shared.decision.history import NO_HISTORY, chances
from shared.decision.model import Commitment, Patient, Reason
from shared.decision.moment import Moment
from shared.decision.odds import aed_odds
from shared.decision.policy import Policy
from shared.decision.responder_odds import fails_given, works_given
from shared.decision.routing import FloatArray, Router, router_of
from shared.decision.snapshot import Snapshot
from shared.decision.solve import arrived
from shared.decision.ways import points, vertical_s

OUT: Mapping[AlertState, Reason] = {
    AlertState.DECLINED: Reason.DECLINED,
    AlertState.WITHDRAWN: Reason.WITHDRAWN,
    AlertState.TIMED_OUT: Reason.TIMED_OUT,
    AlertState.UNDELIVERED: Reason.UNDELIVERED,
    AlertState.STOOD_DOWN: Reason.STOOD_DOWN,
}
"""States of a commitment that brings nobody any more, and why that rescuer is not asked again."""
PENDING = frozenset({AlertState.SENT, AlertState.DELIVERED, AlertState.SEEN})
HAS_AED = frozenset({AlertState.AED_COLLECTED, AlertState.ARRIVED})
ACCEPTED = frozenset({AlertState.ACCEPTED, AlertState.AED_COLLECTED, AlertState.ARRIVED})


def asked_reason(commitment: Commitment) -> Reason:
    """Why this rescuer is not a candidate again."""
    if commitment.state is AlertState.ACCEPTED and commitment.moving is False:
        return Reason.NO_MOVEMENT
    return OUT.get(commitment.state, Reason.ALREADY_ASKED)


def in_force(commitment: Commitment) -> bool:
    """Whether help may still come of it."""
    return asked_reason(commitment) is Reason.ALREADY_ASKED


FAILED = frozenset(
    {
        Reason.DECLINED,
        Reason.WITHDRAWN,
        Reason.TIMED_OUT,
        Reason.UNDELIVERED,
        Reason.NO_MOVEMENT,
    }
)
"""Why somebody on whom a plan counted dropped out by themselves."""


def may_be_asked_again(
    commitment: Commitment, commitments: Sequence[Commitment], now: datetime, policy: Policy
) -> bool:
    """Whether they are a candidate like anybody else: we let them go, they did not refuse.

    So that nobody is let go and asked in turns: only once somebody has dropped out since, or nobody
    else is in force any more, or some time (``stand_down.again_after_s``) has passed.
    """
    if commitment.state is not AlertState.STOOD_DOWN:
        return False
    let_go_at = commitment.state_at or commitment.sent_at
    if (now - let_go_at).total_seconds() >= policy.stand_down.again_after_s:
        return True
    if not any(in_force(c) for c in commitments):
        return True
    return any(
        asked_reason(c) in FAILED and (c.state_at or c.sent_at) >= let_go_at for c in commitments
    )


@dataclass(frozen=True, slots=True)
class Helper:
    """A commitment in force as a source of help; times from now."""

    commitment: Commitment
    where: Whereabouts | None
    mode: TransportMode
    p_works: float
    """P(accepts) when the channel works; 1 once accepted."""
    p_fails: float
    p_accept: float
    """Over both states of the channel."""
    p_arrive: float
    p_aed: float
    """P(a working AED comes along); 0 without one."""
    shift_s: float
    """From now until the varying part begins (negative when that was in the past)."""
    median_s: float
    spread: float
    distance_m: float

    @property
    def eta_s(self) -> float:
        """Median arrival at the patient, from now; 0 when there."""
        return max(0.0, self.shift_s + self.median_s)

    @property
    def placed(self) -> bool:
        """Whether their way is known, from a place or the plan that asked them; else guessed."""
        one = self.commitment
        return one.latitude is not None or one.eta_at is not None or self.where is not None

    @property
    def shared_aed(self) -> str | None:
        """The AED that others may be on the way to as well; None once it is in this one's hands."""
        if self.commitment.task is not Task.VIA_AED or self.commitment.state in HAS_AED:
            return None
        return self.commitment.aed_id

    def there_by(
        self, times: FloatArray, elapsed_s: float, apply_s: float, table: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """(2, t) P(there by t), and with an AED applied, given that they are not there now.

        Per state of the channel; whether the AED can be used is not in it.
        """
        guides = self.commitment.task is Task.GUIDE
        accept = np.array([[self.p_works], [self.p_fails]]) * (0.0 if guides else 1.0)
        come = accept * self.p_arrive
        there = self.commitment.state is AlertState.ARRIVED
        cpr = arrivals_by(times, elapsed_s, self.shift_s, self.median_s, table, there)
        shock = arrivals_by(times, elapsed_s, self.shift_s + apply_s, self.median_s, table, there)
        return come * cpr, come * shock


@compiled
def arrivals_by(
    times: FloatArray,
    elapsed_s: float,
    shift_s: float,
    median_s: float,
    table: FloatArray,
    there: bool,
) -> FloatArray:
    """(t,) P(shift + L ≤ t) given that it has not happened by now; all times but t from now."""
    out = np.empty(len(times))
    past = arrived(-shift_s, median_s, table)
    left = 1.0 - past
    for t in range(len(times)):
        after_s = times[t] - elapsed_s - shift_s
        if there:
            out[t] = 1.0 if after_s >= 0.0 else 0.0
        elif left < 1e-3:
            out[t] = 0.0
        else:
            # What the past would have held is spread over what is left.
            out[t] = min(max((arrived(after_s, median_s, table) - past) / left, 0.0), 1.0)
    return out


def helper(
    commitment: Commitment,
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    time_zone: str = "UTC",
) -> Helper:
    """What a commitment in force is worth now; ``time_zone`` is for rescuers no table knows."""
    now, response = moment.now, policy.response
    entry = snapshot.rescuers.get(commitment.rescuer_id)
    where: Whereabouts | None = None
    mode = policy.circle.mode
    zone = time_zone
    if entry is not None:
        where = whereabouts(entry, moment, policy.places)
        mode, zone = entry.record.transport_mode, entry.record.time_zone
    known_place = commitment.latitude is not None and commitment.longitude is not None
    night = moment.is_night(zone)
    period = moment.period(night)
    known = snapshot.rescuers.history(commitment.rescuer_id) or NO_HISTORY
    odds = chances(known, night, response)
    state_at = commitment.state_at or commitment.sent_at
    since_s = (now - state_at).total_seconds()
    router = router_of(snapshot.router, policy.travel)

    way_s, way_m = _way(commitment, where, mode, snapshot, patient, router, policy)
    p_works = p_fails = 1.0
    p_arrive = odds.p_arrive * (1.0 if known_place or where is None else where.p)
    shift_s, median_s, spread = -since_s + way_s, period.turnout_median_s, response.turnout_spread
    if commitment.state in PENDING:
        channel = (odds.p_accept, period.p_channel, period.p_accept_factor)
        p_works = p_fails = works_given(*channel)
        if commitment.state is AlertState.SENT:
            p_fails = fails_given(*channel)
        sent_s = (now - commitment.sent_at).total_seconds()
        # An answer can come only from now on, however long ago the alert went out.
        shift_s = max(0.0, response.delivery_s + response.answer_s - sent_s) + way_s
    elif commitment.state is AlertState.ARRIVED:
        p_arrive, shift_s, median_s = 1.0, -since_s, 1e-3
    elif commitment.state is AlertState.AED_COLLECTED:
        p_arrive, shift_s, median_s, spread = 1.0, 0.0, max(1.0, way_s), response.moving_spread
        if not known_place:
            shift_s = -since_s
    elif known_place and commitment.moving:
        p_arrive = response.p_arrive_moving
        shift_s, median_s, spread = 0.0, max(1.0, way_s), response.moving_spread
    return Helper(
        commitment=commitment,
        where=where,
        mode=mode,
        p_works=p_works,
        p_fails=p_fails,
        p_accept=period.p_channel * p_works + (1 - period.p_channel) * p_fails,
        p_arrive=p_arrive,
        p_aed=_p_aed(commitment, snapshot, moment, policy),
        shift_s=shift_s,
        median_s=median_s,
        spread=spread,
        distance_m=way_m,
    )


def _p_aed(commitment: Commitment, snapshot: Snapshot, moment: Moment, policy: Policy) -> float:
    if commitment.task is not Task.VIA_AED or commitment.aed_id is None:
        return 0.0
    if commitment.state in (AlertState.AED_COLLECTED, AlertState.ARRIVED):
        return 0.0 if commitment.aed_id in snapshot.missing_aeds else 1.0
    if commitment.aed_id in snapshot.missing_aeds:
        return 0.0
    record = snapshot.aeds.get(commitment.aed_id)
    return policy.aed.p_in_service if record is None else aed_odds(record, moment, policy.aed).p


def _way(
    commitment: Commitment,
    where: Whereabouts | None,
    mode: TransportMode,
    snapshot: Snapshot,
    patient: Patient,
    router: Router,
    policy: Policy,
) -> tuple[float, float]:
    """Seconds and metres still to go, over the AED when it is not collected yet."""
    travel = policy.travel
    up_s = vertical_s(patient.floor, travel)
    here = (patient.latitude, patient.longitude)
    record = None if commitment.aed_id is None else snapshot.aeds.get(commitment.aed_id)
    collected = commitment.state is AlertState.AED_COLLECTED
    start: tuple[float, float] | None = None
    if commitment.latitude is not None and commitment.longitude is not None:
        start = (commitment.latitude, commitment.longitude)
    elif collected and record is not None:
        start = (record.latitude, record.longitude)
    elif where is not None:
        start = (where.place.latitude, where.place.longitude)
    if start is None:
        return _unplaced_s(commitment, policy), 0.0
    stops = [start, here]
    extra_s = up_s
    if (
        record is not None
        and commitment.task is Task.VIA_AED
        and not collected
        and commitment.aed_id not in snapshot.missing_aeds
    ):
        stops.insert(1, (record.latitude, record.longitude))
        extra_s += policy.aed.pick_up_s + 2 * vertical_s(record.floor, travel)
    seconds = metres = 0.0
    speed = travel.speed_m_s[mode]
    for a, b in pairwise(stops):
        leg_m, leg_s = router.legs(points([a]), points([b]), mode, speed)
        metres += float(leg_m[0, 0])
        seconds += float(leg_s[0, 0])
    return seconds + extra_s, metres


def _unplaced_s(commitment: Commitment, policy: Policy) -> float:
    """The way of somebody whom no table knows: by the old plan, or from the rim of the reach."""
    if commitment.eta_at is not None:
        planned_s = (commitment.eta_at - commitment.sent_at).total_seconds()
        response = policy.response
        before_s = response.delivery_s + response.answer_s + response.day.turnout_median_s
        return max(0.0, planned_s - before_s)
    mode = policy.circle.mode
    travel = policy.travel
    return policy.reach.rescuer_m * travel.route_factor[mode] / travel.speed_m_s[mode]
