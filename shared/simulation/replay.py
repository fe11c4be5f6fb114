"""Ambulances over a travel-time matrix, call after call, for comparison with other simulators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.simulation.loop import serve

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS_EACH = 12
"""Steps of the loop for each call and ambulance, about."""
PLAIN_STEPS = 3_000_000
"""So many steps of the loop are taken without machine code: less time than loading it takes."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What is replayed; locations are numbers from 0. All minutes are finite and not negative."""

    travel: Floats
    """(locations, locations) minutes, from row to column."""
    bases: Ints
    """(ambulances,) where each stands, at least one."""
    hospitals: Ints
    """(hospitals,) may be empty when no call is transported."""
    nodes: Ints
    """(nodes,) the location of each node, in the order in which ties are resolved."""
    node_x: Floats
    node_y: Floats
    arrival_min: Floats
    """(calls,) in any order; the order of equals is the order of placing."""
    location: Ints
    on_scene_min: Floats
    transport: npt.NDArray[np.bool_]
    drop_off_min: Floats
    return_speed: float = 0.95
    """Driving home takes the matrix' minutes ÷ this."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """(calls,) each, in the order of the trace."""

    ambulance: Ints
    left_from: Ints
    """The location that the ambulance left from."""
    response_min: Floats
    """From the call to the ambulance at the scene, waiting included."""
    waited_min: Floats

    @property
    def queued(self) -> int:
        """Calls for which no ambulance was free when they came."""
        return int((self.waited_min > 0).sum())


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """Of the response times, in minutes; shares count times that are not above the limit."""

    calls: int
    mean_min: float | None
    percentiles_min: dict[str, float] = field(default_factory=dict)
    share_within_12_min: float | None = None
    share_within_15_min: float | None = None
    queued: int = 0
    waited_mean_min: float | None = None
    waited_max_min: float | None = None


def replay(trace: Trace, *, quick: bool | None = None) -> Replayed:
    """Replays the calls; ``quick`` forces or forbids machine code (the numbers are the same).

    Raises ``ValueError`` for what the loop could not survive: no ambulance, or a transport where
    there is no hospital.
    """
    if not len(trace.bases):
        raise ValueError("bases: there is no ambulance")
    if not len(trace.hospitals) and trace.transport.any():
        raise ValueError("hospitals: there is none, and calls are transported")
    n, calls = len(trace.travel), len(trace.arrival_min)
    order = np.argsort(trace.arrival_min, kind="stable")
    place_x, place_y = np.zeros(n), np.zeros(n)
    # The first row of a location is the one that counts, as for ties.
    place_x[trace.nodes[::-1]] = trace.node_x[::-1]
    place_y[trace.nodes[::-1]] = trace.node_y[::-1]
    nearest = np.full(n, -1, dtype=np.int64)
    if len(trace.hospitals):
        nearest = trace.hospitals[np.argmin(trace.travel[:, trace.hospitals], axis=1)]
    inputs: list[Any] = [
        trace.travel.astype(np.float64).ravel(),
        trace.bases.astype(np.int64),
        nearest.astype(np.int64),
        trace.nodes.astype(np.int64),
        trace.node_x.astype(np.float64),
        trace.node_y.astype(np.float64),
        *_grid(trace.node_x, trace.node_y),
        place_x,
        place_y,
        trace.arrival_min[order].astype(np.float64),
        trace.location[order].astype(np.int64),
        trace.on_scene_min[order].astype(np.float64),
        trace.transport[order].astype(np.int64),
        trace.drop_off_min[order].astype(np.float64),
    ]
    outputs: tuple[Any, ...] = (
        np.zeros(calls, dtype=np.int64),
        np.zeros(calls, dtype=np.int64),
        np.zeros(calls),
        np.zeros(calls),
    )
    if quick is None:
        quick = calls * len(trace.bases) * STEPS_EACH > PLAIN_STEPS
    if quick:
        from shared.simulation.quick import serve_quickly

        serve_quickly(*(n, *inputs, float(trace.return_speed), *outputs))
    else:
        lists = [each.tolist() if isinstance(each, np.ndarray) else each for each in inputs]
        serve(*(n, *lists, float(trace.return_speed), *outputs))
    back = np.empty(calls, dtype=np.int64)
    back[order] = np.arange(calls)
    return Replayed(*(each[back] for each in outputs))


def _grid(x: Floats, y: Floats) -> tuple[Ints, Ints, float, float, float, int, int]:
    """Nodes in squares, about one in each: see :func:`shared.simulation.loop.serve`."""
    n = len(x)
    if n == 0:
        return np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64), 0.0, 0.0, 1.0, 1, 1
    x0, y0 = float(x.min()), float(y.min())
    wide, high = float(x.max()) - x0, float(y.max()) - y0
    side = max(float(np.sqrt(wide * high / n)), max(wide, high) / n)
    if not side > 0.0:
        side = 1.0
    columns, rows = int(wide / side) + 1, int(high / side) + 1
    column = np.minimum(((x - x0) / side).astype(np.int64), columns - 1)
    row = np.minimum(((y - y0) / side).astype(np.int64), rows - 1)
    square = row * columns + column
    members = np.argsort(square, kind="stable")
    counts = np.bincount(square, minlength=columns * rows)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return first, members.astype(np.int64), x0, y0, side, columns, rows


def summary_of(
    replayed: Replayed, percentiles: Sequence[int] = (50, 75, 90, 95, 99)
) -> ReplaySummary:
    """Mean, percentiles (linear between ranks) and shares of the response times."""
    minutes, waited = replayed.response_min, replayed.waited_min
    if not len(minutes):
        return ReplaySummary(0, None)
    return ReplaySummary(
        calls=len(minutes),
        mean_min=float(minutes.mean()),
        percentiles_min={str(p): float(np.percentile(minutes, p)) for p in percentiles},
        share_within_12_min=float((minutes <= 12.0).mean()),
        share_within_15_min=float((minutes <= 15.0).mean()),
        queued=replayed.queued,
        waited_mean_min=float(waited.mean()),
        waited_max_min=float(waited.max()),
    )
