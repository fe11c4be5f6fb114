"""Where idle ambulances would cover more: DMEXCLP, as advice.

An ambulance is not to be had for a share q of the time (the busy fraction). So of k ambulances that
reach a place in time the first is there with 1 − q, the second helps with (1 − q) · q, the k-th
with (1 − q) · q^(k−1): the place is *covered* with 1 − q^k. A move of one ambulance gains, over all
places i with demand d_i, the Σ d_i (1 − q) q^(k_i − 1) of those that its new base reaches, k_i
counted after the move, less the same sum for the base that it leaves (Jagtenberg, Bhulai, van der
Mei: Dynamic ambulance redeployment by the maximal expected coverage, 2015; DOMAIN §5).

Moves are advised one after the other, the one that gains most first, each counted on top of those
before it. It is a suggestion: nobody is ordered, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from shared.compiled import compiled
from shared.contracts.words import Tier, TransportMode, UnitKind, UnitState
from shared.decision.moment import Moment
from shared.decision.policy import Policy
from shared.decision.routing import FloatArray, Router
from shared.decision.snapshot import Snapshot
from shared.decision.units_roads import unit_router_of
from shared.decision.units_stations import closed_of

BASE_TIERS = frozenset({Tier.EMERGENCY_CENTRE, Tier.FIRST_AID_STATION})
"""Where ambulances stand; health centres have teams of their own."""

CoverArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Base:
    """A place where an ambulance can wait (WGS-84 degrees)."""

    id: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Idle:
    """An ambulance with nothing to do, or on its way back from a patient."""

    unit_id: str
    base_id: str
    """Where it stands, or where it would return to."""
    latitude: float
    longitude: float
    """Where it is now."""


@dataclass(frozen=True, slots=True)
class Move:
    """One ambulance to another base; shares are of all demand, in expectation."""

    unit_id: str
    from_base: str
    to_base: str
    gain: float
    covered_before: float
    covered_after: float
    travel_s: float
    """From where it is now, without lights."""
    travel_m: float


@dataclass(frozen=True, slots=True)
class Relocation:
    """The moves that are worth it, in the order in which they gain, and what they come to."""

    moves: tuple[Move, ...]
    covered_before: float
    """Share of the demand that is covered as the ambulances stand; 0 where there is no demand."""
    covered_after: float
    basis: str
    """``h3-grid`` or ``streets``: what the times were computed on."""
    idle: int
    bases: int
    cells: int


@compiled
def _gains(
    cover: CoverArray, demand: FloatArray, count: IntArray, q: float, gains: FloatArray
) -> None:
    """Fills ``gains`` (b, b): one ambulance from base a (row) to base b, in units of demand.

    ``cover`` (b, c): the base reaches the cell in time; ``demand`` (c,); ``count`` (c,) ambulances
    that reach the cell now. Rows of bases without an ambulance mean nothing.
    """
    bases, cells = cover.shape
    worth = np.empty(cells)
    for a in range(bases):
        for cell in range(cells):
            others = count[cell] - (1 if cover[a, cell] else 0)
            worth[cell] = demand[cell] * (1 - q) * q**others if others >= 0 else 0.0
        stays = 0.0
        for cell in range(cells):
            if cover[a, cell]:
                stays += worth[cell]
        for b in range(bases):
            goes = 0.0
            for cell in range(cells):
                if cover[b, cell]:
                    goes += worth[cell]
            gains[a, b] = goes - stays


def covered(count: IntArray, demand: FloatArray, q: float) -> float:
    """Expected covered demand, Σ d_i (1 − q^k_i), of (c,) ambulances in time and (c,) demand."""
    return float((demand * (1 - np.power(q, count))).sum())


def relocate(
    idle: Sequence[Idle],
    bases: Sequence[Base],
    demand: Mapping[str, float],
    policy: Policy,
    router: Router,
) -> Relocation:
    """The moves that gain at least ``relocation.gain_min`` of all demand, at most ``moves_max``.

    ``demand`` is H3 cell → weight (calls, people; not negative). A cell counts as reached when
    order, turnout and the way with lights to its centre take no longer than
    ``relocation.within_s``. Nobody is moved twice, or farther than ``relocation.travel_max_s``.
    Same inputs, same advice: equal gains go to the shorter way, then to the lower ids. An ambulance
    whose base is not among ``bases`` covers nothing from there.
    """
    units = sorted(idle, key=lambda unit: unit.unit_id)
    places = sorted(bases, key=lambda base: base.id)
    cells = sorted(demand)
    weight = np.array([demand[cell] for cell in cells], dtype=np.float64)
    total = float(weight.sum())
    numbers = policy.relocation
    row_of = {base.id: row for row, base in enumerate(places)}
    at = np.array([row_of.get(unit.base_id, -1) for unit in units], dtype=np.int64)
    cover = _cover(places, cells, policy, router)
    count = cover[at[at >= 0]].sum(axis=0, dtype=np.int64)
    q = numbers.busy_fraction
    before = after = covered(count, weight, q) / total if total > 0 else 0.0
    moves: list[Move] = []
    if units and places and total > 0:
        travel_m, travel_s = _travel(units, places, policy, router)
        # A base more, for those who cover nothing from where they belong.
        cover = np.vstack([cover, np.zeros((1, len(cells)), dtype=np.bool_)])
        at[at < 0] = len(places)
        may = (travel_s <= numbers.travel_max_s) & (at[:, None] != np.arange(len(places)))
        while len(moves) < numbers.moves_max:
            gains = np.empty((len(cover), len(cover)))
            _gains(cover, weight, count, q, gains)
            best = gains[at, :-1] / total
            best[~may] = -np.inf
            gain = float(best.max())
            if not gain > 0 or gain < numbers.gain_min:
                break
            ties = np.argwhere(best == gain)
            u, b = min(ties.tolist(), key=lambda tie: (float(travel_s[*tie]), tie))
            count += cover[b].astype(np.int64) - cover[at[u]].astype(np.int64)
            now = covered(count, weight, q) / total
            moves.append(
                Move(
                    unit_id=units[u].unit_id,
                    from_base=units[u].base_id,
                    to_base=places[b].id,
                    gain=gain,
                    covered_before=after,
                    covered_after=now,
                    travel_s=float(travel_s[u, b]),
                    travel_m=float(travel_m[u, b]),
                )
            )
            after = now
            at[u] = b
            may[u] = False
    return Relocation(
        moves=tuple(moves),
        covered_before=before,
        covered_after=after,
        basis=router.basis,
        idle=len(units),
        bases=len(places),
        cells=len(cells),
    )


def _cover(
    bases: Sequence[Base], cells: Sequence[str], policy: Policy, router: Router
) -> CoverArray:
    """(b, c) whether an ambulance that waits at the base is in the cell in time."""
    if not bases or not cells:
        return np.zeros((len(bases), len(cells)), dtype=np.bool_)
    units = policy.units
    moving_s = policy.relocation.within_s - units.order_s - units.ambulance_turnout_s
    centres = np.array([h3.cell_to_latlng(h3.str_to_int(cell)) for cell in cells])
    _, seconds = router.legs(_points(bases), centres, TransportMode.CAR, units.emergency_car_m_s)
    reached: CoverArray = seconds <= moving_s
    return reached


def _travel(
    units: Sequence[Idle], bases: Sequence[Base], policy: Policy, router: Router
) -> tuple[FloatArray, FloatArray]:
    """(u, b) metres and seconds from where each is, without lights."""
    speed_m_s = policy.travel.speed_m_s[TransportMode.CAR]
    return router.legs(_points(units), _points(bases), TransportMode.CAR, speed_m_s)


def _points(places: Sequence[Idle] | Sequence[Base]) -> FloatArray:
    return np.array([(place.latitude, place.longitude) for place in places])


def relocation_advice(
    snapshot: Snapshot, demand: Mapping[str, float], moment: Moment, policy: Policy
) -> Relocation:
    """Advice for the ambulances that are free now.

    They are available or returning, held by no incident, and of a station that is not closed. Bases
    are the emergency centres and first-aid stations that are not closed now, and the stations of
    the ambulances themselves.
    """
    ids = list(snapshot.stations)
    shut = {ids[row] for row in closed_of(snapshot.stations, moment).rows(range(len(ids)), ids)}
    idle = [
        Idle(record.id, record.station_id, record.latitude, record.longitude)
        for record in snapshot.units.records
        if record.kind is UnitKind.AMBULANCE
        and record.state in (UnitState.AVAILABLE, UnitState.RETURNING)
        and record.id not in snapshot.held.units
        and record.station_id not in shut
    ]
    own = {unit.base_id for unit in idle}
    bases = [
        Base(station.id, station.latitude, station.longitude)
        for station in snapshot.stations.values()
        if (station.tier in BASE_TIERS or station.id in own) and station.id not in shut
    ]
    return relocate(idle, bases, demand, policy, unit_router_of(snapshot, policy))
