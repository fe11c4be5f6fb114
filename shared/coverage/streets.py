"""The ways of coverage on real streets; straight lines where no street is near, as dispatch has it.

From each AED and station one bounded search finds all targets; rescuers of a group are the sources
of one search together (a node that leads to each of them is put before the network). Exact shortest
times on the graph, up to the limit; the stretches between places and streets count at the same
speed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.contracts.words import TransportMode
from shared.coverage.field import StraightField
from shared.coverage.sources import Crowd, Group, Pace
from shared.coverage.week import Bools, Floats, Ints
from shared.decision.policy import Policy
from shared.streets.kinds import Profile
from shared.streets.reach import _search
from shared.streets.router import StreetRouter
from shared.streets.weights import PROFILE_OF, REFERENCE, seconds_per_metre


class StreetField:
    """See :class:`shared.coverage.field.Field`."""

    def __init__(
        self, router: StreetRouter, policy: Policy, latitude: Floats, longitude: Floats
    ) -> None:
        self._router = router
        self._travel = policy.travel
        self._straight = StraightField(latitude, longitude)
        self.tiles: Sequence[Ints] = self._straight.tiles
        self._places = np.column_stack([latitude, longitude])
        self.off_streets: Bools = router.snap(self._places, TransportMode.FOOT)[0] < 0
        """Where no street is near."""
        self._snapped: dict[TransportMode, tuple[Ints, Floats]] = {}
        self._ways: dict[tuple[int, Pace], tuple[Floats, float, Floats]] = {}
        self._nearest: tuple[Crowd, float, Floats] | None = None
        self._edges: dict[Profile, Floats] = {}

    def _targets(self, mode: TransportMode) -> tuple[Ints, Floats]:
        """Nodes (-1: none) and metres of the targets."""
        found = self._snapped.get(mode)
        if found is None:
            found = self._snapped[mode] = self._router.snap(self._places, mode)
        return found

    def _to_targets(self, cost_s: Floats, pace: Pace) -> Floats:
        """(targets,) seconds, of the seconds to each node."""
        nodes, metres = self._targets(pace.mode)
        seconds = np.full(len(nodes), np.inf)
        there = nodes >= 0
        seconds[there] = cost_s[nodes[there]] + metres[there] / pace.speed_m_s
        return seconds

    def ways(self, tile: int, places: Floats, pace: Pace, limit_s: float) -> tuple[Ints, Floats]:
        """See :meth:`shared.coverage.field.Field.ways`."""
        limit_s = max(limit_s, 0.0)
        kept = self._ways.get((id(places), pace))
        if kept is None or kept[0] is not places or kept[1] < limit_s:
            kept = self._ways[(id(places), pace)] = (
                places,
                limit_s,
                self._each(places, pace, limit_s),
            )
        targets = self.tiles[tile]
        seconds = kept[2][:, targets]
        off = np.flatnonzero(self.off_streets[targets])
        if len(off):
            rows, straight_s = self._straight.ways(tile, places, pace, limit_s)
            seconds[:, off] = np.inf
            seconds[np.ix_(rows, off)] = straight_s[:, off]
        near = np.flatnonzero((seconds <= limit_s).any(axis=1))
        return near, seconds[near]

    def _each(self, places: Floats, pace: Pace, limit_s: float) -> Floats:
        """(sources, targets)"""
        found = np.full((len(places), len(self.off_streets)), np.inf)
        cost_s = np.full(self._router.graph.latitude.size, np.inf)
        for k, place in enumerate(places.tolist()):
            here = (place[0], place[1])
            nodes, seconds = self._router.reach_from(here, pace.mode, pace.speed_m_s, limit_s)
            cost_s[nodes] = seconds
            found[k] = self._to_targets(cost_s, pace)
            cost_s[nodes] = np.inf
        return found

    def nearest(self, tile: int, crowd: Crowd, limit_s: float) -> Floats:
        """See :meth:`shared.coverage.field.Field.nearest`."""
        kept = self._nearest
        if kept is None or kept[0] is not crowd or kept[1] != limit_s:
            table = [self._of_group(group, limit_s) for group in crowd.groups]
            whole = np.array(table).reshape(len(crowd.groups), len(self.off_streets))
            whole[whole > limit_s] = np.inf
            kept = self._nearest = (crowd, limit_s, whole)
        targets = self.tiles[tile]
        seconds = kept[2][:, targets]
        off = np.flatnonzero(self.off_streets[targets])
        if len(off):
            seconds[:, off] = self._straight.nearest(tile, crowd, limit_s)[:, off]
        return seconds

    def _of_group(self, group: Group, limit_s: float) -> Floats:
        """(targets,) from the nearest of them: one search from a node that leads to all."""
        pace = group.pace
        nodes, metres = self._router.snap(group.places, pace.mode)
        own = nodes >= 0
        graph = self._router.graph
        name = PROFILE_OF[pace.mode]
        profile = graph.profiles[name]
        size = len(graph.latitude)
        cost_s = np.full(size + 1, np.inf)
        if own.any():
            first = np.append(profile.first, np.uint32(len(profile.head) + int(own.sum())))
            head = np.append(profile.head, nodes[own].astype(np.uint32))
            speed = self._travel.speed_m_s[REFERENCE[name]] / pace.speed_m_s
            seconds = np.append(self._costs(name) * speed, metres[own] / pace.speed_m_s)
            first.flags.writeable = head.flags.writeable = False
            _search(first, head, seconds, size, limit_s, cost_s)
        return self._to_targets(cost_s[:size], pace)

    def _costs(self, name: Profile) -> Floats:
        """(edges,) seconds at the profile's reference speed."""
        costs = self._edges.get(name)
        if costs is None:
            profile = self._router.graph.profiles[name]
            table = seconds_per_metre(name, self._router.streets, self._travel)
            costs = self._edges[name] = table[profile.kind] * profile.length_m
        return costs
