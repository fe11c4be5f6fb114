"""The rest of a p-median by branch and bound on the Lagrangian bound.

At every node the prices of the one before are raised a little further, and sites whose other choice
cannot beat the best known are decided before one of the rest is branched on: the one that saves
most, first with it and then without it. Small instances with a weak relaxation, on which a linear
program has to be cut and branched for long, take some dozens of nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.siting.answer import Bool, Float64, Int64, Patience, slack_of
from shared.siting.pmedian import Left, narrowed, priced, settle_sites, total

NODES = 400
"""Then HiGHS is asked: where so many do not do, the number of them grows without end."""
STEPS = 40
"""Of the subgradient method at a node; its first prices are good already."""


@dataclass(frozen=True, slots=True, eq=False)
class Branched:
    """What was found, and whether that is the end of it."""

    best: Int64
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    left: Left
    prices: Float64 | None
    bound: float


def branched(
    left: Left, prices: Float64 | None, best: Int64, value: float, grain: float, patience: Patience
) -> Branched:
    """The best sites, proven when it takes :data:`NODES` nodes at most."""
    open_nodes = [_Node(left, prices, -np.inf)]
    for _ in range(NODES):
        while open_nodes and value - open_nodes[-1].bound <= slack_of(value, grain):
            open_nodes.pop()
        if not open_nodes:
            return Branched(best, value, value, True)
        if patience.over():
            break
        node = open_nodes.pop()
        if _is_decided(node.left):
            best, value = _better(node.left, _NONE, best, value)
            continue
        at = priced(node.left, value, grain, node.prices, patience, STEPS)
        for start in at.starts[:1]:
            best, value = _better(node.left, start, best, value)
        if value - at.bound <= slack_of(value, grain):
            continue
        rest, here = settle_sites(node.left, at, value, grain)
        if _is_decided(rest):
            best, value = _better(rest, _NONE, best, value)
            continue
        open_nodes += [
            _Node(*narrowed(rest, here, *marks), at.bound) for marks in _marks(rest, here)
        ]
    bound = min((node.bound for node in open_nodes), default=value)
    return Branched(best, value, min(bound, value), not open_nodes)


_NONE = np.zeros(0, np.int64)


def _is_decided(left: Left) -> bool:
    return left.p <= 0 or not len(left.site)


def _better(left: Left, chosen: Int64, best: Int64, value: float) -> tuple[Int64, float]:
    """The better of what is known and of these among what is left."""
    worth = total(left, chosen)
    if worth < value * (1 - 1e-12):
        return np.concatenate([left.taken, left.site[chosen]]), worth
    return best, value


def _marks(left: Left, prices: Float64) -> list[tuple[Bool, Bool]]:
    """Which site is out and which is surely in, for the branches; the last is looked at first."""
    saves = np.minimum(left.cost - prices[:, None], 0).sum(0)
    none, one = np.zeros(len(saves), np.bool_), np.zeros(len(saves), np.bool_)
    one[np.argmin(saves)] = True
    # Without one of those that all are needed there are too few; fewer never save more.
    return [(one, none), (none, one)] if len(saves) > left.p else [(none, one)]
