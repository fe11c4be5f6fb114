"""A made-up town of stated size: seeded streets for tests and benchmarks.

Blocks of about 95 m whose corners are shifted, some streets missing, some diagonals, a bent street
now and then; wider roads for cars every few blocks, one-way streets between them, footpaths and
stairs; and a river from west to east with few bridges. No real place: anything measured on it is to
be quoted together with its numbers of nodes and edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, radians

import numpy as np
import numpy.typing as npt

from shared.geometry.distance import EARTH_RADIUS_M
from shared.streets.building import curve, great_circles_m
from shared.streets.edges import profile_of_edges
from shared.streets.graph import ProfileGraph, StreetGraph, make_graph
from shared.streets.kinds import Kind, Profile

BLOCK_M = 95.0
ARTERIAL_EVERY = 6
"""Blocks between wider roads."""
BRIDGE_EVERY = 3
"""Wider roads between bridges."""
MISSING = 0.14
"""Share of the streets that are not there."""
DIAGONAL = 0.05
"""Share of the blocks that a footpath crosses."""
ONE_WAY = 0.2
"""Share of the narrow streets that cars may drive one way only."""
STAIRS = 0.02
TRACK = 0.03
DEGREE_M = EARTH_RADIUS_M * np.pi / 180

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Streets:
    """Stretches between two nodes, before they are directed."""

    a: IntArray
    b: IntArray
    kind: npt.NDArray[np.uint8]
    one_way: npt.NDArray[np.bool_]


def _lattice(
    side: int, river: int, draw: np.random.Generator
) -> tuple[_Streets, npt.NDArray[np.bool_]]:
    """Streets between the corners of the blocks; the corner of row r, column c is r · side + c."""
    number = np.arange(side * side).reshape(side, side)
    a = [number[:, :-1].ravel(), number[:-1, :].ravel()]
    b = [number[:, 1:].ravel(), number[1:, :].ravel()]
    row = np.arange(side)
    rank = np.where(row % (4 * ARTERIAL_EVERY) == 0, 2, np.where(row % ARTERIAL_EVERY == 0, 1, 0))
    ranks = [np.repeat(rank, side - 1), np.tile(rank, side - 1)]
    # the river runs between two rows of corners: only bridges cross it
    over = np.zeros((side - 1, side), np.bool_)
    over[river] = True
    bridge = over & (np.arange(side) % (ARTERIAL_EVERY * BRIDGE_EVERY) == 0)
    crosses = np.concatenate([np.zeros(a[0].size, np.bool_), (over & ~bridge).ravel()])
    is_bridge = np.concatenate([np.zeros(a[0].size, np.bool_), bridge.ravel()])
    tail, head, order = np.concatenate(a), np.concatenate(b), np.concatenate(ranks)
    keep = ~crosses & ((draw.random(tail.size) > MISSING) | (order > 0) | is_bridge)
    chance = draw.random(tail.size)
    kind = np.where(chance < TRACK, Kind.TRACK, Kind.RESIDENTIAL)
    kind = np.where(chance > 1 - STAIRS, Kind.STEPS, kind)
    kind = np.where(chance > 1 - STAIRS - 0.06, np.where(kind == Kind.STEPS, kind, Kind.PATH), kind)
    kind = np.where(order == 1, Kind.SECONDARY, np.where(order == 2, Kind.PRIMARY, kind))
    kind = np.where(is_bridge, Kind.SECONDARY, kind).astype(np.uint8)
    one_way = (order == 0) & (draw.random(tail.size) < ONE_WAY) & (kind == Kind.RESIDENTIAL)
    turned = draw.random(tail.size) < 0.5
    tail, head = np.where(turned, head, tail), np.where(turned, tail, head)
    blocks = draw.random((side - 1, side - 1)) < DIAGONAL
    blocks[river] = False
    r, c = np.nonzero(blocks)
    foot = np.full(r.size, Kind.FOOTWAY, np.uint8)
    return (
        _Streets(
            np.concatenate([tail[keep], number[r, c]]),
            np.concatenate([head[keep], number[r + 1, c + 1]]),
            np.concatenate([kind[keep], foot]),
            np.concatenate([one_way[keep], np.zeros(r.size, np.bool_)]),
        ),
        np.concatenate([is_bridge[keep], np.zeros(r.size, np.bool_)]),
    )


def _bent(
    streets: _Streets,
    y: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    bends: float,
    draw: np.random.Generator,
    straight: npt.NDArray[np.bool_],
) -> tuple[_Streets, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Puts nodes into the streets, ``bends`` of them per street on average (bridges none)."""
    many = np.floor(bends + draw.random(streets.a.size)).astype(np.int64)
    many[straight] = 0
    street = np.repeat(np.arange(many.size), many)
    rank = np.arange(street.size) - np.repeat(np.cumsum(many) - many, many)
    share = (rank + 1) / (many[street] + 1)
    a, b = streets.a[street], streets.b[street]
    ys = y[a] + (y[b] - y[a]) * share + draw.normal(0, 4, street.size)
    xs = x[a] + (x[b] - x[a]) * share + draw.normal(0, 4, street.size)
    inner = y.size + np.arange(street.size)
    # every street is its first node, the nodes put in, and its last node
    starts = np.concatenate([streets.a, inner])
    ends = np.concatenate([streets.b, np.empty(street.size, np.int64)])
    of = np.concatenate([np.arange(many.size), street])
    last = np.full(many.size, -1)
    last[street] = inner  # the highest of each street is written last
    following = np.where(rank + 1 < many[street], inner + 1, streets.b[street])
    ends[many.size :] = following
    has = many > 0
    first_inner = np.cumsum(many) - many
    ends[: many.size][has] = inner[first_inner[has]] if inner.size else 0
    return (
        _Streets(starts, ends, streets.kind[of], streets.one_way[of]),
        np.concatenate([y, ys]),
        np.concatenate([x, xs]),
    )


def synthetic_graph(
    nodes: int,
    seed: int = 7,
    centre: tuple[float, float] = (26.2634, 117.6390),
    bends: float = 0.7,
) -> StreetGraph:
    """A town of about that many nodes around ``centre`` (WGS-84 degrees); same seed, same town.

    ``bends`` is how many nodes a street has between two corners on average: with 0.7,
    204,000 nodes have about 552,000 on foot; real extracts have
    up to 4 nodes in a street.
    """
    if nodes < 16:
        raise ValueError("a town has at least 16 nodes")
    draw = np.random.default_rng(seed)
    per_corner = 1 + bends * (2 * (1 - MISSING * (1 - 1 / ARTERIAL_EVERY)) + DIAGONAL)
    side = max(4, ceil((nodes / per_corner) ** 0.5))
    river = side // 2 + side // 9
    streets, straight = _lattice(side, river, draw)
    row, column = np.divmod(np.arange(side * side), side)
    y = row * BLOCK_M + draw.normal(0, 9, row.size) + np.where(row > river, 60.0, 0.0)
    x = column * BLOCK_M + draw.normal(0, 9, row.size)
    streets, y, x = _bent(streets, y, x, bends, draw, straight)
    latitude = centre[0] + (y - side * BLOCK_M / 2) / DEGREE_M
    longitude = centre[1] + (x - side * BLOCK_M / 2) / (DEGREE_M * cos(radians(centre[0])))
    order = np.argsort(curve(latitude, longitude), kind="stable")
    number = np.empty(order.size, np.int64)
    number[order] = np.arange(order.size)
    latitude, longitude = latitude[order], longitude[order]
    a, b = number[streets.a], number[streets.b]
    metres = great_circles_m(latitude[a], longitude[a], latitude[b], longitude[b])
    ids = np.arange(1, order.size + 1, dtype=np.int64)
    kind, there = streets.kind, np.ones(a.size, np.bool_)
    wheels = ~np.isin(kind, (Kind.STEPS, Kind.FOOTWAY))
    cars = wheels & (kind != Kind.PATH)
    against = np.where(streets.one_way, Kind.PUSH, kind).astype(np.uint8)
    profiles: dict[str, ProfileGraph] = {}
    for profile, forth, back, kind_back in (
        (Profile.WALK, there, there, kind),
        (Profile.CYCLE, wheels, wheels, against),
        (Profile.DRIVE, cars, cars & ~streets.one_way, kind),
    ):
        profiles[profile] = profile_of_edges(
            np.concatenate([a[forth], b[back]]),
            np.concatenate([b[forth], a[back]]),
            np.concatenate([metres[forth], metres[back]]),
            np.concatenate([kind[forth], kind_back[back]]),
            ids,
            both_ways=profile is Profile.WALK,
        )
    return make_graph(latitude, longitude, ids, profiles, f"synthetic, seed {seed}")
