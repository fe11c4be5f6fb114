"""Units: busy, on the way home, free again; which hospital; and who waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from shared.contracts.words import OrderState, TransportMode, UnitKind, UnitState
from shared.decision import UnitChoice
from shared.decision.units import defibrillates, unit_router_of, unit_speed_m_s
from shared.decision.ways import points
from shared.simulation.case import Case, Ordered, Point, between
from shared.simulation.events import Turn
from shared.simulation.keyed import Purpose, key_in, key_of, lognormal, uniform

if TYPE_CHECKING:
    from shared.simulation.run import Run

REFRESH_S = 20.0
"""Units on their way home tell their place so often."""


@dataclass(slots=True)
class Way:
    """A unit's way home."""

    start: Point
    begins_s: float
    ends_s: float


class Fleet:
    """All units of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._units = run.snapshot.units
        self._bases = {
            record.id: (record.latitude, record.longitude) for record in run.world.known.units
        }
        self._home: dict[str, Way] = {}
        self._told_s = -1e9
        self._router = unit_router_of(run.snapshot, run.policy)
        self._keys = {unit_id: key_of(unit_id) for unit_id in self._bases}
        self.waiting: list[Case] = []
        """Cases without an ambulance, first come first served."""

    def tell(self) -> None:
        """Brings the index up to date about units on their way home."""
        now_s = self._run.now_s
        if now_s - self._told_s < REFRESH_S:
            return
        self._told_s = now_s
        for unit_id, way in list(self._home.items()):
            if unit_id in self._run.held.units:
                continue
            if now_s >= way.ends_s:
                self._put(unit_id, UnitState.AVAILABLE, self._bases[unit_id])
                del self._home[unit_id]
            else:
                self._put(unit_id, UnitState.RETURNING, self._place(unit_id))

    def order(self, case: Case, choice: UnitChoice) -> None:
        """Sends a unit."""
        run, now_s = self._run, self._run.now_s
        record = self._units.get(choice.unit_id)
        assert record is not None
        units = run.policy.units
        place = self._place(choice.unit_id)
        returning = choice.unit_id in self._home
        self._home.pop(choice.unit_id, None)
        run.held.units[choice.unit_id] = case.id
        key = key_in(case.key, self._keys[choice.unit_id])
        turnout_s = units.ambulance_turnout_s
        if choice.kind is not UnitKind.AMBULANCE:
            turnout_s = units.health_team_turnout_s
        if returning:
            turnout_s = units.returning_turnout_s
        eta_s = lognormal(key, Purpose.UNIT_DELAY, max(choice.eta_s, 1.0), units.turnout_spread)
        moves_s = min(units.order_s + turnout_s, eta_s)
        one = Ordered(
            unit_id=choice.unit_id,
            kind=choice.kind,
            advanced="als" in record.capabilities,
            defibrillates=defibrillates(record.kind, record.capabilities),
            start=place,
            ordered_s=now_s,
            at=run.now,
            moves_s=now_s + moves_s,
            arrives_s=now_s + eta_s,
        )
        case.orders[choice.unit_id] = one
        if uniform(key, Purpose.UNIT_COMES) < units.p_arrive:
            run.events.at(one.arrives_s, Turn.UNIT, self._arrive, case, one)
        else:
            within_s = run.assumptions.acknowledge_within_s
            run.events.at(now_s + within_s, Turn.UNIT, self._escalate, case, one)

    def _escalate(self, case: Case, one: Ordered) -> None:
        if one.state is not OrderState.NOTIFIED:
            return
        one.state, one.at = OrderState.ESCALATED, self._run.now
        self._free(one.unit_id, one.place(self._run.now_s, case.point))
        self._run.again(case)

    def _arrive(self, case: Case, one: Ordered) -> None:
        if one.state is not OrderState.NOTIFIED:
            return
        run, now_s = self._run, self._run.now_s
        one.state, one.at = OrderState.AT_PATIENT, run.now
        after_s = now_s - case.called_s
        result = case.result
        if one.advanced:
            result.als_s = min(result.als_s, after_s)
        result.cpr_s = min(result.cpr_s, after_s)
        if one.defibrillates:
            result.shock_s = min(result.shock_s, after_s + run.policy.units.aed_apply_s)
        if one.kind is UnitKind.HEALTH_TEAM:
            result.team_s = min(result.team_s, after_s)
            stays_s = run.assumptions.team_stays_s
            run.events.at(now_s + stays_s, Turn.UNIT, self._leave, one, case.point)
            if not case.over:
                run.again(case)
            return
        first = not case.over
        result.ambulance_s = min(result.ambulance_s, after_s)
        self._treat(case, one, transports=first)
        if first:
            run.hand_over(case)

    def _treat(self, case: Case, one: Ordered, *, transports: bool) -> None:
        """On scene, perhaps to the nearest hospital, then free there."""
        run, busy = self._run, self._run.policy.units.busy
        spread = run.assumptions.on_scene_spread
        end_s = run.now_s + lognormal(case.key, Purpose.ON_SCENE, busy.on_scene_s, spread)
        place = case.point
        taken = transports and uniform(case.key, Purpose.TRANSPORT) < busy.p_transport
        if taken and len(run.world.hospitals):
            speed = unit_speed_m_s(TransportMode.CAR, run.policy)
            _, seconds = self._router.legs(
                points([place]), run.world.hospitals, TransportMode.CAR, speed
            )
            nearest = int(np.argmin(seconds[0]))
            drive_s = float(seconds[0, nearest])
            if np.isfinite(drive_s):
                case.result.hospital = run.world.hospital_ids[nearest]
                place = (
                    float(run.world.hospitals[nearest, 0]),
                    float(run.world.hospitals[nearest, 1]),
                )
                stay_s = lognormal(case.key, Purpose.AT_HOSPITAL, busy.at_hospital_s, spread)
                end_s += drive_s + stay_s
        run.events.at(end_s, Turn.UNIT, self._leave, one, place)

    def call_back(self, case: Case) -> None:
        """Whoever is on the way is no longer needed, but a crew keeps advanced life support."""
        there = any(o.advanced and o.state is OrderState.AT_PATIENT for o in case.orders.values())
        for one in case.orders.values():
            keeps = one.advanced and one.kind is UnitKind.AMBULANCE and case.arrest and not there
            if one.state is OrderState.NOTIFIED and not keeps:
                one.state, one.at = OrderState.CANCELLED, self._run.now
                self._free(one.unit_id, one.place(self._run.now_s, case.point))

    def _leave(self, one: Ordered, place: Point) -> None:
        one.state = OrderState.FREE
        self._free(one.unit_id, place)

    def _free(self, unit_id: str, place: Point) -> None:
        """Free at a place, and on the way home, unless somebody waits."""
        run, now_s = self._run, self._run.now_s
        del run.held.units[unit_id]
        record = self._units.get(unit_id)
        assert record is not None
        travel = run.policy.travel
        speed = travel.speed_m_s[record.mode]
        _, seconds = self._router.legs(
            points([place]), points([self._bases[unit_id]]), record.mode, speed
        )
        drive_s = float(seconds[0, 0])
        if not np.isfinite(drive_s):
            drive_s = 0.0
        self._home[unit_id] = Way(place, now_s, now_s + drive_s)
        self._put(unit_id, UnitState.RETURNING, place)
        if record.kind is UnitKind.AMBULANCE:
            for case in list(self.waiting):
                run.at_once(case)

    def _place(self, unit_id: str) -> Point:
        way = self._home.get(unit_id)
        base: Point = self._bases[unit_id]
        if way is None:
            return base
        whole_s = way.ends_s - way.begins_s
        if whole_s <= 0:
            return base
        return between(way.start, base, min(1.0, (self._run.now_s - way.begins_s) / whole_s))

    def _put(self, unit_id: str, state: UnitState, place: Point) -> None:
        record = self._units.get(unit_id)
        assert record is not None
        at = self._run.world.start + timedelta(seconds=self._run.now_s)
        changes = {
            "state": state, "latitude": place[0], "longitude": place[1], "state_at": at,
        }  # fmt: skip
        self._units.put(record.model_copy(update=changes))
