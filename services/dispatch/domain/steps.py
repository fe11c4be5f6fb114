"""The steps that rescuers and units can take, and which of them may follow which.

A step that has been taken already is no error: phones resend what a tunnel swallowed. A step that
cannot follow is refused with the state that forbids it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.dispatch.domain.models import Alert, Order
from shared.contracts.words import AlertState, OrderState, Task, TimelineEvent, UnitKind


class RescuerStep(StrEnum):
    """What a rescuer's phone can say about a task."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    DEPARTED = "departed"
    AED_COLLECTED = "aed-collected"
    AED_MISSING = "aed-missing"
    AT_BUILDING = "at-building"
    ARRIVED = "arrived"
    CPR_STARTED = "cpr-started"
    AED_ON = "aed-on"
    SHOCK_DELIVERED = "shock-delivered"
    ROSC = "rosc"


class Verdict(StrEnum):
    """What to do with a step."""

    TAKE = "take"
    ALREADY_TAKEN = "already_taken"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on a step, and why."""

    verdict: Verdict
    because: str = ""


TAKE = Ruling(Verdict.TAKE)
ALREADY = Ruling(Verdict.ALREADY_TAKEN)

_WAITING = frozenset({AlertState.SENT, AlertState.DELIVERED, AlertState.SEEN})
_ON_THE_WAY = frozenset({AlertState.ACCEPTED, AlertState.AED_COLLECTED})
_ACCEPTED = _ON_THE_WAY | {AlertState.ARRIVED}

# From which states a step can be taken, and in which it has been taken already.
_RULES: dict[RescuerStep, tuple[frozenset[AlertState], frozenset[AlertState]]] = {
    # A late yes is still a yes: whoever timed out may come after all while the incident lasts.
    RescuerStep.ACCEPT: (_WAITING | {AlertState.TIMED_OUT, AlertState.UNDELIVERED}, _ACCEPTED),
    RescuerStep.DECLINE: (
        _WAITING | {AlertState.TIMED_OUT, AlertState.UNDELIVERED},
        frozenset({AlertState.DECLINED}),
    ),
    RescuerStep.WITHDRAW: (_ACCEPTED, frozenset({AlertState.WITHDRAWN})),
    RescuerStep.DEPARTED: (_ON_THE_WAY, frozenset({AlertState.ARRIVED})),
    RescuerStep.AED_COLLECTED: (
        frozenset({AlertState.ACCEPTED}),
        frozenset({AlertState.AED_COLLECTED}),
    ),
    RescuerStep.AED_MISSING: (frozenset({AlertState.ACCEPTED}), frozenset()),
    RescuerStep.AT_BUILDING: (_ON_THE_WAY, frozenset()),
    RescuerStep.ARRIVED: (_ON_THE_WAY, frozenset({AlertState.ARRIVED})),
    RescuerStep.CPR_STARTED: (frozenset({AlertState.ARRIVED}), frozenset()),
    RescuerStep.AED_ON: (frozenset({AlertState.ARRIVED}), frozenset()),
    RescuerStep.SHOCK_DELIVERED: (frozenset({AlertState.ARRIVED}), frozenset()),
    RescuerStep.ROSC: (frozenset({AlertState.ARRIVED}), frozenset()),
}

STEP_EVENTS: dict[RescuerStep, TimelineEvent] = {
    RescuerStep.ACCEPT: TimelineEvent.ALERT_ACCEPTED,
    RescuerStep.DECLINE: TimelineEvent.ALERT_DECLINED,
    RescuerStep.WITHDRAW: TimelineEvent.ALERT_WITHDRAWN,
    RescuerStep.DEPARTED: TimelineEvent.DEPARTED,
    RescuerStep.AED_COLLECTED: TimelineEvent.AED_COLLECTED,
    RescuerStep.AED_MISSING: TimelineEvent.AED_MISSING,
    RescuerStep.AT_BUILDING: TimelineEvent.RESCUER_AT_BUILDING,
    RescuerStep.ARRIVED: TimelineEvent.RESCUER_ARRIVED,
    RescuerStep.CPR_STARTED: TimelineEvent.CPR_STARTED,
    RescuerStep.AED_ON: TimelineEvent.AED_ON,
    RescuerStep.SHOCK_DELIVERED: TimelineEvent.SHOCK_DELIVERED,
    RescuerStep.ROSC: TimelineEvent.ROSC,
}


AED_STEPS = frozenset({RescuerStep.AED_COLLECTED, RescuerStep.AED_MISSING})


def rule_on_rescuer_step(alert: Alert, step: RescuerStep, aed_id: str | None = None) -> Ruling:
    """Whether a rescuer may take a step now.

    ``aed_id`` is the AED that the phone says it is about, where it does: the task may have changed
    while that was on its way.
    """
    may_from, taken_in = _RULES[step]
    if alert.state in taken_in:
        return ALREADY
    if alert.state not in may_from:
        return Ruling(
            Verdict.REFUSE, f"the task is {alert.state.value}; {step.value} cannot follow that"
        )
    if step in AED_STEPS and aed_id is not None and aed_id != alert.aed_id:
        # Nobody waits for that AED any more; but one in the hand is one that comes along.
        return ALREADY if step is RescuerStep.AED_MISSING else TAKE
    if step in AED_STEPS and (alert.task is not Task.VIA_AED or alert.aed_id is None):
        if step is RescuerStep.AED_MISSING and alert.task is Task.DIRECT:
            return ALREADY
        return Ruling(Verdict.REFUSE, "the task has no AED to fetch")
    if step is RescuerStep.DEPARTED and alert.moved_at is not None:
        return ALREADY
    return TAKE


_ORDER_PATH = (
    OrderState.NOTIFIED,
    OrderState.ACKNOWLEDGED,
    OrderState.MOBILE,
    OrderState.ON_SCENE,
    OrderState.AT_PATIENT,
    OrderState.TRANSPORTING,
    OrderState.AT_HOSPITAL,
    OrderState.FREE,
)

ORDER_STEPS = _ORDER_PATH[1:]
"""The steps that a crew can report, in their order; some may be left out, none taken back."""


def rule_on_order_step(order: Order, step: OrderState) -> Ruling:
    """Whether a unit may take a step now: forward only, from an order that is still on."""
    if order.state is step:
        return ALREADY
    if order.state in {OrderState.CANCELLED, OrderState.ESCALATED}:
        return Ruling(Verdict.REFUSE, f"the order is {order.state.value}")
    if _ORDER_PATH.index(step) < _ORDER_PATH.index(order.state):
        return Ruling(
            Verdict.REFUSE, f"the order is {order.state.value} already; a step is never taken back"
        )
    return TAKE


def order_event(order: Order, step: OrderState) -> TimelineEvent:
    """The timeline's word for a unit's step."""
    if step is OrderState.ON_SCENE:
        return (
            TimelineEvent.AMBULANCE_ARRIVED
            if order.kind is UnitKind.AMBULANCE
            else TimelineEvent.HEALTH_TEAM_ARRIVED
        )
    return {
        OrderState.ACKNOWLEDGED: TimelineEvent.UNIT_ACKNOWLEDGED,
        OrderState.MOBILE: TimelineEvent.UNIT_MOBILE,
        OrderState.AT_PATIENT: TimelineEvent.UNIT_AT_PATIENT,
        OrderState.TRANSPORTING: TimelineEvent.UNIT_TRANSPORTING,
        OrderState.AT_HOSPITAL: TimelineEvent.UNIT_AT_HOSPITAL,
        OrderState.FREE: TimelineEvent.UNIT_FREE,
    }[step]
