"""Simulated incidents: the same draws under every policy, nobody in two places at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from math import inf
from typing import Any

import numpy as np
import pytest

from shared.contracts.words import AlertState, Task
from shared.decision import named_policy
from shared.geometry.cells import centre_of
from shared.scenarios import load
from shared.scenarios.records import known_of
from shared.simulation.assumptions import DEFAULT, Twist
from shared.simulation.case import Case, Person
from shared.simulation.demand import Demand
from shared.simulation.people import People
from shared.simulation.run import Outcome, Plan, Run, simulate
from shared.simulation.summary import combined, metrics
from shared.simulation.world import World, world_of
from shared.snapshots import Known

AT = datetime(2026, 5, 6, 3, 0, tzinfo=UTC)
WEEK = 7 / 365.25


@pytest.fixture(scope="module")
def known() -> Known:
    """A corner of Takamatsu: everybody within some 1.5 km of its demonstration's call."""
    scenario = load("takamatsu", today=date(2026, 5, 6))
    whole = known_of(scenario, AT)
    centre = scenario.manifest.demo.place.wgs84()

    def near(latitude: float, longitude: float) -> bool:
        return abs(latitude - centre.latitude) < 0.014 and abs(longitude - centre.longitude) < 0.016

    return replace(
        whole,
        rescuers=[r for r in whole.rescuers if near(*centre_of(r.places[0].cell))],
        aeds=[a for a in whole.aeds if near(a.latitude, a.longitude)],
        presence=(),
    )


def world(known: Known, twist: Twist | None = None) -> World:
    return world_of(known, AT, "Asia/Tokyo", seed=5, twist=twist)


@pytest.fixture(scope="module")
def plan(known: Known) -> Plan:
    homes = np.array([centre_of(r.places[0].cell) for r in known.rescuers])
    demand = Demand(homes[:, 0], homes[:, 1], np.ones(len(homes)), 1_500_000.0, spread_m=60.0)
    assumptions = replace(DEFAULT, other_calls_per_1000=3.0)
    return Plan(demand, WEEK, seed=5, replication=0, assumptions=assumptions)


def as_numbers(outcome: Outcome) -> list[tuple[object, ...]]:
    return [
        (r.cpr_s, r.shock_s, r.als_s, r.alerts, r.accepted, r.arrived, r.hospital)
        for r in outcome.results
    ]


@pytest.fixture(scope="module")
def outcome(known: Known, plan: Plan) -> Outcome:
    return simulate(world(known), named_policy("target"), plan)


def test_the_same_inputs_give_the_same_outcome(known: Known, plan: Plan, outcome: Outcome) -> None:
    assert len(outcome.results) > 15
    assert as_numbers(simulate(world(known), named_policy("target"), plan)) == as_numbers(outcome)
    other = simulate(world(known), named_policy("target"), replace(plan, replication=1))
    assert as_numbers(other) != as_numbers(outcome)


def test_times_are_in_their_order(outcome: Outcome) -> None:
    for r in outcome.results:
        assert r.cpr_s <= min(r.rescuer_s, r.ambulance_s)
        assert r.alert_s <= r.accepted_s <= r.departed_s or r.departed_s == inf
        assert r.arrived <= r.accepted <= r.alerts
        assert r.redundant == max(0, r.arrived - 3)
        assert r.shock_s > r.cpr_s or r.shock_s == inf
    assert any(r.rescuer_s < r.ambulance_s for r in outcome.results)
    assert any(r.hospital is not None for r in outcome.results)


class Watched(dict[str, str]):
    """What is held: nobody twice at the same time."""

    def __setitem__(self, key: str, value: str) -> None:
        assert self.get(key, value) == value, f"{key} is held by {self[key]}"
        super().__setitem__(key, value)


@pytest.mark.parametrize("rule", ["target", "k-nearest"])
def test_nobody_is_in_two_places_and_all_are_let_go(known: Known, plan: Plan, rule: str) -> None:
    busy = replace(plan, assumptions=replace(plan.assumptions, arrests_per_100k=250.0))
    run = Run(world(known), named_policy(rule), busy)
    for kind in ("rescuers", "aeds", "units"):
        object.__setattr__(run.snapshot.held, kind, Watched())
    run.run()
    assert not run.held.rescuers
    assert not run.held.aeds
    assert not run.held.units
    assert not run.fleet.waiting


def test_a_person_answers_alike_under_every_policy(
    known: Known, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: dict[tuple[int, str], set[tuple[float, str]]] = defaultdict(set)
    asked: dict[str, int] = {}
    send, accept, out = People.send, People._accept, People._out

    def note(case: Case, person: Person, what: str, after_s: float) -> None:
        answers[case.number, person.rescuer_id].add((after_s, what))

    def accepted(self: People, case: Case, person: Person) -> None:
        note(case, person, "accepted", self._run.now_s - person.sent_s)
        accept(self, case, person)

    def ended(self: People, case: Case, person: Person, state: AlertState) -> None:
        if state is not AlertState.WITHDRAWN:
            note(case, person, state.value, self._run.now_s - person.sent_s)
        out(self, case, person, state)

    monkeypatch.setattr(People, "_accept", accepted)
    monkeypatch.setattr(People, "_out", ended)
    for rule in ("target", "k-nearest", "two-direct-one-aed"):
        asked[rule] = sum(
            r.alerts for r in simulate(world(known), named_policy(rule), plan).results
        )
    assert send is People.send
    assert len(set(asked.values())) == 3
    assert len(answers) > 200
    assert all(len({what for _, what in each}) == 1 for each in answers.values())


def test_the_fatigue_budget_holds(known: Known, plan: Plan) -> None:
    busy = replace(plan, assumptions=replace(plan.assumptions, arrests_per_100k=300.0))
    policy = named_policy("k-nearest")
    outcome = simulate(world(known), policy, busy)
    assert max(outcome.alerts_by_week.values()) == policy.fatigue.max_alerts


def test_calls_wait_for_an_ambulance_first_come_first_served(known: Known, plan: Plan) -> None:
    ambulance = next(u for u in known.units if u.kind == "ambulance")
    one = replace(known, units=[ambulance])
    run = Run(world(one), named_policy("target"), plan)
    served: list[int] = []
    waited: list[float] = []
    order = run.fleet.order

    def noted(case: Case, choice: Any) -> None:
        if case.number not in served:
            served.append(case.number)
            if run.now_s > case.called_s:
                waited.append(case.called_s)
        order(case, choice)

    run.fleet.order = noted  # type: ignore[method-assign]
    outcome = run.run()
    assert outcome.queued > 20
    assert max(r.waited_s for r in outcome.results) > 600
    assert all(r.ambulance_s < inf for r in outcome.results)
    assert len(waited) > 20
    assert waited == sorted(waited)
    assert len(served) == len(outcome.results) + len(plan.others() or ())


def test_nobody_accepts_in_a_world_without_acceptance(known: Known, plan: Plan) -> None:
    nobody = replace(plan, twist=Twist(acceptance=0.0))
    outcome = simulate(world(known), named_policy("target"), nobody)
    assert sum(r.alerts for r in outcome.results) > 100
    assert all(r.accepted == 0 and r.rescuer_s == inf for r in outcome.results)


def test_the_channel_fails_for_many_at_once(known: Known, plan: Plan) -> None:
    shares: dict[float, float] = {}
    for factor in (0.0, 2.0):
        results = [
            r
            for n in range(2)
            for r in simulate(
                world(known),
                named_policy("two-direct-one-aed"),
                replace(plan, replication=n, other_calls=False, twist=Twist(correlation=factor)),
            ).results
        ]
        shares[factor] = float(np.mean([not r.channel for r in results]))
    assert shares[0.0] == 0.0
    assert shares[2.0] > 0.05


def test_density_takes_and_adds_the_same_people(known: Known) -> None:
    ids = {r.id for r in known.rescuers}
    half = {r.id for r in world(known, Twist(density=0.5)).known.rescuers}
    twice = {r.id for r in world(known, Twist(density=2.0)).known.rescuers}
    assert half < ids < twice
    assert len(twice) == 2 * len(ids)
    assert 0.35 < len(half) / len(ids) < 0.65
    again = {r.id for r in world(known, Twist(density=0.5)).known.rescuers}
    assert half == again


def test_hours_close_and_open(known: Known) -> None:
    def always(twist: Twist) -> int:
        return sum(a.opening_hours == "24/7" for a in world(known, twist).known.aeds)

    limited = sum(a.opening_hours not in (None, "24/7") for a in known.aeds)
    assert limited > 0
    assert always(Twist(hours=0.0)) == 0
    assert always(Twist(hours=0.5)) < always(Twist())
    assert always(Twist(hours=2.0)) == always(Twist()) + limited


def test_an_aed_that_is_not_there_is_told_and_passed_over(known: Known, plan: Plan) -> None:
    many = replace(plan, assumptions=replace(plan.assumptions, arrests_per_100k=200.0))
    found = simulate(world(known), named_policy("two-thirds"), many)
    assert any(r.collected_s < r.shock_s < inf for r in found.results)
    run = Run(world(known), named_policy("two-thirds"), many)
    lost: list[str] = []
    lose = run.lose_aed

    def noted(aed_id: str) -> None:
        lost.append(aed_id)
        lose(aed_id)

    run.lose_aed = noted  # type: ignore[method-assign]
    run.people._usable = lambda aed_id, p: False  # type: ignore[method-assign]
    outcome = run.run()
    assert lost
    assert all(r.collected_s == inf for r in outcome.results)


def test_metrics_and_intervals(outcome: Outcome) -> None:
    one = metrics(outcome, DEFAULT)
    assert combined([one])["ci95"]["cpr_s"]["median"] is None
    other = {**one, "alerts_per_incident": one["alerts_per_incident"] + 2}
    both = combined([one, other], [one, one])
    low, high = both["ci95"]["alerts_per_incident"]
    assert low < one["alerts_per_incident"] + 1 < high
    assert both["difference"]["alerts_per_incident"] == pytest.approx(1.0)
    assert both["difference"]["cpr_s"]["median"] == 0
    assert set(one["survival_index"]) == {
        "larsen_1993", "valenzuela_1997", "waalewijn_2001", "de_maio_2003",
    }  # fmt: skip
    assert Task.DIRECT
