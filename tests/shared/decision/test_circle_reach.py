"""An incident's circle: who counts, from where, and from when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import h3
import pytest

from shared.contracts.words import (
    AlertState,
    OrderState,
    Task,
    TransportMode,
    UnitKind,
    UnitState,
)
from shared.decision import Snapshot, default_policy
from shared.decision.circle import (
    IncidentReach,
    ResponderReach,
    count,
    incident_reach,
    station_circle,
)
from shared.decision.circle_cells import union
from shared.decision.model import Commitment, Order
from shared.streets.router import StreetRouter
from shared.streets.synthetic import synthetic_graph
from tests.shared.decision.world import (
    HERE,
    NOW,
    aed,
    at,
    patient,
    presence,
    rescuer,
    snapshot,
    unit,
)

POLICY: Final = default_policy()
NEAR, FAR = at(300), at(0, 1_500)
NIGHT_TURNOUT_S = POLICY.response.night.turnout_median_s
DAY_TURNOUT_S = POLICY.response.day.turnout_median_s


def cell(place: tuple[float, float]) -> str:
    return str(h3.latlng_to_cell(*place, 9))


def asked(id: str, state: AlertState, age_s: float = 0.0, **changes: Any) -> Commitment:
    sent_at = NOW - timedelta(seconds=age_s + 20)
    state_at = NOW - timedelta(seconds=age_s)
    return Commitment(id, Task.DIRECT, state, sent_at, state_at=state_at, **changes)


def ordered(id: str, state: OrderState, age_s: float = 0.0, **changes: Any) -> Order:
    values: dict[str, Any] = {"kind": UnitKind.AMBULANCE, **changes}
    return Order(id, state=state, at=NOW - timedelta(seconds=age_s), **values)


def reach(
    world: Snapshot,
    commitments: Sequence[Commitment] = (),
    orders: Sequence[Order] = (),
    now: datetime = NOW,
) -> IncidentReach:
    return incident_reach(world, patient(), now, POLICY, commitments, orders)


def only(found: IncidentReach) -> ResponderReach:
    (responder,) = found.responders
    assert found.union == union([responder.bands])
    return responder


def first_s(responder: ResponderReach) -> int:
    return responder.bands[0].within_s


@pytest.mark.parametrize("state", list(AlertState))
def test_who_accepted_counts_and_nobody_else(state: AlertState) -> None:
    world = snapshot(rescuers=[rescuer("a", NEAR)])
    accepted = state in {AlertState.ACCEPTED, AlertState.AED_COLLECTED, AlertState.ARRIVED}
    found = reach(world, [asked("a", state)])
    assert [each.id for each in found.responders] == (["a"] if accepted else [])
    assert bool(found.union) is accepted


@pytest.mark.parametrize("state", list(OrderState))
def test_units_count_from_the_order_until_they_leave_with_the_patient(state: OrderState) -> None:
    world = snapshot(units=[unit("u", FAR)])
    coming = state in {
        OrderState.NOTIFIED,
        OrderState.ACKNOWLEDGED,
        OrderState.MOBILE,
        OrderState.ON_SCENE,
        OrderState.AT_PATIENT,
    }
    found = reach(world, (), [ordered("u", state)])
    assert [(each.kind, each.id) for each in found.responders] == (
        [("unit", "u")] if coming else []
    )


def test_the_newest_of_several_commitments_counts() -> None:
    world = snapshot(rescuers=[rescuer("a", NEAR)], units=[unit("u", FAR)])
    old, new = asked("a", AlertState.ACCEPTED, 300), asked("a", AlertState.DECLINED)
    assert reach(world, [new, old]).responders == ()
    late, early = ordered("u", OrderState.CANCELLED), ordered("u", OrderState.MOBILE, 300)
    assert reach(world, (), [late, early]).responders == ()


def test_a_rescuer_starts_where_they_are_after_what_is_left_of_the_turnout() -> None:
    world = snapshot(rescuers=[rescuer("a", NEAR)])
    just_now = only(reach(world, [asked("a", AlertState.ACCEPTED)]))
    assert just_now.mode is TransportMode.E_BIKE
    assert first_s(just_now) == 60 * -(-DAY_TURNOUT_S // 60)
    assert just_now.bands[0].cells[0]
    assert cell(NEAR) in just_now.bands[0].cells
    later = only(reach(world, [asked("a", AlertState.ACCEPTED, DAY_TURNOUT_S - 1)]))
    assert first_s(later) == 60
    assert count(later.bands) > count(just_now.bands)
    moving = only(reach(world, [asked("a", AlertState.ACCEPTED, moving=True)]))
    assert moving.bands == only(reach(world, [asked("a", AlertState.ACCEPTED, 900)])).bands
    night = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)  # 02:00 in Sanming
    alert = replace(asked("a", AlertState.ACCEPTED), sent_at=night, state_at=None)
    assert first_s(only(reach(world, [alert], now=night))) == 60 * -(-NIGHT_TURNOUT_S // 60)


def test_where_a_rescuer_is() -> None:
    device = aed("aed", FAR)
    world = snapshot(rescuers=[rescuer("a", NEAR)], live=[presence("a", at(-900))], aeds=[device])

    def home_of(commitment: Commitment, world: Snapshot = world) -> str:
        bands = only(reach(world, [commitment])).bands
        (own,) = {cell(p) for p in (HERE, NEAR, FAR, at(-900), at(0, -900))} & set(bands[0].cells)
        return own

    assert home_of(asked("a", AlertState.ACCEPTED)) == cell(at(-900))
    shared = at(0, -900)
    known = asked("a", AlertState.ACCEPTED, latitude=shared[0], longitude=shared[1])
    assert home_of(known) == cell(shared)
    has_it = asked("a", AlertState.AED_COLLECTED, aed_id="aed")
    assert home_of(has_it) == cell(FAR)


def test_who_is_with_the_patient_stays_there_and_who_is_nowhere_reaches_nothing() -> None:
    world = snapshot(rescuers=[rescuer("a", NEAR)], units=[unit("u", FAR)])
    arrived = only(reach(world, [asked("a", AlertState.ARRIVED)]))
    assert [(band.within_s, band.cells) for band in arrived.bands] == [(60, (cell(HERE),))]
    crew = only(reach(world, (), [ordered("u", OrderState.ON_SCENE)]))
    assert crew.bands == arrived.bands
    unknown = reach(
        snapshot(), [asked("x", AlertState.ACCEPTED)], [ordered("y", OrderState.MOBILE)]
    )
    assert [(each.kind, each.id, each.mode, each.bands) for each in unknown.responders] == [
        ("rescuer", "x", POLICY.circle.mode, ()),
        ("unit", "y", TransportMode.CAR, ()),
    ]
    assert unknown.union == ()


def test_a_unit_reaches_what_its_stations_circle_says_and_more_once_it_drives() -> None:
    units = POLICY.units
    team = unit("t", FAR, kind=UnitKind.HEALTH_TEAM, mode=TransportMode.E_BIKE)
    back = unit("r", FAR, state=UnitState.RETURNING)
    world = snapshot(units=[unit("u", FAR), team, back])

    def circle(mode: TransportMode, turnout_s: float) -> object:
        return station_circle(*FAR, mode=mode, turnout_s=turnout_s, policy=POLICY)

    def of(order: Order) -> object:
        return only(reach(world, (), [order])).bands

    car, e_bike = TransportMode.CAR, TransportMode.E_BIKE
    notified = ordered("u", OrderState.NOTIFIED)
    assert of(notified) == circle(car, units.ambulance_turnout_s)
    acknowledged = ordered("u", OrderState.ACKNOWLEDGED, 40)
    assert of(acknowledged) == circle(car, units.ambulance_turnout_s - 40)
    assert of(ordered("u", OrderState.MOBILE)) == circle(car, -units.order_s)
    a_team = ordered("t", OrderState.NOTIFIED, kind=UnitKind.HEALTH_TEAM)
    assert of(a_team) == circle(e_bike, units.health_team_turnout_s)
    assert of(ordered("r", OrderState.NOTIFIED)) == circle(car, units.returning_turnout_s)
    here = ordered("u", OrderState.MOBILE, latitude=HERE[0], longitude=HERE[1])
    (first, *_) = only(reach(world, (), [here])).bands
    assert cell(HERE) in first.cells


def test_the_union_has_each_cell_in_the_first_band_of_any() -> None:
    world = snapshot(
        rescuers=[rescuer("b", NEAR), rescuer("a", at(-4_000))], units=[unit("u", FAR)]
    )
    found = reach(
        world,
        [asked("b", AlertState.ACCEPTED), asked("a", AlertState.ACCEPTED, moving=True)],
        [ordered("u", OrderState.MOBILE)],
    )
    assert [each.id for each in found.responders] == ["a", "b", "u"]
    first: dict[str, int] = {}
    for responder in found.responders:
        for band in responder.bands:
            for each in band.cells:
                first[each] = min(band.within_s, first.get(each, 10_000))
    assert {c: band.within_s for band in found.union for c in band.cells} == first
    assert count(found.union) == len(first) > max(count(r.bands) for r in found.responders)
    assert max(first.values()) <= found.within_s == 600
    assert (found.basis, found.streets) == ("h3-grid", None)


def test_on_streets_and_on_the_grid_where_they_do_not_come() -> None:
    graph = synthetic_graph(3_000, seed=2, centre=HERE)
    router = StreetRouter(graph, POLICY.streets, POLICY.travel, tree_bytes=1 << 20)
    world = snapshot(rescuers=[rescuer("a", NEAR)], units=[unit("u", at(-400))])
    commitments = [asked("a", AlertState.ACCEPTED)]
    orders = [ordered("u", OrderState.NOTIFIED)]
    straight = reach(world, commitments, orders)
    routed = reach(replace(world, router=router), commitments, orders)
    assert (routed.basis, routed.streets) == ("streets", graph.version)
    assert routed.responders != straight.responders
    with_nodes = {
        cell((float(latitude), float(longitude)))
        for latitude, longitude in zip(graph.latitude, graph.longitude, strict=True)
    }
    reached = {c for band in routed.union for c in band.cells}
    assert reached <= with_nodes | {cell(NEAR), cell(at(-400))}
    far = incident_reach(
        replace(world, router=router), patient(at(50_000)), NOW, POLICY, commitments, orders
    )
    assert (far.basis, far.streets) == ("h3-grid", None)
    assert far.responders == straight.responders


def test_a_time_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        reach(snapshot(), now=datetime(2026, 3, 2, 2, 30))  # noqa: DTZ001
