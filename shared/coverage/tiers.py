"""How soon each tier is at the targets of a tile, in each class of minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from shared.coverage.field import Field
from shared.coverage.sources import Crowd, Pace, Spots
from shared.coverage.week import (
    CLOSED,
    OPEN,
    UNKNOWN,
    Bools,
    Classes,
    Floats,
    Ints,
    Week,
    same_columns,
)

MOST_AT_ONCE = 4_000_000
"""Numbers in one intermediate table, at most."""


class Soonest(NamedTuple):
    """(targets, classes) seconds; ``inf`` where nobody comes within the limit."""

    sure: Floats
    """By what is known to be open."""
    maybe: Floats
    """By what is not known to be closed; never later than ``sure``."""
    direct: Floats | None = None
    """Of a chain: the first rescuer at the patient, with an AED or without."""


class TierTimes(Protocol):
    """Times of one tier."""

    @property
    def classes(self) -> Classes:
        """Minutes that are told apart."""
        ...

    def soonest(self, field: Field, tile: int, limit_s: float) -> Soonest:
        """Exact within the limit, ``inf`` beyond."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class StandingTier:
    """AEDs, or units at their stations."""

    spots: Sequence[Spots]
    classes: Classes

    @classmethod
    def of(cls, spots: Sequence[Spots], week: Week) -> StandingTier:
        """With the classes of its own hours."""
        rows = [row for each in spots for row in each.state]
        return cls(spots, week.classes(rows))

    def soonest(self, field: Field, tile: int, limit_s: float) -> Soonest:
        """See :class:`TierTimes`."""
        shape = (len(field.tiles[tile]), self.classes.count)
        sure, maybe = np.full(shape, np.inf), np.full(shape, np.inf)
        for each in self.spots:
            if not len(each.places):
                continue
            first_s = float(each.start_s.min())
            rows, moving = field.ways(tile, each.places, each.pace, limit_s - first_s)
            seconds = moving + each.start_s[rows, None]
            state = each.state[np.ix_(rows, self.classes.first)]
            kinds, which = same_columns(state)
            for k, kind in enumerate(kinds.tolist()):
                codes, columns = state[:, kind], np.flatnonzero(which == k)
                _lower(sure, columns, seconds[codes == OPEN])
                _lower(maybe, columns, seconds[codes != CLOSED])
        sure[sure > limit_s] = np.inf
        maybe[maybe > limit_s] = np.inf
        return Soonest(sure, maybe)


def _lower(table: Floats, columns: Ints, seconds: Floats) -> None:
    if len(seconds):
        soonest = seconds.min(axis=0)
        table[:, columns] = np.minimum(table[:, columns], soonest[:, None])


class Ways:
    """The ways of a crowd to the targets of a tile: kept for the tiers that ask one by one."""

    __slots__ = ("_kept", "crowd")

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self._kept: tuple[Field, int, float, Floats] | None = None

    def to(self, field: Field, tile: int, limit_s: float) -> Floats:
        """(groups, targets) seconds of the way."""
        kept = self._kept
        if kept is None or kept[0] is not field or kept[1:3] != (tile, limit_s):
            kept = self._kept = (field, tile, limit_s, field.nearest(tile, self.crowd, limit_s))
        return kept[3]

    def by_class(
        self,
        classes: Classes,
        field: Field,
        tile: int,
        limit_s: float,
        pace: Pace | None = None,
    ) -> Floats:
        """(targets, classes) seconds from the call until the first is there; of one pace only."""
        way_s = self.to(field, tile, limit_s)
        groups = [
            k for k, group in enumerate(self.crowd.groups) if pace is None or group.pace is pace
        ]
        own = [k for k in groups if np.isfinite(way_s[k]).any()]
        found = np.full((len(field.tiles[tile]), classes.count), np.inf)
        if not own:
            return found
        near_s = way_s[own]
        there = np.array([self.crowd.groups[k].there[classes.first] for k in own]) > 0
        start_s = np.array([self.crowd.groups[k].start_s[classes.first] for k in own])
        for c in range(classes.count):
            here = there[:, c]
            if here.any():
                found[:, c] = (near_s[here] + start_s[here, c, None]).min(axis=0)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class RescuerTier:
    """Rescuers on their own way to the patient."""

    ways: Ways
    classes: Classes

    @classmethod
    def of(cls, ways: Ways, week: Week) -> RescuerTier:
        """With the classes of where they are, and of day and night."""
        return cls(ways, week.classes(ways.crowd.rows()))

    def soonest(self, field: Field, tile: int, limit_s: float) -> Soonest:
        """See :class:`TierTimes`."""
        seconds = self.ways.by_class(self.classes, field, tile, limit_s)
        seconds[seconds > limit_s] = np.inf
        return Soonest(seconds, seconds)


@dataclass(frozen=True, slots=True, eq=False)
class ChainTier:
    """A rescuer at the patient, and a rescuer who came by way of an AED.

    The time at which both have happened: the shortest way of anybody to an AED that is open, taking
    it, and on to the patient in the same mode; nobody's direct way is longer than that.
    """

    rescuers: RescuerTier
    aeds: Spots
    with_aed_s: dict[Pace, Floats]
    """By how they move: (AEDs, classes) seconds from the call until somebody leaves with it."""
    classes: Classes
    of_rescuers: Ints
    """(classes,) the class of the rescuers' own."""

    @classmethod
    def of(cls, ways: Ways, aeds: Spots, to_aeds: Field, week: Week, limit_s: float) -> ChainTier:
        """``to_aeds`` are the ways to the AEDs' places; none is looked for beyond the limit."""
        rescuers = RescuerTier.of(ways, week)
        classes = week.classes([*ways.crowd.rows(), *aeds.state])
        of_rescuers = rescuers.classes.of[classes.first]
        paces = list(dict.fromkeys(group.pace for group in ways.crowd.groups))
        tables = {pace: np.full((len(aeds.places), classes.count), np.inf) for pace in paces}
        for tile, rows in enumerate(to_aeds.tiles):
            for pace, table in tables.items():
                there_s = ways.by_class(rescuers.classes, to_aeds, tile, limit_s, pace)
                table[rows] = there_s[:, of_rescuers]
        with_aed_s = {pace: table + aeds.start_s[:, None] for pace, table in tables.items()}
        return cls(rescuers, aeds, with_aed_s, classes, of_rescuers)

    def soonest(self, field: Field, tile: int, limit_s: float) -> Soonest:
        """See :class:`TierTimes`."""
        direct = self.rescuers.soonest(field, tile, limit_s).sure[:, self.of_rescuers]
        state = self.aeds.state[:, self.classes.first]
        sure = self._via(field, tile, limit_s, state == OPEN)
        maybe = sure
        if (state == UNKNOWN).any():
            maybe = np.minimum(sure, self._via(field, tile, limit_s, state == UNKNOWN))
        sure = np.maximum(sure, direct)
        maybe = np.maximum(maybe, direct)
        sure[sure > limit_s] = np.inf
        maybe[maybe > limit_s] = np.inf
        return Soonest(sure, maybe, direct)

    def _via(self, field: Field, tile: int, limit_s: float, usable: Bools) -> Floats:
        found = np.full((len(field.tiles[tile]), self.classes.count), np.inf)
        for pace, table in self.with_aed_s.items():
            leave_s = np.where(usable, table, np.inf)
            earliest_s = float(leave_s.min(initial=np.inf))
            if earliest_s > limit_s:
                continue
            rows, way_s = field.ways(tile, self.aeds.places, pace, limit_s - earliest_s)
            own = leave_s[rows]
            some = np.isfinite(own).any(axis=1)
            own, way_s = own[some], way_s[some]
            if not len(own):
                continue
            kinds, which = same_columns(own)
            columns = own[:, kinds]
            step = max(1, MOST_AT_ONCE // max(1, way_s.size))
            soonest = np.concatenate(
                [
                    (way_s[:, :, None] + columns[:, None, at : at + step]).min(axis=0)
                    for at in range(0, columns.shape[1], step)
                ],
                axis=1,
            )
            found = np.minimum(found, soonest[:, which])
        return found
