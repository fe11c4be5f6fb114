"""One simulated incident: who was asked, what was ordered, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from shared.contracts.words import AlertState, OrderState, Task, TransportMode, UnitKind
from shared.decision import Commitment, Order, Patient
from shared.decision.helpers import OUT, PENDING

Point = tuple[float, float]
"""WGS-84 latitude and longitude."""


@dataclass(slots=True)
class Person:
    """A rescuer who was asked, and what they do about it."""

    rescuer_id: str
    key: int
    task: Task
    aed_id: str | None
    p_aed: float
    sent_s: float
    sent_at: datetime
    eta_at: datetime
    mode: TransportMode
    state: AlertState = AlertState.SENT
    state_at: datetime | None = None
    stalled: bool = False
    start: Point | None = None
    """Where the present leg began, once accepted."""
    end: Point | None = None
    begins_s: float = inf
    """When it begins; the turnout is before it."""
    ends_s: float = inf
    version: int = 0
    """Counts changes of task: what was planned for an earlier one does not happen."""
    comes: bool = False
    accepted_s: float = inf
    left_s: float = inf
    collected_s: float = inf
    arrived_s: float = inf

    @property
    def active(self) -> bool:
        """Whether help may still come of it."""
        return self.state not in OUT

    @property
    def pending(self) -> bool:
        """Whether the answer is still out."""
        return self.state in PENDING

    def place(self, now_s: float) -> Point | None:
        """Where an accepted rescuer is: on the straight line of the present leg."""
        if self.start is None or self.end is None or now_s <= self.begins_s:
            return self.start
        if now_s >= self.ends_s:
            return self.end
        return between(
            self.start, self.end, (now_s - self.begins_s) / (self.ends_s - self.begins_s)
        )

    def commitment(self, now_s: float) -> Commitment:
        """As dispatch tells the decision."""
        accepted = self.state in (AlertState.ACCEPTED, AlertState.AED_COLLECTED, AlertState.ARRIVED)
        place = self.place(now_s) if accepted else None
        moving = True if now_s >= self.left_s else (False if self.stalled else None)
        without = self.state is AlertState.ARRIVED and self.collected_s == inf
        return Commitment(
            rescuer_id=self.rescuer_id,
            task=Task.DIRECT if without and self.task is Task.VIA_AED else self.task,
            state=self.state,
            sent_at=self.sent_at,
            aed_id=None if without else self.aed_id,
            state_at=self.state_at,
            latitude=None if place is None else place[0],
            longitude=None if place is None else place[1],
            eta_at=self.eta_at,
            moving=moving if accepted else None,
        )


@dataclass(slots=True)
class Ordered:
    """A unit on its way to the patient, or there."""

    unit_id: str
    kind: UnitKind
    advanced: bool
    defibrillates: bool
    start: Point
    ordered_s: float
    at: datetime
    moves_s: float
    arrives_s: float
    state: OrderState = OrderState.NOTIFIED

    @property
    def coming(self) -> bool:
        """Whether it is on its way."""
        return self.state in (OrderState.NOTIFIED, OrderState.MOBILE)

    def place(self, now_s: float, patient: Point) -> Point:
        """Where it is, on the straight line to the patient."""
        if now_s <= self.moves_s:
            return self.start
        whole = max(self.arrives_s - self.moves_s, 1e-9)
        return between(self.start, patient, min(1.0, (now_s - self.moves_s) / whole))


def between(a: Point, b: Point, share: float) -> Point:
    """A point on the straight line in degrees (ways of some kilometres)."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)


@dataclass(slots=True)
class Result:
    """What became of an arrest; seconds from the call, ``inf`` for what never happened."""

    cpr_s: float = inf
    shock_s: float = inf
    als_s: float = inf
    ambulance_s: float = inf
    team_s: float = inf
    alert_s: float = inf
    accepted_s: float = inf
    departed_s: float = inf
    collected_s: float = inf
    rescuer_s: float = inf
    """The first rescuer at the patient; guides are not counted."""
    waited_s: float = 0.0
    """For an ambulance to be ordered."""
    alerts: int = 0
    accepted: int = 0
    arrived: int = 0
    redundant: int = 0
    plans: int = 0
    hospital: str | None = None
    channel: bool = True


@dataclass(slots=True)
class Case:
    """An incident: an arrest, or another call that only takes an ambulance."""

    number: int
    key: int
    arrest: bool
    called_s: float
    patient: Patient
    at_home: bool
    people: dict[str, Person] = field(default_factory=dict)
    orders: dict[str, Ordered] = field(default_factory=dict)
    collected: set[str] = field(default_factory=set)
    replanning: bool = False
    planned_s: float = -inf
    """When it was planned last."""
    over: bool = False
    """An ambulance is at the patient."""
    result: Result = field(default_factory=Result)

    @property
    def id(self) -> str:
        """As claims name it."""
        return f"sim-{self.number}"

    @property
    def point(self) -> Point:
        """Where the patient is."""
        return (self.patient.latitude, self.patient.longitude)

    def commitments(self, now_s: float) -> list[Commitment]:
        """Everybody who was asked."""
        return [person.commitment(now_s) for _, person in sorted(self.people.items())]

    def told_orders(self, now_s: float) -> list[Order]:
        """What was ordered, and how far it is."""
        told = []
        for unit_id, one in sorted(self.orders.items()):
            state = one.state
            place: Point | None = None
            if state is OrderState.NOTIFIED and now_s >= one.moves_s:
                state, place = OrderState.MOBILE, one.place(now_s, self.point)
            told.append(
                Order(
                    unit_id=unit_id,
                    kind=one.kind,
                    state=state,
                    at=one.at,
                    latitude=None if place is None else place[0],
                    longitude=None if place is None else place[1],
                )
            )
        return told

    @property
    def ambulance_coming(self) -> bool:
        """Whether one is ordered, or there."""
        return any(
            o.kind is UnitKind.AMBULANCE and (o.coming or o.state is OrderState.AT_PATIENT)
            for o in self.orders.values()
        )
