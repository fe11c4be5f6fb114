"""Where a first decision enters compiled code: its arrays by address, its numbers in one row.

Arrays that stay from one decision to the next are written down in a table (``addresses``), those of
a room in another; a question is a row of numbers. So little has to be handed over while a call
waits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, opened
from shared.decision.addresses import Addresses, line_of, sheet_of
from shared.decision.aed_index import AED
from shared.decision.books import HOURS, ZONE
from shared.decision.found import FOUND, FOUND_AED, PASSED
from shared.decision.fresh import LIKELY, decide_on_grid
from shared.decision.grid import BLOCK, ENTRY
from shared.decision.numbers import NUMBERS, QUESTION
from shared.decision.rescuer_index import PLACE, RESCUER
from shared.decision.solve import OPTION, PERSON
from shared.decision.units_numbers import NOW_S, SIZE, UNIT_RULES, UP_S, X, Y, Z

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int32]

F8, I8, I4, U1, U8 = np.float64, np.int64, np.int32, np.uint8, np.uint64

(
    LATITUDE, LONGITUDE, AT_S, ELAPSED_S, ABOVE_S, ROOM, FLOOR, KEPT_UP, ARREST, PATIENT_X,
    PATIENT_Y, PATIENT_Z, PEOPLE_STEP, AED_STEP, MOST_WEIGHED,
) = range(15)  # fmt: skip
"""A question's numbers: the patient's place and floor, the time, how many may and must be asked,
P(bystanders keep up CPR), whether it is taken for an arrest, the place on the unit sphere; the
grids' steps, and beyond how many nobody is looked for."""
GIVEN = 15

UNITS, PEOPLE, AEDS, POLICY, SCRATCH = 0, 4, 14, 23, 33
"""Rows of the table of what stays: where each part begins."""
ROOM_UNITS, AROUND, WAYS, STANDING, TASKS, QUESTION_AT = 0, 15, 19, 25, 31, 39
"""Rows of a room's table."""


@opened
def units_of(at: Addresses) -> Any:
    """The units: numbers, codes, hours of their stations, what hours mean."""
    return (
        sheet_of(at, UNITS, F8),
        sheet_of(at, UNITS + 1, U1),
        line_of(at, UNITS + 2, I4),
        line_of(at, UNITS + 3, HOURS),
    )


@opened
def people_of(at: Addresses, step: float) -> Any:
    """The rescuers, as ``fresh.look_around`` takes them."""
    return (
        (
            line_of(at, PEOPLE, I8),
            line_of(at, PEOPLE + 1, I4),
            line_of(at, PEOPLE + 2, BLOCK),
            line_of(at, PEOPLE + 3, ENTRY),
        ),
        step,
        line_of(at, PEOPLE + 4, RESCUER),
        line_of(at, PEOPLE + 5, PLACE),
        sheet_of(at, PEOPLE + 6, U8),
        line_of(at, PEOPLE + 7, U1),
        line_of(at, PEOPLE + 8, ZONE),
        line_of(at, PEOPLE + 9, HOURS),
    )


@opened
def aeds_of(at: Addresses, step: float) -> Any:
    """The AEDs, likewise."""
    return (
        (
            line_of(at, AEDS, I8),
            line_of(at, AEDS + 1, I4),
            line_of(at, AEDS + 2, BLOCK),
            line_of(at, AEDS + 3, ENTRY),
        ),
        step,
        line_of(at, AEDS + 4, AED),
        sheet_of(at, AEDS + 5, U8),
        line_of(at, AEDS + 6, U1),
        line_of(at, AEDS + 7, ZONE),
        line_of(at, AEDS + 8, HOURS),
    )


@opened
def policy_of(at: Addresses) -> Any:
    """The policy, as ``fresh.decide_on_grid`` takes it."""
    return (
        line_of(at, POLICY, NUMBERS),
        line_of(at, POLICY + 1, F8),
        line_of(at, POLICY + 2, F8),
        line_of(at, POLICY + 3, F8),
        line_of(at, POLICY + 4, UNIT_RULES),
        line_of(at, POLICY + 5, F8),
        line_of(at, POLICY + 6, F8),
        line_of(at, POLICY + 7, F8),
    )


@opened
def scratch_of(at: Addresses) -> Any:
    """Scratch memory of the searches for rescuers and for AEDs."""
    around, stale = line_of(at, SCRATCH, I4), line_of(at, SCRATCH + 1, I4)
    return (
        (
            around,
            stale,
            line_of(at, SCRATCH + 2, F8),
            line_of(at, SCRATCH + 3, I4),
            line_of(at, SCRATCH + 4, I4),
            line_of(at, SCRATCH + 5, I4),
            line_of(at, SCRATCH + 6, F8),
            line_of(at, SCRATCH + 7, I4),
            line_of(at, SCRATCH + 8, F8),
        ),
        (
            around,
            stale,
            line_of(at, SCRATCH + 9, FOUND_AED),
            line_of(at, SCRATCH + 2, F8),
            line_of(at, SCRATCH + 3, I4),
            line_of(at, SCRATCH + 4, I4),
        ),
    )


@opened
def unit_room(at: Addresses) -> Any:
    """A room's arrays of units."""
    return (
        line_of(at, 0, U1),
        line_of(at, 1, U1),
        sheet_of(at, 2, F8),
        sheet_of(at, 3, I8),
        line_of(at, 4, F8),
        line_of(at, 5, F8),
        line_of(at, 6, I8),
        line_of(at, 7, I8),
        line_of(at, 8, I8),
        line_of(at, 9, I8),
        line_of(at, 10, I8),
        line_of(at, 11, I8),
        line_of(at, 12, I8),
        line_of(at, 13, F8),
        line_of(at, 14, I4),
    )


@opened
def around_room(at: Addresses) -> Any:
    """A room's arrays of who and what is around."""
    return (
        line_of(at, AROUND, FOUND),
        line_of(at, AROUND + 1, PASSED),
        line_of(at, AROUND + 2, FOUND_AED),
        line_of(at, AROUND + 3, PASSED),
    )


@opened
def ways_room(at: Addresses) -> Any:
    """A room's arrays of ways."""
    return (
        line_of(at, WAYS, F8),
        line_of(at, WAYS + 1, F8),
        line_of(at, WAYS + 2, F8),
        line_of(at, WAYS + 3, F8),
        line_of(at, WAYS + 4, F8),
        line_of(at, WAYS + 5, F8),
    )


@opened
def standing_room(at: Addresses) -> Any:
    """A room's arrays of what counts before anybody is asked."""
    return (
        line_of(at, STANDING, F8),
        line_of(at, STANDING + 1, F8),
        line_of(at, STANDING + 2, F8),
        sheet_of(at, STANDING + 3, F8),
        sheet_of(at, STANDING + 4, F8),
        sheet_of(at, STANDING + 5, F8),
    )


@opened
def tasks_room(at: Addresses) -> Any:
    """A room's arrays of options and tasks."""
    return (
        line_of(at, TASKS, PERSON),
        line_of(at, TASKS + 1, OPTION),
        line_of(at, TASKS + 2, F8),
        line_of(at, TASKS + 3, F8),
        line_of(at, TASKS + 4, F8),
        line_of(at, TASKS + 5, I8),
        line_of(at, TASKS + 6, F8),
        sheet_of(at, TASKS + 7, I8),
    )


@opened
def asked_in(at: Addresses, stays: Addresses, template: int, given: Floats, marked: Numbers) -> Any:
    """The question and the units' question, written into the room; counts and the shortfall.

    ``template`` is the row of the units' numbers: on the grid, or on streets.
    """
    question, know = line_of(at, QUESTION_AT, QUESTION), line_of(at, QUESTION_AT + 1, F8)
    one = question[0]
    one.latitude, one.longitude, one.now = given[LATITUDE], given[LONGITUDE], given[AT_S]
    one.elapsed_s, one.end_s, one.ambulance_s = given[ELAPSED_S], 0.0, np.inf
    one.up_s, one.p_works = given[ABOVE_S], 0.0
    one.room, one.floor = int(given[ROOM]), int(given[FLOOR])
    numbers = line_of(stays, template, F8)
    for i in range(SIZE):
        know[i] = numbers[i]
    know[X], know[Y], know[Z] = given[PATIENT_X], given[PATIENT_Y], given[PATIENT_Z]
    know[NOW_S], know[UP_S] = given[AT_S], given[ABOVE_S]
    marked[LIKELY] = given[ARREST] > 0
    return question, know, line_of(at, QUESTION_AT + 2, I8), line_of(at, QUESTION_AT + 3, F8)


@compiled
def enter_on_grid(stays: Addresses, room: Addresses, given: Floats, marked: Numbers) -> int:
    """See ``fresh.decide_on_grid``."""
    question, know, counts, short = asked_in(room, stays, POLICY + 8, given, marked)
    return decide_on_grid(
        units_of(stays), people_of(stays, given[PEOPLE_STEP]), aeds_of(stays, given[AED_STEP]),
        policy_of(stays), question, know, marked, given[KEPT_UP], unit_room(room),
        around_room(room), scratch_of(stays), ways_room(room), standing_room(room),
        tasks_room(room), counts, short,
    )  # fmt: skip
