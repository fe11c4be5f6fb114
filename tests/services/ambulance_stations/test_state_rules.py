"""What sets the state of a unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.ambulance_stations.domain.states import (
    Commander,
    Live,
    Refusal,
    after_step,
    after_telling,
    may_tell,
)
from shared.contracts.records import OrderRecord
from shared.contracts.words import OrderState, UnitState

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
IDLE = Live(UnitState.AVAILABLE, START)


def step(state: OrderState, sequence: int, **fields: Any) -> OrderRecord:
    told = {
        "order_id": "order-1",
        "incident_id": "inc-1",
        "unit_id": "U-1",
        "state": state,
        "sequence": sequence,
        "at": START + timedelta(minutes=sequence),
        "shard": 0,
    }
    return OrderRecord.model_validate(told | fields)


LIFE = [
    (OrderState.NOTIFIED, UnitState.NOTIFIED),
    (OrderState.ACKNOWLEDGED, UnitState.ACKNOWLEDGED),
    (OrderState.MOBILE, UnitState.MOBILE),
    (OrderState.ON_SCENE, UnitState.ON_SCENE),
    (OrderState.AT_PATIENT, UnitState.ON_SCENE),
    (OrderState.TRANSPORTING, UnitState.TRANSPORTING),
    (OrderState.AT_HOSPITAL, UnitState.AT_HOSPITAL),
    (OrderState.FREE, UnitState.AVAILABLE),
]


def run(live: Live, *steps: OrderRecord) -> Live:
    for one in steps:
        live = after_step(live, one) or live
    return live


def test_a_whole_order_step_by_step() -> None:
    live = IDLE
    for sequence, (told, does) in enumerate(LIFE, start=1):
        after = after_step(live, step(told, sequence))
        assert after is not None
        assert after.state is does
        assert after.incident_id == (None if told is OrderState.FREE else "inc-1")
        live = after


def test_every_step_has_a_meaning() -> None:
    for told in OrderState:
        assert after_step(run(IDLE, step(OrderState.NOTIFIED, 1)), step(told, 2)) is not None


def test_a_step_twice_or_late_changes_nothing() -> None:
    steps = [step(told, sequence) for sequence, (told, _) in enumerate(LIFE, start=1)]
    done = run(IDLE, *steps)
    for one in steps:
        assert after_step(done, one) is None


def test_steps_in_any_order_end_at_the_newest() -> None:
    steps = [step(OrderState.NOTIFIED, 1), step(OrderState.MOBILE, 2), step(OrderState.ON_SCENE, 3)]
    for order in permutations(steps):
        assert run(IDLE, *order).state is UnitState.ON_SCENE


def test_the_end_of_an_order_before_does_not_free_the_next() -> None:
    later = {"order_id": "order-2", "incident_id": "inc-2", "at": START + timedelta(minutes=9)}
    live = run(IDLE, step(OrderState.NOTIFIED, 1), step(OrderState.NOTIFIED, 1, **later))
    assert after_step(live, step(OrderState.FREE, 8)) is None
    assert (live.order_id, live.incident_id) == ("order-2", "inc-2")


def test_a_step_of_an_order_from_before_is_old_news() -> None:
    told = after_telling(IDLE, UnitState.AVAILABLE, START + timedelta(hours=1))
    assert told is not None
    assert after_step(told, step(OrderState.MOBILE, 3)) is None


@pytest.mark.parametrize("end", [OrderState.CANCELLED, OrderState.ESCALATED])
def test_an_order_that_is_taken_back_frees_the_unit(end: OrderState) -> None:
    live = run(IDLE, step(OrderState.NOTIFIED, 1), step(end, 2))
    assert (live.state, live.incident_id) == (UnitState.AVAILABLE, None)


def test_a_broken_unit_stays_out_of_service_when_its_order_ends() -> None:
    moving = run(IDLE, step(OrderState.NOTIFIED, 1), step(OrderState.MOBILE, 2))
    assert may_tell(moving, UnitState.OUT_OF_SERVICE, Commander.OURS) is None
    broken = after_telling(moving, UnitState.OUT_OF_SERVICE, START + timedelta(minutes=3))
    assert broken is not None
    assert broken.incident_id == "inc-1"
    ended = run(broken, step(OrderState.CANCELLED, 4))
    assert (ended.state, ended.incident_id) == (UnitState.OUT_OF_SERVICE, None)


def test_a_step_tells_where_the_unit_is() -> None:
    live = run(IDLE, step(OrderState.MOBILE, 1, latitude=0.0, longitude=0.0))
    assert (live.latitude, live.longitude) == (0.0, 0.0)
    assert run(live, step(OrderState.ON_SCENE, 2)).latitude == 0.0


def test_who_commands_decides_what_may_be_told() -> None:
    on_order = run(IDLE, step(OrderState.MOBILE, 1))
    assert may_tell(IDLE, UnitState.MOBILE, Commander.OURS) is Refusal.ORDERS_SAY
    assert may_tell(on_order, UnitState.AVAILABLE, Commander.OURS) is Refusal.ON_ORDER
    assert may_tell(IDLE, UnitState.OFF_DUTY, Commander.OURS) is None
    for state in UnitState:
        assert may_tell(on_order, state, Commander.EXTERNAL) is None


def test_telling_is_news_only_once_and_only_forward() -> None:
    at = START + timedelta(minutes=1)
    told = after_telling(IDLE, UnitState.MOBILE, at, incident_id="X-1", place=(0.0, 0.0))
    assert told == Live(
        UnitState.MOBILE,
        at,
        incident_id="X-1",
        latitude=0.0,
        longitude=0.0,
        located_at=at,
    )
    again = after_telling(told, UnitState.MOBILE, at, incident_id="X-1", place=(0.0, 0.0))
    assert again is None
    assert after_telling(told, UnitState.AVAILABLE, START) is None
