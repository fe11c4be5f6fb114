"""Who is moved where, once it is known who leaves and which places are filled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.siting.answer import Float64, Patience
from shared.siting.highs import Program, solve


def paired(
    away: Float64 | None, moved: Sequence[int], places: Sequence[int]
) -> list[tuple[int, int]]:
    """(existing, site) for each one that moves, with the shortest ways in all.

    ``away`` (existing, sites) is how far apart they are; without it they are paired in order.
    There are at least as many places as movers.
    """
    if away is None or not moved:
        return list(zip(moved, places, strict=False))
    cost = away[np.ix_(list(moved), list(places))]
    finite = np.where(np.isfinite(cost), cost, 1e12)
    rows, columns = finite.shape
    every = np.arange(rows * columns)
    program = Program(
        cost=finite.ravel(),
        upper=np.ones(rows * columns),
        whole=np.ones(rows * columns, np.bool_),
        first=np.concatenate(
            [np.arange(rows + 1) * columns, rows * columns + np.arange(1, columns + 1) * rows]
        ),
        column=np.concatenate([every, every.reshape(rows, columns).T.ravel()]),
        value=np.ones(2 * rows * columns),
        least=np.concatenate([np.ones(rows), np.full(columns, -np.inf)]),
        most=np.ones(rows + columns),
    )
    values = solve(program, Patience()).values
    assert values is not None, "there is a place for each"
    to = values.reshape(rows, columns).argmax(1)
    return [(moved[k], places[int(j)]) for k, j in enumerate(to)]
