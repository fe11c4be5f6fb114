"""The rules of other systems: examples by hand, and what holds of them always."""

from __future__ import annotations

import math
from collections import Counter
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.words import Task
from shared.decision.policy import RULES, Policy, default_policy, named_policy
from shared.decision.rules import NOBODY_YET, Active, picks_by
from shared.decision.weighed import Pick, Weighed

FIXED = [rule for rule in RULES if rule != "target"]


def weighed(
    straight_m: npt.ArrayLike,
    direct_eta_s: npt.ArrayLike | None = None,
    via_eta_s: npt.ArrayLike | None = None,
) -> Weighed:
    """Rescuers at these distances; as slow as they are far, with no AED, unless told."""
    straight = np.array(straight_m, dtype=np.float64)
    n = len(straight)
    direct = straight.copy() if direct_eta_s is None else np.array(direct_eta_s, dtype=np.float64)
    via = np.empty((n, 0)) if via_eta_s is None else np.array(via_eta_s, dtype=np.float64)
    via = via.reshape(n, via.shape[-1] if via.size else 0)
    aeds = via.shape[1]
    return Weighed(
        straight_m=straight,
        direct_m=1.5 * straight,
        direct_eta_s=direct,
        via_m=2 * via,
        via_eta_s=via,
        to_aed_eta_s=via / 2,
        aed_straight_m=np.full(aeds, 100.0),
        p_aed=np.full(aeds, 0.9),
        p_accept=np.full(n, 0.4),
        p_arrive=np.full(n, 0.5),
    )


def with_numbers(rule: str, **changes: Any) -> Policy:
    """The default policy with some of one rule's numbers changed."""
    base = default_policy()
    name = rule.replace("-", "_")
    section = getattr(base.rules, name).model_copy(update=changes)
    rules = base.rules.model_copy(update={name: section})
    return base.model_copy(update={"rules": rules})


def asked(
    rule: str,
    who: Weighed,
    policy: Policy | None = None,
    active: Active = NOBODY_YET,
    ambulance_eta_s: float | None = 600.0,
    floor: int | None = 0,
) -> list[Pick]:
    return picks_by(
        rule,
        who,
        policy or default_policy(),
        active=active,
        ambulance_eta_s=ambulance_eta_s,
        floor=floor,
    )


def direct(*rescuers: int) -> list[Pick]:
    return [Pick(i, Task.DIRECT, -1) for i in rescuers]


def test_all_within_the_radius_whether_they_beat_the_ambulance_or_not() -> None:
    who = weighed([900, 840, 100, 500, 200], direct_eta_s=[10, 999, 50, 60, inf])
    assert asked("all-within-radius", who) == direct(2, 3, 1)
    capped = with_numbers("all-within-radius", max_alerts=2)
    assert asked("all-within-radius", who, capped) == direct(2, 3)
    assert asked("all-within-radius", who, capped, Active(direct=1)) == direct(2)
    assert asked("all-within-radius", who, capped, Active(direct=3)) == []


def test_the_nearest_in_a_straight_line_and_the_next_when_one_declines() -> None:
    who = weighed([400, 300, 200, 100, 1_001], direct_eta_s=[1, 2, 3, 4, 5])
    two = with_numbers("k-nearest", count=2)
    assert asked("k-nearest", who, two) == direct(3, 2)
    # Rescuer 3 declined and is no candidate any more; rescuer 2 is still in force.
    rest = weighed([400, 300, 1_001])
    assert asked("k-nearest", rest, two, Active(direct=1)) == direct(1)
    assert asked("k-nearest", rest, two, Active(direct=2)) == []
    assert asked("k-nearest", weighed([5, 5, 5]), two) == direct(0, 1)


def test_two_thirds_over_the_aed_that_costs_them_least() -> None:
    who = weighed(
        [100, 200, 300, 400, 500, 600],
        direct_eta_s=[100, 200, 300, 400, 500, 600],
        #         loses: 300, 20, 250, 10, 200, 40
        via_eta_s=[[400, 500], [300, 220], [550, 560], [410, 410], [800, 700], [640, 900]],
    )
    assert asked("two-thirds", who) == [
        Pick(0, Task.DIRECT, -1),
        Pick(1, Task.VIA_AED, 1),
        Pick(2, Task.DIRECT, -1),
        Pick(3, Task.VIA_AED, 0),
        Pick(4, Task.VIA_AED, 1),
        Pick(5, Task.VIA_AED, 0),
    ]


@pytest.mark.parametrize(
    ("count", "straight"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2), (7, 3), (9, 3)]
)
def test_a_third_is_rounded_towards_cpr(count: int, straight: int) -> None:
    who = weighed(list(range(count)), via_eta_s=[[700.0 + i] for i in range(count)])
    tasks = Counter(pick.task for pick in asked("two-thirds", who))
    assert tasks == Counter({Task.DIRECT: straight, Task.VIA_AED: count - straight})


def test_two_thirds_of_all_who_are_asked_also_on_a_new_plan() -> None:
    who = weighed([1, 2, 3], via_eta_s=[[9], [9], [9]])
    new = asked("two-thirds", who, active=Active(direct=2, via_aed=1))
    assert [pick.task for pick in new] == [Task.VIA_AED] * 3
    new = asked("two-thirds", who, active=Active(direct=0, via_aed=3))
    assert Counter(pick.task for pick in new) == {Task.DIRECT: 2, Task.VIA_AED: 1}


def test_who_can_do_only_one_of_the_two_does_that() -> None:
    no_aed = weighed([1, 2, 3])
    assert asked("two-thirds", no_aed) == direct(0, 1, 2)
    shut = weighed([1, 2, 3], via_eta_s=[[inf], [inf], [inf]])
    assert asked("two-thirds", shut) == direct(0, 1, 2)
    across = weighed([1, 2], direct_eta_s=[inf, inf], via_eta_s=[[5.0], [inf]])
    assert asked("two-thirds", across) == [Pick(0, Task.VIA_AED, 0)]


def test_two_go_straight_the_third_to_the_aed_the_fourth_to_the_ambulance() -> None:
    who = weighed(
        [10, 20, 30, 40, 50, 60],
        direct_eta_s=[500, 100, 200, 300, 290, 620],
        via_eta_s=[[580], [150], [250], [450], [460], [610]],
    )
    four = [*direct(1, 2), Pick(3, Task.VIA_AED, 0), Pick(4, Task.GUIDE, -1)]
    assert asked("two-direct-one-aed", who) == four
    # One of the two declined, the others are in force: only that one is replaced.
    rest = weighed([10, 50], direct_eta_s=[500, 290], via_eta_s=[[580], [460]])
    now = Active(direct=1, via_aed=1, guide=1)
    assert asked("two-direct-one-aed", rest, active=now) == direct(1)


def test_nobody_who_cannot_beat_the_ambulance() -> None:
    who = weighed([1, 2, 3], direct_eta_s=[200, 100, 60], via_eta_s=[[250], [201], [199]])
    assert asked("two-direct-one-aed", who, ambulance_eta_s=100) == direct(2)
    assert asked("two-direct-one-aed", who, ambulance_eta_s=200) == direct(2, 1)
    # Before the crew by the policy's 30 s, or there is nobody to meet.
    one_more = weighed(
        [1, 2, 3, 4], direct_eta_s=[60, 70, 169, 170], via_eta_s=np.full((4, 1), inf)
    )
    assert asked("two-direct-one-aed", one_more, ambulance_eta_s=200) == [
        *direct(0, 1),
        Pick(2, Task.GUIDE, -1),
    ]
    assert asked("two-direct-one-aed", one_more, ambulance_eta_s=199) == direct(0, 1)
    assert asked("two-direct-one-aed", one_more, ambulance_eta_s=None) == direct(0, 1)


def test_a_guide_only_from_a_floor_where_the_policy_says_so() -> None:
    who = weighed([1, 2, 3])
    policy = with_numbers("two-direct-one-aed", guide_from_floor=3)

    def guides(floor: int | None, policy: Policy) -> int:
        picks = asked("two-direct-one-aed", who, policy, floor=floor)
        return sum(pick.task is Task.GUIDE for pick in picks)

    assert [guides(floor, policy) for floor in (None, 2, 3, -3)] == [0, 0, 1, 1]
    assert guides(None, default_policy()) == 1
    off = policy.model_copy(update={"guide": policy.guide.model_copy(update={"enabled": False})})
    assert guides(5, off) == 0


@pytest.mark.parametrize("word", ["target", "nearest-first", ""])
def test_what_is_no_fixed_rule_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="not one of the fixed rules"):
        asked(word, weighed([1]))


etas = st.one_of(st.floats(1, 1_500), st.just(inf), st.integers(1, 9).map(lambda n: n * 100.0))


@st.composite
def worlds(draw: st.DrawFn) -> Weighed:
    n, aeds = draw(st.integers(0, 25)), draw(st.integers(0, 4))
    metres = st.one_of(st.floats(0, 2_000), st.integers(0, 20).map(lambda n: n * 100.0))
    return weighed(
        draw(st.lists(metres, min_size=n, max_size=n)),
        draw(st.lists(etas, min_size=n, max_size=n)),
        draw(st.lists(st.lists(etas, min_size=aeds, max_size=aeds), min_size=n, max_size=n)),
    )


actives = st.builds(Active, st.integers(0, 6), st.integers(0, 6), st.integers(0, 2))
ambulances = st.one_of(st.none(), st.floats(0, 1_500))


def _most(rule: str, policy: Policy) -> int:
    numbers = policy.rules
    return {
        "all-within-radius": numbers.all_within_radius.max_alerts,
        "k-nearest": numbers.k_nearest.count,
        "two-thirds": numbers.two_thirds.count,
        "two-direct-one-aed": sum(
            (
                numbers.two_direct_one_aed.direct,
                numbers.two_direct_one_aed.carriers,
                numbers.two_direct_one_aed.guides,
            )
        ),
    }[rule]


@settings(max_examples=150, deadline=None)
@given(worlds(), actives, ambulances, st.sampled_from(FIXED), st.integers(1, 8))
def test_always(
    who: Weighed, active: Active, ambulance_eta_s: float | None, rule: str, cap: int
) -> None:
    policy = named_policy(rule)
    if rule != "two-direct-one-aed":
        name = "max_alerts" if rule == "all-within-radius" else "count"
        policy = with_numbers(rule, **{name: cap})
    picks = asked(rule, who, policy, active, ambulance_eta_s)
    assert picks == asked(rule, who, policy, active, ambulance_eta_s)
    rescuers = [pick.rescuer for pick in picks]
    assert len(rescuers) == len(set(rescuers))
    if rule == "two-direct-one-aed":
        tasks = Counter(pick.task for pick in picks)
        assert tasks[Task.DIRECT] + active.direct <= max(2, active.direct)
        assert tasks[Task.VIA_AED] + active.via_aed <= max(1, active.via_aed)
        assert tasks[Task.GUIDE] + active.guide <= max(1, active.guide)
    else:
        assert len(picks) <= max(0, _most(rule, policy) - active.total)
    for pick in picks:
        if pick.task is Task.VIA_AED:
            eta_s = who.via_eta_s[pick.rescuer, pick.aed]
            assert eta_s == who.via_eta_s[pick.rescuer].min()
        else:
            assert pick.aed == -1
            eta_s = who.direct_eta_s[pick.rescuer]
        assert math.isfinite(eta_s)
        if rule == "two-direct-one-aed" and ambulance_eta_s is not None:
            assert eta_s < ambulance_eta_s


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_everyone_within_the_radius_and_nobody_beyond(who: Weighed) -> None:
    can = np.isfinite(who.direct_eta_s) & (who.straight_m <= 840)
    picks = asked("all-within-radius", who)
    assert sorted(pick.rescuer for pick in picks) == list(np.flatnonzero(can))
    metres = [who.straight_m[pick.rescuer] for pick in picks]
    assert metres == sorted(metres)


@settings(max_examples=100, deadline=None)
@given(worlds(), st.integers(1, 8), st.data())
def test_a_decline_brings_the_next_and_nobody_else(
    who: Weighed, count: int, data: st.DataObject
) -> None:
    """Asking seven, one of whom declines, then asking again: as asking eight had been."""
    policy = with_numbers("k-nearest", count=count)
    first = [pick.rescuer for pick in asked("k-nearest", who, policy)]
    if not first:
        return
    declined = data.draw(st.sampled_from(first))
    left = [i for i in range(len(who.straight_m)) if i not in first]
    rest = weighed(who.straight_m[left], who.direct_eta_s[left])
    again = asked("k-nearest", rest, policy, Active(direct=len(first) - 1))
    wider = [
        pick.rescuer for pick in asked("k-nearest", who, with_numbers("k-nearest", count=count + 1))
    ]
    if len(first) < count:
        assert again == []
        return
    assert declined in wider
    assert [left[pick.rescuer] for pick in again] == wider[count:]


@settings(max_examples=100, deadline=None)
@given(worlds(), actives)
def test_the_share_that_goes_straight(who: Weighed, active: Active) -> None:
    """A third, rounded up, of all who are asked, where everybody could do either."""
    both = np.isfinite(who.direct_eta_s) & np.isfinite(who.via_eta_s).any(axis=1)
    free = weighed(who.straight_m[both], who.direct_eta_s[both], who.via_eta_s[both])
    picks = asked("two-thirds", free, active=active)
    straight = active.direct + sum(pick.task is Task.DIRECT for pick in picks)
    total = active.direct + active.via_aed + len(picks)
    fewest, most = active.direct, active.direct + len(picks)
    assert straight == min(max(math.ceil(total / 3), fewest), most)
