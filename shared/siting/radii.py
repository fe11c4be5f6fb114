"""The rest of a p-median by HiGHS, in the radius formulation with rows made when needed.

For a demand with the costs D1 < D2 < … of its sites, z_k says that no open site costs D_k or less;
it then pays D1 + Σ (D_k+1 - D_k) z_k (Cornuéjols, Nemhauser and Wolsey 1980). Only the first
few k of a demand are written down (García, Labbé and Marín 2011): leaving the rest out can only
make it cheaper, so the program's value is a bound, and when its sites really cost that, they are
proven. Where they do not, the demands that went farther get more k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.siting.answer import Float64, Int64, Patience, slack_of
from shared.siting.highs import Program, solve

if TYPE_CHECKING:
    from shared.siting.pmedian import Left

FIRST = 4
"""Costs of a demand that are written down to begin with."""
_ROUNDS = 60


def proved(
    left: Left, best: Int64, value: float, bound: float, grain: float, patience: Patience
) -> tuple[Int64, float]:
    """The best sites and the bound, when the time allows the bound that proves them."""
    sites = left.cost.shape[1]
    order = np.argsort(left.cost, axis=1, kind="stable")
    ranked = np.take_along_axis(left.cost, order, axis=1)
    usable = (ranked < left.near[:, None]).sum(1)
    depth = np.minimum(usable, FIRST)
    relaxed = True
    for _ in range(_ROUNDS):
        if patience.over():
            break
        program, ends = _program(left, order, ranked, usable, depth)
        start = None
        if not relaxed:
            start = _start(program, left, best)
        outcome = solve(program, patience, grain=grain, relaxed=relaxed, start=start)
        if outcome.bound == np.inf or outcome.values is None:
            if outcome.proven:
                return best, value  # nothing that is left beats what is known
            break
        bound = max(bound, min(outcome.bound, value))
        if value - bound <= slack_of(value, grain):
            return best, value
        short = (depth < usable) & (ends >= 0)
        short[short] = outcome.values[ends[short]] > 1e-6
        if relaxed:
            if not short.any():
                relaxed = False
                continue
        else:
            own = np.flatnonzero(outcome.values[:sites] > 0.5)
            cost = float(np.minimum(left.cost[:, own].min(1, initial=np.inf), left.near).sum())
            if cost < value and len(own) <= left.p:
                best, value = np.concatenate([left.taken, left.site[own]]), cost
            if value - bound <= slack_of(value, grain) or not short.any():
                break
        depth[short] = np.minimum(usable[short], 2 * depth[short])
        patience.say(f"bound {bound:,.9g}, best {value:,.9g}, {int(depth.sum()):,} rows")
    return best, min(bound, value)


def _program(
    left: Left, order: Int64, ranked: Float64, usable: Int64, depth: Int64
) -> tuple[Program, Int64]:
    """The program, and for each demand the column of its last z (-1: it has none)."""
    rows, sites = left.cost.shape
    some = np.arange(rows)
    step = np.arange(sites)[None, :] < depth[:, None]
    zed = np.full((rows, sites), -1)
    zed[step] = sites + np.arange(int(step.sum()))
    count = int(step.sum())
    # what it costs more when the first k will not do: the next, or what is there already
    after = np.zeros((rows, sites))
    after[:, :-1] = ranked[:, 1:]
    last = np.arange(sites)[None, :] == usable[:, None] - 1
    after = np.where(last, left.near[:, None], after)
    rise = np.where(step, after - ranked, 0.0)
    base = np.where(usable > 0, ranked[:, 0], left.near)
    cost = np.concatenate([np.zeros(sites), rise[step], [float(base.sum())]])
    upper = np.ones(sites + count + 1)
    # z_k + x of the k-th ≥ z_k-1, and z_1 + x of the first ≥ 1
    column = np.stack([zed, order, np.concatenate([np.full((rows, 1), -1), zed[:, :-1]], 1)], 2)
    number = np.broadcast_to(np.array([1.0, 1.0, -1.0]), column.shape)
    real = column >= 0
    real &= step[:, :, None]
    first = np.zeros(count + 2, np.int64)
    np.cumsum(np.append(real.sum(2)[step], sites), out=first[1:])
    least = np.zeros((rows, sites))
    least[:, 0] = 1
    ends = np.full(rows, -1)
    has = depth > 0
    ends[has] = zed[some[has], depth[has] - 1]
    lower_last = 1.0  # the constant's column is held at 1 by a row of its own
    program = Program(
        cost=cost,
        upper=upper,
        whole=np.arange(sites + count + 1) < sites,
        first=np.append(first, first[-1] + 1),
        column=np.concatenate([column[real], np.arange(sites), [sites + count]]),
        value=np.concatenate([number[real], np.ones(sites), [1.0]]),
        least=np.concatenate([least[step], [-np.inf, lower_last]]),
        most=np.concatenate([np.full(count, np.inf), [float(left.p), 1.0]]),
    )
    return program, ends


def _start(program: Program, left: Left, best: Int64) -> Float64 | None:
    """The best known sites, where they are among those left; HiGHS finds the rest itself."""
    sites = len(left.site)
    mark = np.isin(left.site, best)
    if mark.sum() + len(left.taken) != len(best) or mark.sum() > left.p:
        return None
    start = np.zeros(len(program.cost))
    start[:sites] = mark
    start[-1] = 1
    for k in range(len(program.least) - 2):
        own = slice(int(program.first[k]), int(program.first[k + 1]))
        need = program.least[k] - float(program.value[own][1:] @ start[program.column[own]][1:])
        start[program.column[own][0]] = max(0.0, need)
    return start
