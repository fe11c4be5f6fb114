"""The same rule as `plan replay`, the way one writes it with SimPy: a process for each call.

It is written to be quick: matrix rows are lists, the hospital nearest to each place is known before
the run, and only ambulances on their way home are looked up among the nodes, by numpy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from shared.simulation.replay import Trace


class Ambulance:
    """Where it is and what it does."""

    __slots__ = ("base", "drive", "free", "number", "since", "where")

    def __init__(self, number: int, base: int) -> None:
        self.number, self.base, self.where = number, base, base
        self.free = True
        self.since = -1e300
        self.drive = 0.0


class Model:
    """Nearest idle or returning ambulance, first come first served when there is none."""

    def __init__(self, simpy: Any, trace: Trace) -> None:
        self.simpy = simpy
        self.trace = trace
        self.rows = trace.travel.tolist()
        self.columns = trace.travel.T.tolist()
        nearest = np.argmin(trace.travel[:, trace.hospitals], axis=1)
        self.hospital = trace.hospitals[nearest].tolist()
        self.x = np.empty(len(trace.travel))
        self.y = np.empty(len(trace.travel))
        self.x[trace.nodes], self.y[trace.nodes] = trace.node_x, trace.node_y
        self.px, self.py = self.x.tolist(), self.y.tolist()
        self.nodes = trace.nodes.tolist()
        self.ambulances = [Ambulance(n, int(base)) for n, base in enumerate(trace.bases)]
        self.waiting: deque[Any] = deque()
        self.response = [0.0] * len(trace.arrival_min)
        self.chosen = [0] * len(trace.arrival_min)

    def run(self) -> None:
        """All calls, to the end."""
        self.env = self.simpy.Environment()
        self.env.process(self.source())
        self.env.run()

    def source(self) -> Iterator[Any]:
        """Calls as they come."""
        env, trace = self.env, self.trace
        rows = zip(
            trace.arrival_min.tolist(),
            trace.location.tolist(),
            trace.on_scene_min.tolist(),
            trace.transport.tolist(),
            trace.drop_off_min.tolist(),
            strict=True,
        )
        for number, (at, *rest) in enumerate(rows):
            yield env.timeout(at - env.now)
            env.process(self.call(number, at, *rest))

    def place(self, one: Ambulance) -> int:
        """Where a free ambulance leaves from."""
        gone = self.env.now - one.since
        if gone >= one.drive:
            return one.base
        share = gone / one.drive
        a, b = one.where, one.base
        x = self.px[a] + (self.px[b] - self.px[a]) * share
        y = self.py[a] + (self.py[b] - self.py[a]) * share
        trace = self.trace
        away = (trace.node_x - x) ** 2 + (trace.node_y - y) ** 2
        return int(self.nodes[int(away.argmin())])

    def call(
        self, number: int, at: float, scene: int, on_scene: float, transport: bool, drop_off: float
    ) -> Iterator[Any]:
        """One call, from the first ring to the ambulance's being free again."""
        env, rows = self.env, self.rows
        best: Any = None
        if not self.waiting:
            to_scene = self.columns[scene]
            minutes = 0.0
            for one in self.ambulances:
                if one.free:
                    way = to_scene[self.place(one)]
                    if best is None or way < minutes:
                        best, minutes = one, way
        if best is None:
            freed = env.event()
            self.waiting.append(freed)
            best = yield freed
            minutes = rows[best.where][scene]
        best.free = False
        self.chosen[number] = best.number
        yield env.timeout(minutes)
        self.response[number] = env.now - at
        yield env.timeout(on_scene)
        best.where = scene
        if transport:
            hospital = self.hospital[scene]
            yield env.timeout(rows[scene][hospital])
            yield env.timeout(drop_off)
            best.where = hospital
        if self.waiting:
            self.waiting.popleft().succeed(best)
        else:
            best.free = True
            best.since = env.now
            best.drive = rows[best.where][best.base] / self.trace.return_speed
