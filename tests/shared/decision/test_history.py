"""What a rescuer's own alerts say: shrunken, monotone, calibrated, better than one for all."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.decision import default_policy
from shared.decision.history import NO_HISTORY, History, chances, mean, p_accept, shifted

shares = st.floats(0.01, 0.99)
weights = st.floats(0.1, 100)
counts = st.integers(0, 500)


def test_the_posterior_mean_by_hand() -> None:
    # Beta(2, 6) and 3 of 4 accepted: (2 + 3) / (8 + 4).
    assert mean(3.0, 4.0, 0.25, 8.0) == pytest.approx(5 / 12)
    assert mean(0.0, 0.0, 0.25, 8.0) == 0.25


def test_the_other_part_of_the_day_by_hand() -> None:
    # Odds of 1:1 where 1:3 were expected: three times the odds; a correlation of ½ takes the root.
    assert shifted(0.5, 0.5, 0.25, 1.0) == pytest.approx(0.75)
    root = math.sqrt(3)
    assert shifted(0.5, 0.5, 0.25, 0.5) == pytest.approx(root / (1 + root))
    assert shifted(0.5, 0.5, 0.25, 0.0) == 0.5
    assert shifted(0.3, 0.4, 0.4, 1.0) == 0.3


@pytest.mark.parametrize("night", [False, True])
def test_without_a_history_it_is_the_policys(night: bool) -> None:
    response = default_policy().response
    period = response.night if night else response.day
    known = chances(NO_HISTORY, night, response)
    assert (known.p_accept, known.p_arrive) == (period.p_accept, response.p_arrive)


@given(shares, shares, weights, st.floats(0, 1), counts, counts, st.data())
def test_within_bounds_and_monotone(
    prior: float,
    other_prior: float,
    weight: float,
    shared: float,
    asked: int,
    other_asked: int,
    data: st.DataObject,
) -> None:
    accepted = data.draw(st.integers(0, asked))
    other = data.draw(st.integers(0, other_asked))

    def p(accepted: float, asked: float, other: float, other_asked: float) -> float:
        return p_accept(accepted, asked, prior, other, other_asked, other_prior, weight, shared)

    now = p(accepted, asked, other, other_asked)
    assert 0 < now < 1
    assert p(accepted + 1, asked + 1, other, other_asked) > now
    assert p(accepted, asked + 1, other, other_asked) < now
    slack = 1e-12
    assert p(accepted, asked, other + 1, other_asked + 1) >= now - slack
    assert p(accepted, asked, other, other_asked + 1) <= now + slack


def test_the_night_is_not_lifted_by_a_day_as_expected() -> None:
    """Days are answered more often than nights; that alone must not raise somebody's nights."""
    response = default_policy().response
    as_expected = History(asked_day=100, accepted_day=36)
    assert chances(as_expected, True, response).p_accept == pytest.approx(response.night.p_accept)
    keen = History(asked_day=100, accepted_day=90)
    assert chances(keen, True, response).p_accept > 1.5 * response.night.p_accept
    assert chances(keen, True, response).p_accept < chances(keen, False, response).p_accept


def test_who_accepts_but_never_comes() -> None:
    response = default_policy().response
    never = chances(History(accepted=20, arrived=0), False, response)
    always = chances(History(accepted=20, arrived=20), False, response)
    assert 0 < never.p_arrive < 0.2 < response.p_arrive < 0.8 < always.p_arrive < 1
    assert never.p_accept == response.day.p_accept


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"asked_day": 1, "accepted_day": 2}, "accepted_day: 2 is not between 0 and asked_day"),
        ({"asked_night": -1}, "accepted_night: 0 is not between"),
        ({"accepted": 1, "arrived": -1}, "arrived: -1"),
    ],
)
def test_impossible_counts_are_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        History(**wrong)


def _people(seed: int, count: int) -> list[tuple[History, bool, float]]:
    """Seeded rescuers: who they truly are, what they did before, and one more alert to foretell.

    Log-odds of day and night are normal around the policy's with correlation ½ and the spread that
    the policy's weight stands for: a share of variance p(1 − p) ÷ (weight + 1) has log-odds of
    variance about 1 ÷ ((weight + 1) · p(1 − p)).
    """
    random_ = random.Random(seed)
    response = default_policy().response
    typical = response.day.p_accept
    spread = 1 / math.sqrt((response.history_weight + 1) * typical * (1 - typical))
    people = []
    for _ in range(count):
        first = random_.gauss(0, spread)
        second = 0.5 * first + math.sqrt(0.75) * random_.gauss(0, spread)
        true = [
            1 / (1 + (1 - prior) / prior * math.exp(-deviation))
            for prior, deviation in (
                (response.day.p_accept, first),
                (response.night.p_accept, second),
            )
        ]
        asked = [random_.choice((0, 1, 3, 8, 20)), random_.choice((0, 1, 3, 8))]
        accepted = [
            sum(random_.random() < p for _ in range(n)) for p, n in zip(true, asked, strict=True)
        ]
        night = random_.random() < 0.4
        history = History(asked[0], accepted[0], asked[1], accepted[1])
        people.append((history, night, true[night]))
    return people


def test_foretells_better_than_one_number_for_all_and_than_the_bare_share() -> None:
    """Expected log score of the next answer (negative; higher is better)."""
    response = default_policy().response

    def score(true: float, told: float) -> float:
        return true * math.log(told) + (1 - true) * math.log(1 - told)

    flat = ours = apart = bare = 0.0
    people = _people(11, 4_000)
    apart_response = response.model_copy(update={"history_shared": 0.0})
    for history, night, true in people:
        prior = (response.night if night else response.day).p_accept
        flat += score(true, prior)
        ours += score(true, chances(history, night, response).p_accept)
        apart += score(true, chances(history, night, apart_response).p_accept)
        accepted = history.accepted_night if night else history.accepted_day
        asked = history.asked_night if night else history.asked_day
        share = accepted / asked if asked else prior
        bare += score(true, min(max(share, 0.01), 0.99))
    gain = [(value - flat) / len(people) for value in (ours, apart, bare)]
    assert gain[0] > 0.01
    assert gain[0] > gain[1] > 0
    assert gain[2] < 0


def test_what_is_told_comes_true() -> None:
    """In every fifth of the predictions the mean true chance is near the mean told one."""
    response = default_policy().response
    pairs = sorted(
        (chances(history, night, response).p_accept, true)
        for history, night, true in _people(12, 10_000)
    )
    size = len(pairs) // 5
    for start in range(0, len(pairs), size):
        fifth = pairs[start : start + size]
        told = sum(p for p, _ in fifth) / len(fifth)
        true = sum(p for _, p in fifth) / len(fifth)
        assert told == pytest.approx(true, abs=0.03)
