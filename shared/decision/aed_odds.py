"""P(an AED works), from what is known of it, as plain functions of numbers.

An AED that passed its last check works today unless it has failed since. Failures that a check
would have found (pads and battery run out, damage, theft) come at a constant rate, so that what is
left after ``d`` days is exp(−rate · d): the exponential survival of reliability theory, the only
one in which nothing is known but the rate. It ends at a floor, because somebody who walks past sees
a missing or beeping AED, whether it was checked or not.

A sanity bound for the rate: in Keelung 57 of 235 AEDs had expired. The policy's rate reaches that
share after 2.8 years without a check, about the life of pads.
"""

from __future__ import annotations

import math
from datetime import datetime

from shared.compiled import inlined

DAYS_PER_YEAR = 365.25
_DAY_S = 86_400.0


@inlined
def survival(days: float, failures_per_year: float) -> float:
    """P(no failure for so many days); 1 for 0 days and for days to come (a clock that errs)."""
    return math.exp(-failures_per_year * max(days, 0.0) / DAYS_PER_YEAR)


@inlined
def p_since_check(
    days: float, failures_per_year: float, p_floor: float, p_never_checked: float
) -> float:
    """P(it has not failed since its last check), 1 at the check, falling to ``p_floor``.

    ``days`` is how long ago the check was, ``nan`` when none is known: unknown is neither checked
    nor broken, and has a probability of its own.
    """
    if math.isnan(days):
        return p_never_checked
    return max(p_floor, survival(days, failures_per_year))


@inlined
def p_working(p_state: float, p_check: float, p_pads: float, p_battery: float) -> float:
    """P(it works): its state, its last check, its pads, its battery; 1 for what is not in doubt."""
    return p_state * p_check * p_pads * p_battery


@inlined
def p_usable(p_open: float, p_works: float, p_code: float, p_access: float) -> float:
    """P(open at that minute) · P(working) · P(code known) · P(let in): taken as independent."""
    return p_open * p_works * p_code * p_access


def days_since(checked: datetime | None, now: datetime) -> float:
    """Days between two aware times, ``nan`` when there was no check."""
    if checked is None:
        return math.nan
    return (now - checked).total_seconds() / _DAY_S
