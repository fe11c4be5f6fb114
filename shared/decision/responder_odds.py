"""The odds of one rescuer as plain functions of numbers: place, answer, turnout, way.

Where each number comes from stands in the policy file; why these forms, in
docs/decisions/0011-responder-model.md. Compiled and interpreted code call the same functions.
"""

from __future__ import annotations

import math

from shared.compiled import inlined


@inlined
def p_live_place(
    age_s: float, fresh_s: float, half_life_s: float, p_fresh: float, p_floor: float
) -> float:
    """P(a rescuer still is in the cell that their phone told ``age_s`` ago).

    floor + (fresh − floor) · ½^((age − fresh_s) ÷ half_life_s), and ``p_fresh`` until ``fresh_s``.
    It falls steadily and never under ``p_floor``, because a phone tells every change of its cell:
    silence is more often somebody who sits still than somebody whose message got lost. Those who
    leave and fall silent do so at a constant rate, hence the half-life. ``half_life_s`` > 0;
    needs ``p_floor`` ≤ ``p_fresh``.
    """
    if age_s <= fresh_s:
        return p_fresh
    return p_floor + (p_fresh - p_floor) * math.pow(0.5, (age_s - fresh_s) / half_life_s)


@inlined
def works_given(p_accept: float, p_channel: float, accept_factor: float) -> float:
    """P(accept | the channel works), whose mean over both states is the marginal ``p_accept``.

    a = c · w + (1 − c) · f · w, with c = ``p_channel`` and f = ``accept_factor``, what is left of
    acceptance when the channel does not work; w is bounded by 1 (then the mean is less than asked
    for: who always answers still does not when nothing comes through). ``p_channel`` > 0.
    """
    return min(1.0, p_accept / (p_channel + (1.0 - p_channel) * accept_factor))


@inlined
def fails_given(p_accept: float, p_channel: float, accept_factor: float) -> float:
    """P(accept | the channel does not work)."""
    return accept_factor * works_given(p_accept, p_channel, accept_factor)


@inlined
def floors_s(floors: float, per_floor_s: float, most_s: float) -> float:
    """Seconds up or down so many floors (negative is underground); at most ``most_s``."""
    return min(abs(floors) * per_floor_s, most_s)


@inlined
def on_the_way_s(metres: float, speed_m_s: float, turnout_s: float) -> float:
    """From accepting to being there: turnout, then the way at that speed on the move."""
    return turnout_s + metres / speed_m_s
