"""What sets the state of a unit: steps of its orders, its station, or another system.

Steps travel by incident, so those of two orders of one unit may come in any order; what counts is
the order's own sequence, and between orders the time. An older step never undoes a newer one, and
handling a step twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.contracts.records import OrderRecord
from shared.contracts.words import OrderState, UnitState

STATE_OF_STEP: Final = {
    OrderState.NOTIFIED: UnitState.NOTIFIED,
    OrderState.ACKNOWLEDGED: UnitState.ACKNOWLEDGED,
    OrderState.MOBILE: UnitState.MOBILE,
    OrderState.ON_SCENE: UnitState.ON_SCENE,
    OrderState.AT_PATIENT: UnitState.ON_SCENE,
    OrderState.TRANSPORTING: UnitState.TRANSPORTING,
    OrderState.AT_HOSPITAL: UnitState.AT_HOSPITAL,
}
"""What a unit is doing at each step that is not the last."""

OFF: Final = frozenset({UnitState.OFF_DUTY, UnitState.OUT_OF_SERVICE})
"""States in which nobody may order the unit; the end of an order does not end them."""

STATES_OF_ORDERS: Final = frozenset(STATE_OF_STEP.values())
"""States that only an order brings about, where this system commands the units."""


class Commander(StrEnum):
    """Who commands the units of a deployment."""

    OURS = "ours"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Live:
    """What a unit is doing now."""

    state: UnitState
    state_at: datetime
    incident_id: str | None = None
    order_id: str | None = None
    """The order last heard of; kept when it has ended, to know its late steps by."""
    order_sequence: int = 0
    latitude: float | None = None
    """Where the unit said it was, WGS-84; None until it has said so (then: its station)."""
    longitude: float | None = None
    located_at: datetime | None = None


def after_step(live: Live, step: OrderRecord) -> Live | None:
    """What a unit is doing after a step of an order; None when the step changes nothing."""
    same = step.order_id == live.order_id
    if same and step.sequence <= live.order_sequence:
        return None
    ends = step.state not in STATE_OF_STEP
    if not same and (ends or step.at < live.state_at):
        # The end of an order that this unit no longer has, or a step from before the present state.
        return None
    after = replace(
        live,
        order_id=step.order_id,
        order_sequence=step.sequence,
        state_at=max(step.at, live.state_at),
    )
    if ends:
        # After the hand-over, or when it is not needed, a unit can be sent from where it is.
        state = live.state if live.state in OFF else UnitState.AVAILABLE
        after = replace(after, state=state, incident_id=None)
    else:
        after = replace(after, state=STATE_OF_STEP[step.state], incident_id=step.incident_id)
    if step.latitude is not None and step.longitude is not None:
        after = replace(after, latitude=step.latitude, longitude=step.longitude, located_at=step.at)
    return after


class Refusal(StrEnum):
    """Why a told state is not taken."""

    ORDERS_SAY = "orders_say"
    """We command the units: that state comes from an order's step."""
    ON_ORDER = "on_order"
    """The unit is on an order of ours, which must end first."""


def may_tell(live: Live, state: UnitState, commander: Commander) -> Refusal | None:
    """Whether somebody may tell that a unit is in that state; None is yes."""
    if commander is Commander.EXTERNAL:
        return None
    if state in STATES_OF_ORDERS:
        return Refusal.ORDERS_SAY
    # A unit that breaks down is out of service whatever its order says.
    if live.incident_id is not None and state is not UnitState.OUT_OF_SERVICE:
        return Refusal.ON_ORDER
    return None


def after_telling(
    live: Live,
    state: UnitState,
    at: datetime,
    *,
    incident_id: str | None = None,
    place: tuple[float, float] | None = None,
) -> Live | None:
    """What a unit is doing after somebody has told so; None when it is old news.

    ``place`` is WGS-84 (latitude, longitude); without one the last known place stands.
    """
    if at < live.state_at:
        return None
    keeps = state is UnitState.OUT_OF_SERVICE and incident_id is None
    after = replace(
        live,
        state=state,
        state_at=at,
        incident_id=live.incident_id if keeps else incident_id,
    )
    if place is not None:
        after = replace(after, latitude=place[0], longitude=place[1], located_at=at)
    return None if after == live else after
