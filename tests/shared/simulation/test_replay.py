"""The loop of ambulances against a simulator written another way: events on a heap, objects."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from shared.simulation.replay import Replayed, Trace, replay, summary_of


@dataclass
class Car:
    number: int
    base: int
    at: int
    state: str = "idle"  # idle, busy, returning
    since: float = 0.0


class Slow:
    """The rules as they are written, one event after the other."""

    def __init__(self, trace: Trace) -> None:
        self.t = trace
        self.cars = [Car(i, int(b), int(b)) for i, b in enumerate(trace.bases)]
        self.waiting: list[int] = []
        self.out: dict[int, tuple[int, float, float]] = {}
        self.events: list[tuple[float, int, int, int]] = []  # time, frees first, order, who
        self.count = 0

    def push(self, at: float, kind: int, who: int) -> None:
        self.count += 1
        heapq.heappush(self.events, (at, kind, self.count, who))

    def minutes(self, a: int, b: int) -> float:
        return float(self.t.travel[a][b])

    def position(self, car: Car, now: float, exact: bool) -> int:
        if car.state == "idle" or exact:
            return car.at
        whole = self.minutes(car.at, car.base) / self.t.return_speed
        share = (now - car.since) / whole
        rows = list(zip(self.t.nodes, self.t.node_x, self.t.node_y, strict=True))
        here = next((x, y) for place, x, y in rows if place == car.at)
        there = next((x, y) for place, x, y in rows if place == car.base)
        x = here[0] + (there[0] - here[0]) * share
        y = here[1] + (there[1] - here[1]) * share
        return int(min(rows, key=lambda row: (row[1] - x) ** 2 + (row[2] - y) ** 2)[0])

    def place(self, call: int, now: float, exact: bool) -> bool:
        free = [car for car in self.cars if car.state != "busy"]
        if not free:
            return False
        for car in free:  # who is home stands at its base
            if car.state == "returning" and now >= self.home_at(car):
                car.state, car.at = "idle", car.base
        scene = int(self.t.location[call])
        starts = {car.number: self.position(car, now, exact) for car in free}
        car = min(free, key=lambda c: (self.minutes(starts[c.number], scene), c.number))
        drive = self.minutes(starts[car.number], scene)
        wait = now - float(self.t.arrival_min[call])
        self.out[call] = (car.number, wait + drive, wait)
        car.state, car.at = "busy", scene
        end = now + drive + float(self.t.on_scene_min[call])
        if self.t.transport[call]:
            to = min((self.minutes(scene, h), n, int(h)) for n, h in enumerate(self.t.hospitals))
            car.at = to[2]
            end = end + to[0] + float(self.t.drop_off_min[call])
        self.push(end, 0, car.number)
        return True

    def home_at(self, car: Car) -> float:
        return car.since + self.minutes(car.at, car.base) / self.t.return_speed

    def run(self) -> dict[int, tuple[int, float, float]]:
        for call in np.argsort(self.t.arrival_min, kind="stable"):
            self.push(float(self.t.arrival_min[call]), 1, int(call))
        while self.events:
            now, kind, _, who = heapq.heappop(self.events)
            if kind == 0:
                car = self.cars[who]
                car.state, car.since = "returning", now
                more = self.events and self.events[0][:2] == (now, 0)
                while not more and self.waiting and self.place(self.waiting[0], now, exact=True):
                    self.waiting.pop(0)
                    more = self.events and self.events[0][:2] == (now, 0)
            elif self.waiting or not self.place(who, now, exact=False):
                self.waiting.append(who)
        return self.out


def made(seed: int, *, ties: bool, busy: float) -> Trace:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 30))
    side = 6 if ties else 1000
    xy = rng.integers(0, side, (n, 2)).astype(float) if ties else rng.uniform(0, side, (n, 2))
    away = np.abs(xy[:, None] - xy[None]).sum(axis=2)
    travel = away.round() if ties else away / 60 * rng.uniform(0.8, 1.3, (n, n))
    nodes = rng.permutation(n)
    cars, calls = int(rng.integers(1, 7)), int(rng.integers(1, 120))
    mean = 60.0 / cars / busy
    if ties:
        arrival = rng.integers(0, max(2, int(calls * mean / 6)), calls).astype(float)
        scene, drop = rng.integers(0, 6, calls) * 1.0, rng.integers(0, 4, calls) * 1.0
    else:
        arrival = rng.exponential(mean, calls).cumsum()
        scene, drop = rng.exponential(15, calls), rng.exponential(12, calls)
    return Trace(
        travel=travel,
        bases=rng.integers(0, n, cars),
        hospitals=rng.integers(0, n, int(rng.integers(1, 4))),
        nodes=nodes,
        node_x=xy[nodes, 0],
        node_y=xy[nodes, 1],
        arrival_min=arrival,
        location=rng.integers(0, n, calls),
        on_scene_min=np.asarray(scene, dtype=np.float64),
        transport=rng.random(calls) < 0.7,
        drop_off_min=np.asarray(drop, dtype=np.float64),
        return_speed=1.0 if ties else float(rng.uniform(0.5, 1.2)),
    )


def same(trace: Trace, found: Replayed) -> None:
    for call, (car, response, waited) in Slow(trace).run().items():
        assert int(found.ambulance[call]) == car, call
        assert abs(float(found.response_min[call]) - response) <= 1e-9, call
        assert abs(float(found.waited_min[call]) - waited) <= 1e-9, call


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("busy", [0.3, 1.0, 4.0])
def test_as_another_simulator(ties: bool, busy: float) -> None:
    queued = 0
    for seed in range(40):
        trace = made(seed, ties=ties, busy=busy)
        found = replay(trace, quick=False)
        queued += found.queued
        same(trace, found)
    assert queued > (500 if busy > 1 else 0)


@pytest.mark.parametrize("shape", ["line", "point", "thin", "clusters", "many"])
def test_nodes_of_any_shape(shape: str) -> None:
    """The squares in which nodes are looked up find the nearest, whatever the nodes look like."""
    rng = np.random.default_rng(7)
    for seed in range(12):
        trace = made(seed, ties=False, busy=1.0)
        n = len(trace.travel)
        xy = rng.uniform(-500.0, 500.0, (n, 2))
        if shape == "line":
            xy[:, 1] = 3.0
        elif shape == "point":
            xy[:] = 1.5
        elif shape == "thin":
            xy[:, 0] *= 1e-9
        elif shape == "clusters":
            xy = np.round(xy / 400) * 400 + rng.normal(0.0, 1e-3, (n, 2))
        nodes = trace.nodes
        if shape == "many":  # several rows for one place, all of them at other points
            nodes = np.concatenate([nodes, nodes, nodes])
            xy = rng.integers(0, 12, (3 * n, 2)).astype(float)
            coordinates = xy
        else:
            coordinates = xy[nodes]
        trace = replace(trace, nodes=nodes, node_x=coordinates[:, 0], node_y=coordinates[:, 1])
        same(trace, replay(trace, quick=False))


def test_machine_code_gives_the_same_bits() -> None:
    for seed in range(6):
        trace = made(seed, ties=seed % 2 == 0, busy=2.0)
        plain, quick = replay(trace, quick=False), replay(trace, quick=True)
        for name in ("ambulance", "left_from", "response_min", "waited_min"):
            assert getattr(plain, name).tobytes() == getattr(quick, name).tobytes()


def line(**changes: object) -> Trace:
    """Locations 0 … 10 on a line, one minute apart; one ambulance at 0, the hospital at 10."""
    at = np.arange(11.0)
    calls = len(changes.get("arrival_min", (0.0,)))  # type: ignore[arg-type]
    whole = Trace(
        travel=np.abs(at[:, None] - at[None]),
        bases=np.array([0]),
        hospitals=np.array([10]),
        nodes=np.arange(11),
        node_x=at,
        node_y=np.zeros(11),
        arrival_min=np.zeros(calls),
        location=np.zeros(calls, dtype=np.int64),
        on_scene_min=np.zeros(calls),
        transport=np.zeros(calls, dtype=np.bool_),
        drop_off_min=np.zeros(calls),
        return_speed=0.5,
    )
    arrays = {k: np.array(v) if isinstance(v, list) else v for k, v in changes.items()}
    return replace(whole, **arrays)  # type: ignore[arg-type]


def test_on_the_way_home_it_counts_from_the_nearest_node_ties_to_the_first_row() -> None:
    # Free at the scene (6) at minute 6; the way home takes 12. After 5 of them it is at 3.5.
    found = replay(line(arrival_min=[0.0, 11.0], location=[6, 6]), quick=False)
    assert found.left_from.tolist() == [0, 3]
    assert found.response_min.tolist() == [6.0, 3.0]
    rows = np.arange(11)[::-1].copy()
    found = replay(
        line(arrival_min=[0.0, 11.0], location=[6, 6], nodes=rows, node_x=rows.astype(float)),
        quick=False,
    )
    assert found.left_from.tolist() == [0, 4]


def test_home_again_it_stands_at_its_base() -> None:
    found = replay(line(arrival_min=[0.0, 18.0], location=[6, 6]), quick=False)
    assert found.left_from.tolist() == [0, 0]


def test_free_at_the_instant_of_a_call_it_takes_that_call() -> None:
    found = replay(line(arrival_min=[0.0, 6.0], location=[6, 7]), quick=False)
    assert found.waited_min.tolist() == [0.0, 0.0]
    assert found.response_min.tolist() == [6.0, 1.0]
    assert found.queued == 0


def test_waiting_calls_are_served_in_their_order_from_where_the_next_one_gets_free() -> None:
    found = replay(
        line(
            arrival_min=[0.0, 1.0, 2.0],
            location=[4, 9, 10],
            transport=[True, False, False],
            drop_off_min=[3.0, 0.0, 0.0],
        ),
        quick=False,
    )
    # 4 to the scene, 6 to the hospital, 3 there: free at 13 and at 10, whoever is nearer.
    assert found.waited_min.tolist() == [0.0, 12.0, 12.0]
    assert found.response_min.tolist() == [4.0, 13.0, 13.0]
    assert found.queued == 2


def test_the_rows_of_the_calls_may_stand_in_any_order() -> None:
    trace = made(3, ties=False, busy=2.0)
    other = np.random.default_rng(1).permutation(len(trace.arrival_min))
    calls = ("arrival_min", "location", "on_scene_min", "transport", "drop_off_min")
    mixed = replace(trace, **{name: getattr(trace, name)[other] for name in calls})
    sorted_found, found = replay(trace, quick=False), replay(mixed, quick=False)
    assert found.response_min.tolist() == sorted_found.response_min[other].tolist()


def test_no_calls_and_no_ambulance() -> None:
    assert summary_of(replay(line(arrival_min=[]), quick=False)).calls == 0
    with pytest.raises(ValueError, match="no ambulance"):
        replay(line(bases=np.array([], dtype=np.int64)))


def test_the_summary_counts_the_limit_itself() -> None:
    found = replay(line(arrival_min=[0.0, 100.0], location=[10, 5]), quick=False)
    summary = summary_of(found)
    assert summary.mean_min == 7.5
    assert summary.share_within_12_min == 1.0
    assert math.isclose(summary.percentiles_min["90"], 9.5)
