"""p-center: with p sites, the least that the farthest demand is away (unweighted), proven.

The answer is one of the costs in the table. Whether p sites reach everybody within a cost is a
set cover; halving the costs between what the linear relaxation rules out and what a quick solution
reaches, then exactly (Minieka 1970; Elloumi, Labbé and Pochet 2004), finds it.
"""

from __future__ import annotations

import numpy as np

from shared.siting.answer import INFEASIBLE, Float64, Int64, Patience, Solution, Status, settled
from shared.siting.cover import within
from shared.siting.lscp import fewest


def pcenter(cost: Float64, near: Float64, p: int, patience: Patience) -> Solution:
    """The p columns that keep the largest cost of a row least.

    ``cost`` (rows, sites), infinite where not connected; ``near`` (rows,) is what each row costs
    from what stands already, infinite where nothing does. Demands count alike, whatever they weigh.
    """
    if not cost.shape[0]:
        return Solution(Status.OPTIMAL, (), 0.0, 0.0)
    floor = float(np.minimum(cost.min(1, initial=np.inf), near).max())
    if np.isinf(floor):
        return INFEASIBLE
    every = np.concatenate([cost.ravel(), near])
    steps = np.unique(every[np.isfinite(every) & (every >= floor)])
    best = np.zeros(0, np.int64)
    low, high = 0, len(steps)  # below ``low``: proven impossible; ``high``: known to do
    if near.max() <= steps[-1]:
        high = int(np.searchsorted(steps, near.max()))
    for quick in (True, False):
        most = high
        while low < most and not patience.over():
            middle = (low + most) // 2
            limit = steps[middle]
            open_ = near > limit
            found = fewest(within(cost[open_], limit), patience, p, quick=quick)
            if found.chosen is not None and len(found.chosen) <= p:
                best = found.chosen
                most = high = int(np.searchsorted(steps, _radius(cost, near, best)))
            elif found.fewest > p:
                low = middle + 1
            elif quick:
                most = middle  # the quick way does not know: look lower for what is ruled out
            else:
                break
            patience.say(f"between {steps[min(low, len(steps) - 1)]:,.6g} and "
                         f"{steps[min(high, len(steps) - 1)]:,.6g}")  # fmt: skip
    if high == len(steps):
        if low == high:
            return INFEASIBLE
        return Solution(Status.TIME_LIMIT, (), None, float(steps[low]))
    objective = _radius(cost, near, best)
    return settled(best, objective, float(steps[low]), 0.0, patience)


def _radius(cost: Float64, near: Float64, chosen: Int64) -> float:
    return float(np.minimum(cost[:, chosen].min(1, initial=np.inf), near).max())
