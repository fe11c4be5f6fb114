"""First decisions, in one compiled call: what it needs is brought together, its answer is read.

Nobody was asked or ordered yet, and the policy's own objective chooses: so it is for every new
call. Whatever else there is to decide goes step by step (``decide.search_and_assign``); both come
to the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import repeat
from math import inf, prod
from typing import Any, cast, overload

import numpy as np

from shared.decision.around import Around, scratch
from shared.decision.fresh import (
    DONE,
    N_AEDS,
    N_CLOSE,
    N_FOUND,
    N_OPTIONS,
    N_PASSED,
    N_PICKS,
    N_SHUT,
    N_STALE,
    NO_ROOM,
    STALE_AED,
    STALE_RESCUER,
    STALE_STATION,
    ZONE,
    ZONE_OF,
    decide_on_grid,
)
from shared.decision.model import Patient
from shared.decision.moment import Moment
from shared.decision.numbers import PolicyNumbers, numbers_of
from shared.decision.objective import NobodyYet
from shared.decision.policy import Policy
from shared.decision.room import ROOMS, Array, Room, Size
from shared.decision.snapshot import Snapshot
from shared.decision.solve import TIMES
from shared.decision.standing import Standing, table_of
from shared.decision.units import UnitPlan, told_plan
from shared.decision.units_choice import Able, Chosen, likely_arrest
from shared.decision.units_fresh import (
    COUNT,
    FIRST_S,
    HAVE_TEAM,
    LIMIT_S,
    OUTRUN,
    REASONS,
    TEAM_LIMIT_S,
)
from shared.decision.units_index import ADVANCED, on_sphere
from shared.decision.units_numbers import UP_S, UnitNumbers, unit_numbers_of
from shared.decision.units_search import Search
from shared.decision.units_stations import StationTable
from shared.decision.volunteers import MOST_WEIGHED, Assigned
from shared.decision.ways import Ways, vertical_s
from shared.decision.weigh import Weighing
from shared.direct import Direct

NONE_SUCH = repeat(-1)


class Named(Sequence[str]):
    """The ids of some rows, looked up when they are read."""

    __slots__ = ("_ids", "_slots")

    def __init__(self, ids: Sequence[str], slots: Array) -> None:
        self._ids = ids
        self._slots = slots

    def __len__(self) -> int:
        return len(self._slots)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self._ids[slot] for slot in self._slots[index].tolist()]
        return self._ids[int(self._slots[index])]

    def __iter__(self) -> Iterator[str]:
        return iter([self._ids[slot] for slot in self._slots.tolist()])


class Fresh:
    """What a first decision found, in its room; the parts are put together when they are read."""

    def __init__(
        self,
        room: Room,
        snapshot: Snapshot,
        patient: Patient,
        policy: Policy,
        incidents: Mapping[int, str],
    ) -> None:
        self._room = room
        self._snapshot = snapshot
        self._patient = patient
        self._policy = policy
        self._incidents = incidents
        self.closed: tuple[str, ...] = ()
        counts = room.counts.tolist()
        self._counts = counts
        index = snapshot.rescuers if counts[ZONE_OF] == 0 else snapshot.aeds
        self.zone = index.zones.name(counts[ZONE])
        self.rescuers, self.units_chosen = self._names()

    def _names(self) -> tuple[list[tuple[str, str | None]], list[str]]:
        """Who was chosen, each with the AED to bring or None, and the units, by id."""
        room, snapshot = self._room, self._snapshot
        people, devices = snapshot.rescuers.slots.ids, snapshot.aeds.slots.ids
        chosen = [
            (people[slot], None if aed < 0 else devices[aed])
            for slot, aed in room.tasks[7][: self._counts[N_PICKS]].tolist()
        ]
        rows = room.units[9][: room.units[12][COUNT]].tolist()
        records = snapshot.units.records
        return chosen, [records[row].id for row in rows]

    @cached_property
    def units(self) -> UnitPlan:
        """The units to order, and what the others are."""
        flags, closed, found, nearest, eta_s, metres = (part[:] for part in self._room.units[:6])
        picks, reasons, outrun, counts, told_s = (part.tolist() for part in self._room.units[9:14])
        codes = self._snapshot.units.codes
        size = counts[COUNT]
        chosen = Chosen(
            tuple(
                (
                    Able(float(eta_s[row]), row, float(metres[row]), bool(codes[row, ADVANCED])),
                    REASONS[reason],
                )
                for row, reason in zip(picks[:size], reasons[:size], strict=True)
            ),
            tuple(outrun[: counts[OUTRUN]]),
            told_s[FIRST_S],
            (told_s[LIMIT_S], told_s[TEAM_LIMIT_S]),
            counts[HAVE_TEAM] > 0,
        )
        free, busy = nearest[:, 0].tolist()
        search = Search(
            flags, found, nearest[0, 1 : free + 1], nearest[1, 1 : busy + 1], self._incidents
        )
        return told_plan(self._snapshot, self._patient, search, eta_s, closed, chosen, [])

    @cached_property
    def standing(self) -> Standing:
        """What counts before anybody is asked."""
        times, weights, states, cpr, shock, _ = (part[:] for part in self._room.standing)
        return Standing.ready(
            times, weights, states, (cpr, shock), self._room.question, self._policy
        )

    @cached_property
    def assigned(self) -> Assigned:
        """Who is around, and who of them does what."""
        room, counts, snapshot = self._room, self._counts, self._snapshot
        n, close = counts[N_FOUND], counts[N_CLOSE]
        found, passed = room.around[0][:n], room.around[1][: counts[N_PASSED]]
        aeds, shut = room.around[2][: counts[N_AEDS]], room.around[3][: counts[N_SHUT]]
        around = Around(
            found=found,
            ids=Named(snapshot.rescuers.slots.ids, found["slot"]),
            passed=passed,
            aeds=aeds,
            aed_ids=Named(snapshot.aeds.slots.ids, aeds["slot"]),
            close=close,
            aeds_passed=shut,
        )

        def table(flat: Array, *shape: int) -> Array:
            return flat[: prod(shape)].reshape(shape)

        direct_m, direct_s, *pairs = room.ways
        people, options, at_aed, via, carried, picks, without, _ = room.tasks
        chosen = counts[N_PICKS]
        standing = self.standing
        weighing = Weighing.ready(
            around,
            Ways(direct_m[:n], direct_s[:n], *(table(pair, n, close) for pair in pairs)),
            people[:n],
            (options[: counts[N_OPTIONS]], table(at_aed, n, close), table(via, n, close)),
            standing,
            self._policy,
            room.question,
            NobodyYet(*standing.by_units, table(carried, close, 2, TIMES)),
            picks[:chosen],
            without[:chosen],
            float(room.short[0]),
        )
        return Assigned((), (), around, weighing)


def _marks(snapshot: Snapshot, patient: Patient, policy: Policy) -> tuple[Array, dict[int, str]]:
    """Numbers of all who are tired, held or missing (see ``fresh.MARKS``); units held, by row."""
    people, devices = snapshot.rescuers.slots.numbers.get, snapshot.aeds.slots.numbers.get
    held, missing = snapshot.held, snapshot.missing_aeds
    most = policy.fatigue.max_alerts
    tired = [id for id, count in snapshot.alerts_recent.items() if count >= most]
    rows = snapshot.units.rows
    incidents = {
        row: incident_id
        for unit_id, incident_id in held.units.items()
        if (row := rows.get(unit_id)) is not None
    }
    marked = array(
        "i",
        [
            likely_arrest(patient, policy),
            len(tired),
            len(held.rescuers),
            len(held.aeds),
            len(missing),
            len(incidents),
            *map(people, tired, NONE_SUCH),
            *map(people, held.rescuers, NONE_SUCH),
            *map(devices, held.aeds, NONE_SUCH),
            *map(devices, missing, NONE_SUCH),
            *incidents,
        ],
    )
    return np.frombuffer(marked, dtype=np.int32), incidents


_sizes: list[tuple[Policy, tuple[int, ...], Size]] = []


def _size(snapshot: Snapshot, policy: Policy, near: int) -> Size:
    """Of the room that such a decision needs; kept until something grows."""
    people, aeds = len(snapshot.rescuers.columns), len(snapshot.aeds.columns)
    key = (people, aeds, len(snapshot.units), near)
    if _sizes and _sizes[0][0] is policy and _sizes[0][1] == key:
        return _sizes[0][2]
    reach = policy.reach
    aeds = min(reach.aeds, aeds)
    size = Size(
        people=min(reach.enough, people),
        near=near,
        aeds=aeds,
        aeds_each=min(reach.aeds_per_rescuer, aeds),
        alerts=min(policy.target.max_alerts, people),
        units=len(snapshot.units),
        units_considered=policy.units.considered,
    )
    _sizes[:] = [(policy, key, size)]
    return size


def in_one_call(snapshot: Snapshot) -> bool:
    """Whether the streets can do it, if there are any (``StreetRouter.first_decision``)."""
    return snapshot.router is None or hasattr(snapshot.router, "first_decision")


_decide_on_grid = Direct(decide_on_grid)


def seek(snapshot: Snapshot, patient: Patient, moment: Moment, policy: Policy) -> Fresh | None:
    """The first decision for a patient to whom volunteers may be sent; None: go step by step.

    The policy's rule must be its own objective.
    """
    numbers, unit_numbers = numbers_of(policy), unit_numbers_of(policy)
    stations = snapshot.stations
    if not isinstance(stations, StationTable):
        stations = StationTable(stations.values())
    marked, incidents = _marks(snapshot, patient, policy)
    own = scratch()
    while True:  # ends: each time the search is given what it was missing
        room = ROOMS.take(_size(snapshot, policy, own.size))
        code = _ask(
            snapshot, patient, moment, policy, numbers, unit_numbers, stations, marked, room
        )
        if code == DONE:
            return Fresh(room, snapshot, patient, policy, incidents)
        stale = int(room.counts[N_STALE])
        if code == NO_ROOM:
            own.grow()
        elif code == STALE_STATION:
            stations.book.refresh(sorted(set(room.units[14][:stale].tolist())), moment)
        elif code == STALE_RESCUER:
            snapshot.rescuers.hours.refresh(own.noted(stale), moment)
        elif code == STALE_AED:
            snapshot.aeds.hours.refresh(own.noted(stale), moment)
        else:
            return None


def _ask(
    snapshot: Snapshot,
    patient: Patient,
    moment: Moment,
    policy: Policy,
    numbers: PolicyNumbers,
    unit_numbers: UnitNumbers,
    stations: StationTable,
    marked: Array,
    room: Room,
) -> int:
    """Asks once; a code of :mod:`shared.decision.fresh`."""
    people, devices, units = snapshot.rescuers, snapshot.aeds, snapshot.units
    own = scratch()
    own.hold(max(len(people.grid.arrays[2]), len(devices.grid.arrays[2])))
    now_s = moment.now.timestamp()
    up_s = vertical_s(patient.floor, policy.travel)
    question, know = room.question, room.know
    target = policy.target
    question[0] = (
        patient.latitude,
        patient.longitude,
        now_s,
        max(0.0, (moment.now - patient.call_at).total_seconds()),
        0.0,
        inf,
        up_s,
        0.0,
        target.max_alerts,
        min(target.max_alerts, target.floor),
    )
    router = snapshot.router
    template = unit_numbers.template if router is None else unit_numbers.streets_template
    know[: len(template)] = template
    know[: UP_S + 1] = (*on_sphere(patient.latitude, patient.longitude), now_s, up_s)
    kept_up = policy.bystander.p_cpr_kept_up if patient.bystander_cpr else 0.0
    asking = (
        (units.numbers, units.codes, stations.hours_by_row(units), stations.book.table),
        (
            people.grid.arrays,
            people.grid.step,
            people.columns,
            people.places,
            people.slots.words,
            people.marks,
            people.zones.table(moment),
            people.hours.table,
        ),
        (
            devices.grid.arrays,
            devices.grid.step,
            devices.columns,
            devices.slots.words,
            devices.marks,
            devices.zones.table(moment),
            devices.hours.table,
        ),
        (
            numbers.record,
            numbers.speed_m_s,
            numbers.factor,
            table_of(policy.response.turnout_spread),
            unit_numbers.rules,
            unit_numbers.factor,
            unit_numbers.speed_m_s,
            table_of(policy.units.turnout_spread),
        ),
        question,
        know,
        marked,
        kept_up,
        room.units,
        room.around,
        ((own.blocks, own.stale, *own.near), (own.blocks, own.stale, *own.some)),
        room.ways,
        room.standing,
        room.tasks,
        room.counts,
        room.short,
    )
    if router is None:
        return _decide_on_grid(*asking)
    return int(cast(Any, router).first_decision(asking, MOST_WEIGHED))
