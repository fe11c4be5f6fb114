"""First decisions, in one compiled call: what it needs is brought together, its answer is read.

Nobody was asked or ordered yet, and the policy's own objective chooses: so it is for every new
call. Whatever else there is to decide goes step by step (``decide.search_and_assign``); both come
to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from operator import is_
from typing import Any, cast, overload

from shared.decision.addresses import addresses
from shared.decision.around import Around, Scratch, scratch
from shared.decision.entry import enter_on_grid
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
)
from shared.decision.marked import marked_of
from shared.decision.model import Patient
from shared.decision.moment import Moment
from shared.decision.numbers import numbers_of
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
from shared.decision.units_numbers import unit_numbers_of
from shared.decision.units_search import Search
from shared.decision.units_stations import StationTable
from shared.decision.volunteers import MOST_WEIGHED, Assigned
from shared.decision.ways import Ways, vertical_s
from shared.decision.weigh import Weighing
from shared.direct import Direct


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


class Stays:
    """What compiled code takes for a first decision and stays from one to the next, written down.

    Its arrays are replaced by others now and then (they grow, hours pass), which is found out by
    looking which they are: that costs a microsecond, handing them over one by one some ten.
    """

    __slots__ = ("arrays", "at", "parts")

    def __init__(self, parts: tuple[Any, ...], arrays: tuple[Array, ...]) -> None:
        self.parts = parts
        """What it was made of, to be compared by identity."""
        self.arrays = arrays
        self.at = addresses(arrays)


def _stays(snapshot: Snapshot, moment: Moment, policy: Policy, own: Scratch) -> Stays:
    """What stays, written down anew where something has changed."""
    people, devices, units = snapshot.rescuers, snapshot.aeds, snapshot.units
    stations = cast(StationTable, snapshot.stations)
    parts = (
        units.numbers,
        units.codes,
        stations.hours_by_row(units),
        stations.book.table,
        people.grid.arrays,
        people.columns,
        people.places,
        people.slots.words,
        people.marks,
        people.zones.table(moment),
        people.hours.table,
        devices.grid.arrays,
        devices.columns,
        devices.slots.words,
        devices.marks,
        devices.zones.table(moment),
        devices.hours.table,
        own.blocks,
        own.stale,
        own.near,
        own.some,
        policy,
    )
    kept: Stays | None = own.stays
    if kept is not None and all(map(is_, kept.parts, parts)):
        return kept
    own.hold(max(len(people.grid.arrays[2]), len(devices.grid.arrays[2])))
    numbers, unit_numbers = numbers_of(policy), unit_numbers_of(policy)
    arrays = (
        *parts[:4],
        *people.grid.arrays,
        *parts[5:11],
        *devices.grid.arrays,
        *parts[12:17],
        numbers.record,
        numbers.speed_m_s,
        numbers.factor,
        table_of(policy.response.turnout_spread),
        unit_numbers.rules,
        unit_numbers.factor,
        unit_numbers.speed_m_s,
        table_of(policy.units.turnout_spread),
        unit_numbers.template,
        unit_numbers.streets_template,
        own.blocks,
        own.stale,
        *own.near,
        own.some[0],
    )
    # After `hold`, which may have changed the scratch memory.
    own.stays = kept = Stays((*parts[:17], own.blocks, *parts[18:]), cast(Any, arrays))
    return kept


_enter_on_grid = Direct(enter_on_grid)


def seek(snapshot: Snapshot, patient: Patient, moment: Moment, policy: Policy) -> Fresh | None:
    """The first decision for a patient to whom volunteers may be sent; None: go step by step.

    The policy's rule must be its own objective.
    """
    if not isinstance(snapshot.stations, StationTable):
        snapshot = replace(snapshot, stations=StationTable(snapshot.stations.values()))
    marked, own, router = marked_of(snapshot, policy), scratch(), snapshot.router
    target, given = policy.target, own.given
    latitude, longitude, most = patient.latitude, patient.longitude, target.max_alerts
    given[:] = (
        latitude,
        longitude,
        moment.now.timestamp(),
        max(0.0, (moment.now - patient.call_at).total_seconds()),
        vertical_s(patient.floor, policy.travel),
        most,
        min(most, target.floor),
        policy.bystander.p_cpr_kept_up if patient.bystander_cpr else 0.0,
        likely_arrest(patient, policy),
        *on_sphere(latitude, longitude),
        snapshot.rescuers.grid.step,
        snapshot.aeds.grid.step,
        MOST_WEIGHED,
    )
    while True:  # ends: each time the search is given what it was missing
        stays = _stays(snapshot, moment, policy, own)
        room = ROOMS.take(_size(snapshot, policy, own.size))
        if router is None:
            code = _enter_on_grid(stays.at, room.at, given, marked.numbers)
        else:
            code = cast(Any, router).first_decision(stays.at, room.at, given, marked.numbers)
        if code == DONE:
            return Fresh(room, snapshot, patient, policy, marked.incidents)
        stale = int(room.counts[N_STALE])
        if code == NO_ROOM:
            own.grow()
        elif code == STALE_STATION:
            book = cast(StationTable, snapshot.stations).book
            book.refresh(sorted(set(room.units[14][:stale].tolist())), moment)
        elif code == STALE_RESCUER:
            snapshot.rescuers.hours.refresh(own.noted(stale), moment)
        elif code == STALE_AED:
            snapshot.aeds.hours.refresh(own.noted(stale), moment)
        else:
            return None
