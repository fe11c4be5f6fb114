"""The rules of steps, activation and widening; nothing but functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.dispatch.domain.activation import activation, arrest_likelihood
from services.dispatch.domain.models import Alert, Order
from services.dispatch.domain.steps import (
    RescuerStep,
    Verdict,
    order_event,
    rule_on_order_step,
    rule_on_rescuer_step,
)
from services.dispatch.domain.widening import widened
from services.dispatch.work.told import commitments_of
from shared.contracts.words import (
    AlertState,
    Gate,
    OrderState,
    Task,
    Tier,
    TimelineEvent,
    UnitKind,
)
from shared.decision.policy import default_policy

AT = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)


def alert(state: AlertState, task: Task = Task.VIA_AED) -> Alert:
    return Alert(
        id="alert-1", incident_id="inc-1", origin_incident_id="inc-1", rescuer_id="r1", task=task,
        aed_id="a1" if task is Task.VIA_AED else None, state=state, sequence=1, sent_at=AT,
        answer_by=AT, answered_at=None, moved_at=None, stalled_at=None, collected_at=None,
        arrived_at=None, ended_at=None, eta_s=None, choice={}, message_id="msg-1", local_hour=12,
        latitude=None, longitude=None, located_at=None,
    )  # fmt: skip


def order(state: OrderState, kind: UnitKind = UnitKind.AMBULANCE) -> Order:
    return Order(
        id="order-1", incident_id="inc-1", origin_incident_id="inc-1", unit_id="u1",
        station_id="s1", kind=kind, tier=Tier.FIRST_AID_STATION, state=state, sequence=1,
        notified_at=AT, acknowledge_by=AT, state_at=AT, ended_at=None, eta_s=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("step", "about", "verdict"),
    [
        (RescuerStep.AED_COLLECTED, "a1", Verdict.TAKE),
        (RescuerStep.AED_MISSING, "a1", Verdict.TAKE),
        # The task has changed meanwhile: what is in the hand comes along, what is not is past.
        (RescuerStep.AED_COLLECTED, "a2", Verdict.TAKE),
        (RescuerStep.AED_MISSING, "a2", Verdict.ALREADY_TAKEN),
    ],
)
def test_steps_about_an_aed_that_is_named(step: RescuerStep, about: str, verdict: Verdict) -> None:
    assert rule_on_rescuer_step(alert(AlertState.ACCEPTED), step, about).verdict is verdict
    direct = rule_on_rescuer_step(alert(AlertState.ACCEPTED, Task.DIRECT), step, "a2")
    assert direct.verdict is (
        Verdict.TAKE if step is RescuerStep.AED_COLLECTED else Verdict.ALREADY_TAKEN
    )
    assert rule_on_rescuer_step(alert(AlertState.SENT), step, about).verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    ("state", "step", "verdict"),
    [
        (AlertState.SENT, RescuerStep.ACCEPT, Verdict.TAKE),
        (AlertState.TIMED_OUT, RescuerStep.ACCEPT, Verdict.TAKE),
        (AlertState.ACCEPTED, RescuerStep.ACCEPT, Verdict.ALREADY_TAKEN),
        (AlertState.ARRIVED, RescuerStep.ACCEPT, Verdict.ALREADY_TAKEN),
        (AlertState.STOOD_DOWN, RescuerStep.ACCEPT, Verdict.REFUSE),
        (AlertState.DECLINED, RescuerStep.ACCEPT, Verdict.REFUSE),
        (AlertState.ACCEPTED, RescuerStep.DECLINE, Verdict.REFUSE),
        (AlertState.ACCEPTED, RescuerStep.WITHDRAW, Verdict.TAKE),
        (AlertState.SENT, RescuerStep.AED_COLLECTED, Verdict.REFUSE),
        (AlertState.ACCEPTED, RescuerStep.AED_COLLECTED, Verdict.TAKE),
        (AlertState.AED_COLLECTED, RescuerStep.AED_COLLECTED, Verdict.ALREADY_TAKEN),
        (AlertState.ACCEPTED, RescuerStep.CPR_STARTED, Verdict.REFUSE),
        (AlertState.ARRIVED, RescuerStep.SHOCK_DELIVERED, Verdict.TAKE),
    ],
)
def test_rescuer_steps(state: AlertState, step: RescuerStep, verdict: Verdict) -> None:
    assert rule_on_rescuer_step(alert(state), step).verdict is verdict


def test_only_who_fetches_an_aed_can_have_it() -> None:
    direct = alert(AlertState.ACCEPTED, Task.DIRECT)
    assert rule_on_rescuer_step(direct, RescuerStep.AED_COLLECTED).verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    ("state", "step", "verdict"),
    [
        (OrderState.NOTIFIED, OrderState.MOBILE, Verdict.TAKE),
        (OrderState.MOBILE, OrderState.MOBILE, Verdict.ALREADY_TAKEN),
        (OrderState.ON_SCENE, OrderState.MOBILE, Verdict.REFUSE),
        (OrderState.CANCELLED, OrderState.MOBILE, Verdict.REFUSE),
        (OrderState.ESCALATED, OrderState.ACKNOWLEDGED, Verdict.REFUSE),
    ],
)
def test_order_steps(state: OrderState, step: OrderState, verdict: Verdict) -> None:
    assert rule_on_order_step(order(state), step).verdict is verdict


def test_arrival_is_named_after_who_arrives() -> None:
    assert order_event(order(OrderState.MOBILE), OrderState.ON_SCENE) is (
        TimelineEvent.AMBULANCE_ARRIVED
    )
    team = order(OrderState.MOBILE, UnitKind.HEALTH_TEAM)
    assert order_event(team, OrderState.ON_SCENE) is TimelineEvent.HEALTH_TEAM_ARRIVED


@pytest.mark.parametrize(
    ("conscious", "breathing", "gates", "automatic"),
    [
        (False, False, frozenset(), True),
        (False, None, frozenset(), False),
        (None, False, frozenset(), False),
        (True, True, frozenset(), False),
        (False, True, frozenset(), False),
        (False, False, frozenset({Gate.FIRE}), False),
    ],
)
def test_activation(
    conscious: bool | None, breathing: bool | None, gates: frozenset[Gate], automatic: bool
) -> None:
    meaning = activation(conscious=conscious, breathing_normally=breathing, gates=gates)
    assert meaning.automatic is automatic


def test_the_queue_puts_arrests_first() -> None:
    assert arrest_likelihood(False, False) > arrest_likelihood(False, None)
    assert arrest_likelihood(False, None) > arrest_likelihood(None, None)
    assert arrest_likelihood(None, None) > arrest_likelihood(True, True)


def test_widening_reaches_further_and_asks_more() -> None:
    policy = default_policy()
    assert widened(policy, 0) is policy
    once, twice = widened(policy, 1), widened(policy, 2)
    assert policy.reach.rescuer_m < once.reach.rescuer_m < twice.reach.rescuer_m
    assert policy.target.floor < once.target.floor < twice.target.floor


def test_arrived_is_not_arrived_with_the_aed() -> None:
    """Who came without having taken it went straight, as it were; the others still bring it."""
    (empty_handed,) = commitments_of([alert(AlertState.ARRIVED)])
    assert (empty_handed.task, empty_handed.aed_id) == (Task.DIRECT, None)
    (with_it,) = commitments_of([replace(alert(AlertState.ARRIVED), collected_at=AT)])
    assert (with_it.task, with_it.aed_id) == (Task.VIA_AED, "a1")
