"""Probabilities told one by one: that an AED can be used and what speaks against it, how many
responders a target takes. The compiled search does the same for all AEDs at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shared.contracts.records import AedRecord
from shared.contracts.words import AedAccess, AedState
from shared.decision.aed_index import AedIndex
from shared.decision.aed_odds import days_since, p_since_check
from shared.decision.model import Reason
from shared.decision.moment import Hours, Moment
from shared.decision.policy import AedDoubts
from shared.hours import OpeningState


def responders_for(p: float, each: float) -> int:
    """How many equal, independent responders give P(at least one) ≥ ``p``: ln(1−P) ÷ ln(1−a).

    For P = 0.95: a = 0.28 → 10, 0.36 → 7, 0.45 → 6, 0.63 → 4. Raises ``ValueError`` when no number
    of them does.
    """
    if p <= 0:
        return 0
    if not 0 < each <= 1 or (p >= 1 and each < 1):
        raise ValueError(f"each: {each} never reaches {p}; raise it or lower p below 1")
    if each >= 1:
        return 1
    return math.ceil(math.log(1 - p) / math.log(1 - each) - 1e-9)


MOST_RESPONDERS = 1_000


def responders_sharing(p: float, p_works: float, each: tuple[float, float]) -> int | None:
    """How many equal responders give P(at least one) ≥ ``p`` when they share a channel.

    ``each`` is what one of them brings when the channel works and when it does not; given its state
    they are independent. None when a thousand are not enough.
    """
    works = fails = 1.0
    for count in range(MOST_RESPONDERS + 1):
        if 1 - p_works * works - (1 - p_works) * fails >= p - 1e-9:
            return count
        works *= 1 - each[0]
        fails *= 1 - each[1]
    return None


@dataclass(frozen=True, slots=True)
class AedOdds:
    """Whether an AED can be used, and what speaks against it."""

    p: float
    """P(open) · P(working) · P(can be got at)."""
    doubts: tuple[Reason, ...]
    """The worst first."""
    shut: Reason | None
    """Why nobody may be sent for it at all; None when somebody may."""
    open_for_s: float
    """Seconds from now until it closes; ``inf`` when no end is known."""


def aed_odds(aed: AedRecord, moment: Moment, policy: AedDoubts) -> AedOdds:
    """The odds of one AED at that moment; hours unknown are a doubt, closed is not."""
    if aed.state is AedState.OUT_OF_SERVICE:
        return AedOdds(0.0, (), Reason.OUT_OF_SERVICE, 0.0)
    return aed_odds_in(
        aed, moment.hours(aed.opening_hours, aed.time_zone, aed.country), moment, policy
    )


def aed_odds_in(aed: AedRecord, hours: Hours, moment: Moment, policy: AedDoubts) -> AedOdds:
    """The odds of one AED in service whose hours are known to be that."""
    if hours.state is OpeningState.CLOSED:
        return AedOdds(0.0, (), Reason.CLOSED, hours.lasts_s)
    factors = _working(aed, moment, policy) + _reachable(aed, policy)
    if hours.state is OpeningState.UNKNOWN:
        factors.append((policy.p_hours_unknown, Reason.HOURS_UNKNOWN))
    else:
        factors.append((policy.p_open, None))
    sure = math.prod(factor for factor, reason in factors if reason is None)
    doubtful = [(factor, reason) for factor, reason in factors if reason is not None]
    doubtful.sort(key=lambda item: (item[0], item[1].value))
    p = sure * math.prod(factor for factor, _ in doubtful)
    doubts = tuple(reason for _, reason in doubtful)
    too_doubtful = p < policy.p_usable_min
    return AedOdds(p, doubts, doubts[0] if too_doubtful and doubts else None, hours.lasts_s)


def doubts_of(index: AedIndex, slot: int, moment: Moment, policy: AedDoubts) -> tuple[Reason, ...]:
    """What speaks against the AED of that slot, the worst first; its hours from the book."""
    aed = index.get(index.slots.ids[slot])
    if aed is None or aed.state is AedState.OUT_OF_SERVICE:
        return ()
    hours = index.hours.meaning(int(index.columns[slot]["hours"]), moment)
    return aed_odds_in(aed, hours, moment, policy).doubts


Factors = list[tuple[float, Reason | None]]
"""Probabilities to multiply, each with the doubt that it stands for; None is no doubt."""


def _working(aed: AedRecord, moment: Moment, policy: AedDoubts) -> Factors:
    """P(it works): its state, what has expired, when it was last checked."""
    factors: Factors = []
    if aed.state is AedState.IN_SERVICE:
        factors.append((policy.p_in_service, None))
    else:
        factors.append((policy.p_state_unknown, Reason.STATE_UNKNOWN))
    today = moment.today(aed.time_zone)
    if aed.pads_expire_on is not None and aed.pads_expire_on < today:
        factors.append((policy.p_pads_expired, Reason.EXPIRED_PADS))
    if aed.battery_expires_on is not None and aed.battery_expires_on < today:
        factors.append((policy.p_battery_expired, Reason.EXPIRED_BATTERY))
    days = days_since(aed.last_checked_at, moment.now)
    p = p_since_check(
        days, policy.failures_per_year, policy.p_checked_long_ago, policy.p_not_checked
    )
    recent = days < policy.checked_within_days + 1  # whole days; nan is not recent
    factors.append((p, None if recent else Reason.NOT_CHECKED))
    return factors


def _reachable(aed: AedRecord, policy: AedDoubts) -> Factors:
    """P(one gets at it during its hours): the code of its cabinet, who may go in."""
    factors: Factors = []
    if aed.code_required:
        if aed.code_known:
            factors.append((policy.p_code_known, None))
        else:
            factors.append((policy.p_code_unknown, Reason.NO_CODE))
    if aed.access is AedAccess.PUBLIC:
        factors.append((policy.p_access_public, None))
    else:
        p = {
            AedAccess.STAFF: policy.p_access_staff,
            AedAccess.PRIVATE: policy.p_access_private,
            AedAccess.UNKNOWN: policy.p_access_unknown,
        }[aed.access]
        factors.append((p, Reason.ACCESS_DOUBTFUL))
    return factors
