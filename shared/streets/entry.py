"""Where a first decision on streets enters compiled code; see :mod:`shared.decision.entry`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, opened
from shared.decision.addresses import Addresses, block_of, line_of, sheet_of
from shared.decision.entry import (
    AED_STEP,
    F8,
    I4,
    I8,
    KEPT_UP,
    MOST_WEIGHED,
    PEOPLE_STEP,
    POLICY,
    U1,
    U8,
    aeds_of,
    around_room,
    asked_in,
    people_of,
    policy_of,
    scratch_of,
    standing_room,
    tasks_room,
    unit_room,
    units_of,
    ways_room,
)
from shared.streets.fresh import decide_on_streets
from shared.streets.search import Desk, Network
from shared.streets.snapping import Grid
from shared.streets.trees import Pool

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int32]

U4 = np.uint32

NETWORK, GRID, DESK, AED_TREES, STATION_TREES, REST = 0, 4, 8, 13, 22, 31
"""Rows of a router's table: where each part begins; the rest is the bounds, the units' bounds,
their farthest, the reference speeds, and (how many units are enough, how far to a street)."""


@opened
def _pool(at: Addresses, first: int) -> Any:
    return Pool(
        sheet_of(at, first, I4),
        sheet_of(at, first + 1, I8),
        sheet_of(at, first + 2, U4),
        sheet_of(at, first + 3, U4),
        sheet_of(at, first + 4, U8),
        line_of(at, first + 5, I4),
        line_of(at, first + 6, I4),
        line_of(at, first + 7, I4),
        line_of(at, first + 8, I8),
    )


@opened
def _streets(at: Addresses) -> Any:
    """As ``fresh.decide_on_streets`` takes them."""
    numbers = line_of(at, REST + 4, F8)
    return (
        Network(
            block_of(at, NETWORK, U4),
            sheet_of(at, NETWORK + 1, U4),
            sheet_of(at, NETWORK + 2, U4),
            block_of(at, NETWORK + 3, U8),
        ),
        Grid(
            sheet_of(at, GRID, F8),
            line_of(at, GRID + 1, U4),
            sheet_of(at, GRID + 2, F8),
            line_of(at, GRID + 3, U4),
        ),
        Desk(
            line_of(at, DESK, U8),
            line_of(at, DESK + 1, U1),
            line_of(at, DESK + 2, I4),
            sheet_of(at, DESK + 3, U8),
            line_of(at, DESK + 4, I8),
        ),
        _pool(at, AED_TREES),
        _pool(at, STATION_TREES),
        line_of(at, REST, I8),
        line_of(at, REST + 1, I8),
        line_of(at, REST + 2, I8),
        int(numbers[0]),
        line_of(at, REST + 3, F8),
        numbers[1],
    )


@compiled
def enter_on_streets(
    streets: Addresses, stays: Addresses, room: Addresses, given: Floats, marked: Numbers
) -> int:
    """See ``fresh.decide_on_streets``."""
    question, know, counts, short = asked_in(room, stays, POLICY + 9, given, marked)
    return decide_on_streets(
        _streets(streets), units_of(stays), people_of(stays, given[PEOPLE_STEP]),
        aeds_of(stays, given[AED_STEP]), policy_of(stays), question, know, marked,
        given[KEPT_UP], unit_room(room), around_room(room), scratch_of(stays), ways_room(room),
        standing_room(room), tasks_room(room), counts, short, int(given[MOST_WEIGHED]),
    )  # fmt: skip
