"""The fixed rules of other systems, for comparison and as a fallback.

Each gets the same candidates and times as our own objective and gives the same kind of picks, so
that a difference between two plans is a difference between two rules. They know no odds and no
targets: whoever may be asked is asked by distance or by time. Where each rule and its numbers come
from stands in docs/decisions/0011-responder-model.md and in the policy's section ``rules``.

Deterministic: ties go to the lower index, that is to the lower id.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.contracts.words import Task
from shared.decision.policy import Policy
from shared.decision.policy_rules import AllWithinRadius, KNearest, TwoThirds
from shared.decision.routing import FloatArray
from shared.decision.weighed import Pick, Weighed


class Active(NamedTuple):
    """How many are asked and in force already, by task: not those who declined or were let go."""

    direct: int = 0
    via_aed: int = 0
    guide: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.direct + self.via_aed + self.guide


NOBODY_YET = Active()


def picks_by(
    rule: str,
    weighed: Weighed,
    policy: Policy,
    *,
    active: Active,
    ambulance_eta_s: float | None,
    floor: int | None,
) -> list[Pick]:
    """Whom that rule asks in addition to those ``active``, in the order of the rule.

    ``ambulance_eta_s`` is its median from now, None when none comes; ``floor`` is the patient's,
    None when not known. Nobody is picked twice, and a rule's numbers count those active, so that a
    re-plan replaces who dropped out and repeats nothing. Raises ``ValueError`` for ``target``,
    which is searched and not read off, and for a word that is no rule.
    """
    numbers = policy.rules
    if rule == "all-within-radius":
        return all_within_radius(weighed, numbers.all_within_radius, active)
    if rule == "k-nearest":
        return k_nearest(weighed, numbers.k_nearest, active)
    if rule == "two-thirds":
        return two_thirds(weighed, numbers.two_thirds, active)
    if rule == "two-direct-one-aed":
        return two_direct_one_aed(weighed, policy, active, ambulance_eta_s, floor)
    raise ValueError(f"rule: {rule!r} is not one of the fixed rules")


def all_within_radius(weighed: Weighed, numbers: AllWithinRadius, active: Active) -> list[Pick]:
    """Everyone within the radius straight to the patient, nearest first, up to the cap."""
    can = np.isfinite(weighed.direct_eta_s)
    room = numbers.max_alerts - active.total
    return [_direct(i) for i in _nearest(weighed.straight_m, can, numbers.radius_m, room)]


def k_nearest(weighed: Weighed, numbers: KNearest, active: Active) -> list[Pick]:
    """The nearest straight to the patient, until so many are asked and not out of it."""
    can = np.isfinite(weighed.direct_eta_s)
    room = numbers.count - active.total
    return [_direct(i) for i in _nearest(weighed.straight_m, can, numbers.within_m, room)]


def two_thirds(weighed: Weighed, numbers: TwoThirds, active: Active) -> list[Pick]:
    """The nearest, two over an AED for each one straight to the patient.

    Straight goes one of three, rounded up: with nobody else there is CPR before there is an AED.
    Over an AED go those who lose least time by it, each over the AED by which they are at the
    patient first; several may share one. Who can do only one of the two does that.
    """
    best, via_eta_s = _best_aed(weighed)
    direct_eta_s = weighed.direct_eta_s
    can = np.isfinite(direct_eta_s) | np.isfinite(via_eta_s)
    asked = _nearest(weighed.straight_m, can, numbers.within_m, numbers.count - active.total)
    both = active.direct + active.via_aed + len(asked)
    straight = -(-both // (1 + numbers.carriers_per_direct))
    carriers = len(asked) - max(0, straight - active.direct)
    # Who cannot go straight comes first, who cannot carry comes never.
    lost_s = np.where(np.isfinite(via_eta_s), via_eta_s, 0.0) - direct_eta_s
    loses_s = {i: float(lost_s[i]) for i in asked if via_eta_s[i] < inf}
    only = sum(lost == -inf for lost in loses_s.values())
    over = set(sorted(loses_s, key=lambda i: (loses_s[i], i))[: max(carriers, only)])
    return [Pick(i, Task.VIA_AED, int(best[i])) if i in over else _direct(i) for i in asked]


def two_direct_one_aed(
    weighed: Weighed,
    policy: Policy,
    active: Active,
    ambulance_eta_s: float | None,
    floor: int | None,
) -> list[Pick]:
    """The fastest to the patient, the next to an AED, the next to meet the ambulance.

    By routed time, and nobody who would not be there before the ambulance. The carrier is the one
    left by whom an AED is there first; the guide is the fastest left who is there
    ``guide.before_ambulance_s`` before an ambulance that comes.
    """
    numbers = policy.rules.two_direct_one_aed
    ambulance_s = inf if ambulance_eta_s is None else ambulance_eta_s
    best, via_eta_s = _best_aed(weighed)
    free = np.ones(len(weighed.direct_eta_s), dtype=np.bool_)
    picks = []

    def take(eta_s: FloatArray, before_s: float, count: int) -> list[int]:
        taken = _first(np.where(free & (eta_s < before_s), eta_s, inf), count)
        free[taken] = False
        return taken

    for i in take(weighed.direct_eta_s, ambulance_s, numbers.direct - active.direct):
        picks.append(_direct(i))
    for i in take(via_eta_s, ambulance_s, numbers.carriers - active.via_aed):
        picks.append(Pick(i, Task.VIA_AED, int(best[i])))
    from_floor = numbers.guide_from_floor
    high = from_floor == 0 or (floor is not None and abs(floor) >= from_floor)
    if policy.guide.enabled and high and ambulance_eta_s is not None:
        before_s = ambulance_eta_s - policy.guide.before_ambulance_s
        for i in take(weighed.direct_eta_s, before_s, numbers.guides - active.guide):
            picks.append(Pick(i, Task.GUIDE, -1))
    return picks


def _direct(rescuer: int) -> Pick:
    return Pick(rescuer, Task.DIRECT, -1)


def _best_aed(weighed: Weighed) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """For each rescuer the AED with which they are at the patient first, and when; ``inf``: none.

    The nearer AED on ties.
    """
    n, aeds = weighed.via_eta_s.shape
    if aeds == 0:
        return np.full(n, -1), np.full(n, inf)
    best = weighed.via_eta_s.argmin(axis=1)
    return best, weighed.via_eta_s[np.arange(n), best]


def _nearest(
    straight_m: FloatArray, can: npt.NDArray[np.bool_], within_m: float, count: int
) -> list[int]:
    """Up to ``count`` of those who can, within so many metres, nearest first."""
    return _first(np.where(can & (straight_m <= within_m), straight_m, inf), count)


def _first(values: FloatArray, count: int) -> list[int]:
    """Indexes of the ``count`` least finite values (none for a count below 1), least first."""
    order = np.argsort(values, kind="stable")[: max(0, count)]
    indexes: list[int] = order[np.isfinite(values[order])].tolist()
    return indexes
