"""One replication under one policy: calls come, the production decision answers, time passes."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import Any, cast

from shared.contracts.words import AlertState
from shared.decision import Patient, Policy, decide
from shared.decision.moment import Moment
from shared.decision.routing import router_of
from shared.simulation.assumptions import DEFAULT, Assumptions, Twist
from shared.simulation.case import Case, Result
from shared.simulation.demand import YEAR_S, Demand, Incidents, drawn
from shared.simulation.events import Events, Turn
from shared.simulation.fleet import Fleet
from shared.simulation.keyed import Purpose, key_in
from shared.simulation.people import People
from shared.simulation.world import World

CHECK_EVERY_S = 30 * 86_400.0
"""AEDs are as well looked after as at the start: the dates of their checks move on with time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one replication simulates."""

    demand: Demand
    years: float
    seed: int
    replication: int
    assumptions: Assumptions = DEFAULT
    twist: Twist = field(default_factory=Twist)
    other_calls: bool = True

    def arrests(self) -> Incidents:
        """The arrests, the same under every policy."""
        per_year = self.demand.population * self.assumptions.arrests_per_100k / 1e5
        return drawn(
            self.demand, per_year, self.years, self.seed, self.replication,
            Purpose.INCIDENTS, self.assumptions,
        )  # fmt: skip

    def others(self) -> Incidents | None:
        """Calls that only take an ambulance."""
        per_year = self.demand.population * self.assumptions.other_calls_per_1000 / 1e3
        if not self.other_calls or per_year <= 0:
            return None
        return drawn(
            self.demand, per_year, self.years, self.seed, self.replication,
            Purpose.OTHER_CALLS, self.assumptions,
        )  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What a replication gave."""

    incidents: Incidents
    results: list[Result]
    """One for each arrest."""
    alerts_by_week: Counter[tuple[str, int]]
    """Alerts by rescuer and week."""
    rescuers: int
    weeks: float
    plans: int
    """Decisions made, for arrests and other calls."""
    queued: int
    """Calls of any kind for which no ambulance was free when they came."""


class Run:
    """The state of one replication."""

    def __init__(self, world: World, policy: Policy, plan: Plan) -> None:
        self.world = world
        self.policy = policy
        self.plan = plan
        self.assumptions = plan.assumptions
        self.twist = plan.twist
        self.key = key_in(plan.seed, plan.replication)
        self.snapshot = world.snapshot()
        self.held = cast(Any, self.snapshot.held)
        self._tired = cast(dict[str, int], self.snapshot.alerts_recent)
        self.router = router_of(world.router, policy.travel)
        self.events = Events()
        self.people = People(self)
        self.fleet = Fleet(self)
        self.plans = 0
        self.queued = 0
        self._missing: dict[str, float] = {}
        self._window: deque[tuple[float, str]] = deque()
        self._recent: Counter[str] = Counter()
        self._by_week: Counter[tuple[str, int]] = Counter()

    @property
    def now_s(self) -> float:
        """Seconds from the start."""
        return self.events.now_s

    @property
    def now(self) -> datetime:
        """The moment, as the decision reads it."""
        return self.world.start + timedelta(seconds=self.events.now_s)

    def run(self, progress: Any = None) -> Outcome:
        """Simulates all calls to their ends; ``progress`` is called with the share done."""
        incidents = self.plan.arrests()
        arrests = [
            self._case(number, incidents, number, arrest=True) for number in range(len(incidents))
        ]
        cases = list(arrests)
        others = self.plan.others()
        if others is not None:
            first = len(incidents)
            cases += [
                self._case(first + number, others, number, arrest=False)
                for number in range(len(others))
            ]
        for case in cases:
            self.events.at(case.called_s, Turn.CALL, self._call, case)
        end_s = self.plan.years * YEAR_S
        for month in range(1, int(end_s // CHECK_EVERY_S) + 1):
            self.events.at(month * CHECK_EVERY_S, Turn.UNIT, self._checked)
        if progress is not None:
            for step in range(1, 21):
                self.events.at(end_s * step / 20, Turn.CALL, progress, step / 20)
        self.events.run()
        return Outcome(
            incidents,
            [case.result for case in arrests],
            self._by_week,
            len(self.snapshot.rescuers),
            end_s / (7 * 86_400.0),
            self.plans,
            self.queued,
        )

    def _case(self, number: int, drawn_: Incidents, row: int, *, arrest: bool) -> Case:
        called_s = float(drawn_.at_s[row])
        bystander = bool(drawn_.bystander[row]) and arrest
        patient = Patient(
            latitude=float(drawn_.latitude[row]),
            longitude=float(drawn_.longitude[row]),
            call_at=self.world.start + timedelta(seconds=called_s),
            floor=int(drawn_.floor[row]),
            arrest_likelihood=1.0 if arrest else 0.05,
            conscious=None if arrest else True,
            bystander_cpr=bystander,
        )
        case = Case(
            number=number,
            key=key_in(self.key, number),
            arrest=arrest,
            called_s=called_s,
            patient=patient,
            at_home=bool(drawn_.at_home[row]),
        )
        if bystander:
            case.result.cpr_s = 0.0
        return case

    def is_night(self, case: Case) -> bool:
        """Whether the policy's night had begun when the call came, on the clocks there."""
        moment = Moment(case.patient.call_at, self.policy.response)
        return moment.is_night(self.world.time_zone)

    def _call(self, case: Case) -> None:
        if case.arrest:
            case.result.channel = self.people.channel_works(self.is_night(case))
        self._decide(case)
        if not case.ambulance_coming:
            self.queued += 1

    def again(self, case: Case) -> None:
        """Plans again, once for all that happens until then."""
        if case.over or case.replanning:
            return
        case.replanning = True
        earliest_s = case.planned_s + self.assumptions.plan_gap_s
        self.events.at(max(self.now_s, earliest_s), Turn.PLAN, self._decide, case)

    def at_once(self, case: Case) -> None:
        """Plans again at this instant, in the order of asking: a unit is free for who waits."""
        self.events.at(self.now_s, Turn.PLAN, self._decide, case)

    def _decide(self, case: Case) -> None:
        """The production decision, carried out as dispatch carries it out."""
        case.replanning = False
        if case.over:
            return
        self.fleet.tell()
        self._forget()
        now_s = case.planned_s = self.now_s
        self.plans += 1
        case.result.plans += 1
        own = self._own(case)
        for rescuer_id in own:
            self._tired.pop(rescuer_id, None)
        plan = decide(
            self.snapshot,
            case.patient,
            self.now,
            self.policy,
            case.commitments(now_s),
            case.told_orders(now_s),
        )
        for rescuer_id in own:
            self._tired[rescuer_id] = self._recent[rescuer_id]
        for gone in plan.stand_down:
            self.people.let_go(case, gone.rescuer_id)
        for choice in plan.retask:
            self.people.retask(case, choice)
        for choice in plan.rescuers:
            self.people.send(case, choice)
        waited = not case.ambulance_coming
        for unit in plan.units:
            self.fleet.order(case, unit)
        self._hold_aeds(case)
        if case.ambulance_coming:
            if case in self.fleet.waiting:
                self.fleet.waiting.remove(case)
            if waited:
                case.result.waited_s = now_s - case.called_s
        elif case not in self.fleet.waiting:
            self.fleet.waiting.append(case)

    def _hold_aeds(self, case: Case) -> None:
        """An AED is held by the incident while one of its rescuers fetches or has it."""
        if not case.arrest:
            return
        wanted = {
            p.aed_id for p in case.people.values() if p.active and p.aed_id is not None
        } | case.collected
        aeds = self.held.aeds
        for aed_id in [a for a, by in aeds.items() if by == case.id and a not in wanted]:
            del aeds[aed_id]
        for aed_id in wanted:
            aeds[aed_id] = case.id

    def hand_over(self, case: Case) -> None:
        """An ambulance crew is with the patient: rescuers and units on the way are let go."""
        case.over = True
        self.fleet.call_back(case)
        if case in self.fleet.waiting:
            self.fleet.waiting.remove(case)
        if not case.arrest:
            return
        after_s = self.now_s - case.called_s
        if case.result.departed_s > after_s:
            case.result.departed_s = inf  # let go before they had left
        for person in case.people.values():
            person.version += 1
            self.held.rescuers.pop(person.rescuer_id, None)
        for aed_id in case.collected:
            self.lose_aed(aed_id)
        self._hold_aeds_none(case)
        case.people = {}

    def _hold_aeds_none(self, case: Case) -> None:
        aeds = self.held.aeds
        for aed_id in [a for a, by in aeds.items() if by == case.id]:
            del aeds[aed_id]

    def lose_aed(self, aed_id: str) -> None:
        """Not found, or used: passed over for a day."""
        self._missing[aed_id] = self.now_s + self.assumptions.missing_s
        self._tell_missing()

    def _tell_missing(self) -> None:
        self.snapshot = replace(self.snapshot, missing_aeds=frozenset(self._missing))

    def alerted(self, rescuer_id: str) -> None:
        """Counts an alert against the rescuer's budget."""
        self._by_week[rescuer_id, int(self.now_s // (7 * 86_400.0))] += 1
        self._window.append((self.now_s, rescuer_id))
        self._recent[rescuer_id] += 1
        if self._recent[rescuer_id] >= self.policy.fatigue.max_alerts:
            self._tired[rescuer_id] = self._recent[rescuer_id]

    def _own(self, case: Case) -> list[str]:
        """Rescuers let go whose budget is used up by this incident's own alert: those are free."""
        most = self.policy.fatigue.max_alerts
        return [
            person.rescuer_id
            for person in case.people.values()
            if person.state is AlertState.STOOD_DOWN and self._recent[person.rescuer_id] == most
        ]

    def _forget(self) -> None:
        """Alerts beyond the fatigue window, and AEDs that are there again."""
        since_s = self.now_s - self.policy.fatigue.window_days * 86_400.0
        most = self.policy.fatigue.max_alerts
        while self._window and self._window[0][0] < since_s:
            rescuer_id = self._window.popleft()[1]
            self._recent[rescuer_id] -= 1
            if self._recent[rescuer_id] < most:
                self._tired.pop(rescuer_id, None)
        back = [aed_id for aed_id, until_s in self._missing.items() if until_s <= self.now_s]
        if back:
            for aed_id in back:
                del self._missing[aed_id]
            self._tell_missing()

    def _checked(self) -> None:
        for aed_id in list(self.snapshot.aeds):
            record = self.snapshot.aeds.get(aed_id)
            if record is not None and record.last_checked_at is not None:
                later = record.last_checked_at + timedelta(seconds=CHECK_EVERY_S)
                self.snapshot.aeds.put(record.model_copy(update={"last_checked_at": later}))


def simulate(world: World, policy: Policy, plan: Plan, progress: Any = None) -> Outcome:
    """One replication of a world under a policy; the same inputs, the same outcome."""
    return Run(world, policy, plan).run(progress)
