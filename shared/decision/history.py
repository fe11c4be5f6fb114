"""What one rescuer's own alerts say about the next one: shrunken shares, by time of day.

A share of few alerts says little: one accepted of one asked is not a certainty. So the measured
share is pulled towards what the policy expects of everybody. That is the posterior mean of a
binomial share under a beta prior (Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 2.4), with
the prior's mean from the policy and its worth in alerts as its weight.

Day and night are two shares of one person. What is known of the one moves the prior of the other:
with the two log-odds of a person jointly normal over people with correlation ρ and equal spread,
the expected one given the other is its own mean plus ρ times the other's deviation (ibid., ch. 5).
ρ is ``response.history_shared``; 0 keeps the two apart, 1 takes people to differ by one number.

All numbers are plain floats, so that compiled code calls the same functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from shared.compiled import inlined
from shared.decision.policy import Response

_EDGE = 1e-6
"""Shares are kept so far from 0 and 1 before logarithms are taken."""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one rescuer, from this deployment's own alerts.

    ``asked`` are alerts that had the whole time to be answered: not those that were called off
    before, for they say nothing about the rescuer. An alert that never came through counts as not
    accepted, as the policy's ``p_accept`` has such failures in it as well. Day and night are the
    policy's, by the rescuer's own time zone.

    Raises ``ValueError`` for negative counts and for more successes than trials.
    """

    asked_day: int = 0
    accepted_day: int = 0
    asked_night: int = 0
    accepted_night: int = 0
    accepted: int = 0
    """Accepted tasks that ran to their end: arrived, withdrawn or never moved; not stood down."""
    arrived: int = 0
    """Of these, at the patient."""

    def __post_init__(self) -> None:
        for some, all_, name, of in (
            (self.accepted_day, self.asked_day, "accepted_day", "asked_day"),
            (self.accepted_night, self.asked_night, "accepted_night", "asked_night"),
            (self.arrived, self.accepted, "arrived", "accepted"),
        ):
            if not 0 <= some <= all_:
                raise ValueError(f"{name}: {some} is not between 0 and {of} ({all_})")


NO_HISTORY = History()
"""Nobody has asked yet: every probability is the policy's."""


@inlined
def mean(successes: float, trials: float, prior: float, prior_weight: float) -> float:
    """Posterior mean of a share: (prior · weight + successes) ÷ (weight + trials).

    The prior is Beta(prior · weight, (1 − prior) · weight): as if it had been seen in ``weight``
    trials. With ``weight`` > 0 and ``prior`` within (0, 1) so is the result; it is ``prior`` when
    there are no trials, grows with ``successes`` and falls with ``trials``.
    """
    return (prior * prior_weight + successes) / (prior_weight + trials)


@inlined
def shifted(prior: float, other: float, other_prior: float, shared: float) -> float:
    """The prior of one part of the day after what the other part has shown.

    logit⁻¹(logit(prior) + shared · (logit(other) − logit(other_prior))): ``prior`` itself when the
    other is as expected; grows with ``other``; within (0, 1).
    """
    if other == other_prior or shared == 0.0:
        return prior
    p = min(max(prior, _EDGE), 1.0 - _EDGE)
    seen = min(max(other, _EDGE), 1.0 - _EDGE)
    expected = min(max(other_prior, _EDGE), 1.0 - _EDGE)
    odds_ratio = (seen / (1.0 - seen)) / (expected / (1.0 - expected))
    odds = p / (1.0 - p) * math.pow(odds_ratio, shared)
    return odds / (1.0 + odds)


@inlined
def p_accept(
    accepted: float,
    asked: float,
    prior: float,
    other_accepted: float,
    other_asked: float,
    other_prior: float,
    weight: float,
    shared: float,
) -> float:
    """P(this rescuer accepts) at this part of the day; the ``other`` numbers are the other part's.

    ``prior`` and ``other_prior`` are the policy's ``p_accept`` of the two parts, ``weight`` is
    ``response.history_weight`` and ``shared`` is ``response.history_shared``. It is the marginal
    probability, over both states of the channel: split it with ``responder_odds.works_given``.
    """
    other = mean(other_accepted, other_asked, other_prior, weight)
    return mean(accepted, asked, shifted(prior, other, other_prior, shared), weight)


@dataclass(frozen=True, slots=True)
class Chances:
    """What a policy and a history say of one rescuer, now."""

    p_accept: float
    p_arrive: float
    """Of those who accepted."""


def chances(history: History, night: bool, response: Response) -> Chances:
    """P(accept) and P(arrive | accept) of one rescuer; the policy's numbers with no history."""
    day = (float(history.accepted_day), float(history.asked_day), response.day.p_accept)
    dark = (float(history.accepted_night), float(history.asked_night), response.night.p_accept)
    here, other = (dark, day) if night else (day, dark)
    return Chances(
        p_accept(*here, *other, response.history_weight, response.history_shared),
        mean(
            float(history.arrived),
            float(history.accepted),
            response.p_arrive,
            response.arrival_weight,
        ),
    )
