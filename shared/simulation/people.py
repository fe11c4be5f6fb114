"""Rescuers: whether and when they answer, leave, fetch an AED and arrive.

Everything is drawn from the responder model of the policy itself: the answer given the state of the
channel (which many share, by hour), the turnout, P(arrive | accept), whether an AED can be used.
"""

from __future__ import annotations

from datetime import timedelta
from math import exp, inf
from typing import TYPE_CHECKING

from shared.contracts.words import AlertState, Task
from shared.decision import RescuerChoice
from shared.decision.candidates import whereabouts
from shared.decision.moment import Moment
from shared.decision.responder_odds import works_given
from shared.decision.ways import points, vertical_s
from shared.simulation.case import Case, Person, Point
from shared.simulation.events import Turn
from shared.simulation.keyed import Purpose, key_in, key_of, lognormal, normal, uniform

if TYPE_CHECKING:
    from shared.simulation.run import Run

MOST_P = 0.98
"""The channel never fails for sure, nor works for sure, however the world is twisted."""


class People:
    """All rescuers of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._keys: dict[str, int] = {}
        self._works_given = getattr(works_given, "py_func", works_given)

    def channel_works(self, night: bool) -> bool:
        """Whether alerts come through in this hour; one draw for everybody."""
        run = self._run
        hour = int(run.now_s // 3_600)
        key = key_in(run.key, hour)
        return uniform(key, Purpose.CHANNEL) < self._p_channel(night)

    def _p_channel(self, night: bool) -> float:
        response = self._run.policy.response
        period = response.night if night else response.day
        fails = (1.0 - period.p_channel) * self._run.twist.correlation
        return 1.0 - min(fails, MOST_P)

    def send(self, case: Case, choice: RescuerChoice) -> None:
        """Alerts somebody, and draws what they will answer."""
        run, now_s = self._run, self._run.now_s
        rescuer_id = choice.rescuer_id
        if rescuer_id not in self._keys:
            self._keys[rescuer_id] = key_of(rescuer_id)
        key = key_in(case.key, self._keys[rescuer_id])
        person = Person(
            rescuer_id=rescuer_id,
            key=key,
            task=choice.task,
            aed_id=choice.aed_id,
            p_aed=choice.p_aed or 0.0,
            sent_s=now_s,
            sent_at=run.now,
            eta_at=run.now + timedelta(seconds=choice.eta_cpr_s),
            mode=choice.mode,
        )
        case.people[rescuer_id] = person
        case.result.alerts += 1
        run.alerted(rescuer_id)
        case.result.alert_s = min(case.result.alert_s, now_s - case.called_s)
        run.held.rescuers[rescuer_id] = case.id
        response, most_s = run.policy.response, run.policy.activation.answer_within_s
        slow = exp(run.assumptions.answer_spread * normal(key, Purpose.ANSWER))
        answer_s = min(response.delivery_s + response.answer_s * slow, most_s - 1.0)
        # Whole seconds: what comes within one second is planned for once.
        answers_s = now_s + float(round(answer_s))
        works = case.result.channel
        if uniform(key, Purpose.ACCEPT) < self._p_accept(case, choice.p_accept, works):
            person.comes = uniform(key, Purpose.ARRIVE) < choice.p_arrive
            run.events.at(answers_s, Turn.PERSON, self._accept, case, person)
        elif works and uniform(key, Purpose.DECLINE) < run.assumptions.decline_share:
            run.events.at(answers_s, Turn.PERSON, self._out, case, person, AlertState.DECLINED)
        else:
            run.events.at(now_s + most_s, Turn.PERSON, self._out, case, person,
                          AlertState.TIMED_OUT)  # fmt: skip

    def _p_accept(self, case: Case, believed: float, works: bool) -> float:
        """P(accept | the state of the channel), whose mean is the marginal of the policy."""
        night = self._run.is_night(case)
        response = self._run.policy.response
        factor = (response.night if night else response.day).p_accept_factor
        p = min(1.0, believed * self._run.twist.acceptance)
        given = float(self._works_given(p, self._p_channel(night), factor))
        return given if works else factor * given

    def retask(self, case: Case, choice: RescuerChoice) -> None:
        """Another task for somebody who was asked."""
        person = case.people[choice.rescuer_id]
        here = person.place(self._run.now_s)
        person.task, person.aed_id = choice.task, choice.aed_id
        person.p_aed = choice.p_aed or 0.0
        if person.state is AlertState.ACCEPTED and here is not None and person.comes:
            self._set_out(case, person, here, max(self._run.now_s, person.left_s))

    def let_go(self, case: Case, rescuer_id: str) -> None:
        """Stands somebody down."""
        person = case.people[rescuer_id]
        if person.active:
            self._end(person, AlertState.STOOD_DOWN)

    def _end(self, person: Person, state: AlertState) -> None:
        person.state, person.state_at = state, self._run.now
        person.version += 1
        self._run.held.rescuers.pop(person.rescuer_id, None)

    def _out(self, case: Case, person: Person, state: AlertState) -> None:
        """Declined, timed out or withdrawn."""
        if case.over or not person.active or person.state in (
            AlertState.ARRIVED, AlertState.AED_COLLECTED,
        ):  # fmt: skip
            return
        if state is not AlertState.WITHDRAWN and not person.pending:
            return
        self._end(person, state)
        self._run.again(case)

    def _accept(self, case: Case, person: Person) -> None:
        run, now_s = self._run, self._run.now_s
        if case.over or not person.pending:
            return
        person.state, person.state_at = AlertState.ACCEPTED, run.now
        person.accepted_s = now_s
        result = case.result
        result.accepted += 1
        result.accepted_s = min(result.accepted_s, now_s - case.called_s)
        policy = run.policy
        period = policy.response.night if run.is_night(case) else policy.response.day
        turnout_s = lognormal(
            person.key, Purpose.TURNOUT, period.turnout_median_s, policy.response.turnout_spread
        )
        run.events.at(
            now_s + policy.activation.no_movement_s, Turn.PERSON, self._stalled, case, person
        )
        here = self._believed(person)
        if here is not None:
            person.start = person.end = here
        if person.comes and here is not None:
            person.left_s = now_s + turnout_s
            result.departed_s = min(result.departed_s, person.left_s - case.called_s)
            self._set_out(case, person, here, person.left_s)
        elif uniform(person.key, Purpose.HOW_IT_FAILS) < run.assumptions.withdraw_share:
            run.events.at(
                now_s + turnout_s, Turn.PERSON, self._out, case, person, AlertState.WITHDRAWN
            )
        run.again(case)

    def _believed(self, person: Person) -> Point | None:
        """Where they are: at their usual place of this hour (a doubt about it is in P(arrive))."""
        run = self._run
        entry = run.snapshot.rescuers.get(person.rescuer_id)
        if entry is None:
            return None
        where = whereabouts(entry, Moment(run.now, run.policy.response), run.policy.places)
        return None if where is None else (where.place.latitude, where.place.longitude)

    def _stalled(self, case: Case, person: Person) -> None:
        if case.over or person.state is not AlertState.ACCEPTED:
            return
        if self._run.now_s < person.left_s:
            person.stalled, person.state_at = True, self._run.now
            self._run.again(case)

    def _set_out(self, case: Case, person: Person, here: Point, begins_s: float) -> None:
        """The next leg of an accepted task: to the AED, or to the patient."""
        run = self._run
        person.version += 1
        travel = run.policy.travel
        aed = None if person.aed_id is None else run.snapshot.aeds.get(person.aed_id)
        fetches = person.task is Task.VIA_AED and aed is not None and person.collected_s == inf
        goal = (aed.latitude, aed.longitude) if fetches and aed is not None else case.point
        _, seconds = run.router.legs(
            points([here]), points([goal]), person.mode, travel.speed_m_s[person.mode]
        )
        way_s = float(seconds[0, 0])
        if way_s == inf:
            return
        person.start, person.end = here, goal
        person.begins_s, person.ends_s = begins_s, begins_s + way_s
        if fetches and aed is not None:
            stay_s = run.policy.aed.pick_up_s + 2 * vertical_s(aed.floor, travel)
            run.events.at(
                person.ends_s + stay_s, Turn.PERSON, self._at_aed, case, person, person.version
            )
        else:
            up_s = 0.0 if person.task is Task.GUIDE else vertical_s(case.patient.floor, travel)
            run.events.at(
                person.ends_s + up_s, Turn.PERSON, self._arrive, case, person, person.version
            )

    def _at_aed(self, case: Case, person: Person, version: int) -> None:
        run = self._run
        if case.over or person.version != version:
            return
        aed_id = person.aed_id
        assert aed_id is not None
        assert person.end is not None
        if aed_id not in case.collected and self._usable(aed_id, person.p_aed):
            person.state, person.state_at = AlertState.AED_COLLECTED, run.now
            person.collected_s = run.now_s
            case.collected.add(aed_id)
            case.result.collected_s = min(case.result.collected_s, run.now_s - case.called_s)
        else:
            if aed_id not in case.collected:
                run.lose_aed(aed_id)
            person.task, person.aed_id = Task.DIRECT, None
        self._set_out(case, person, person.end, run.now_s)
        run.again(case)

    def _usable(self, aed_id: str, p: float) -> bool:
        """Whether it is there and works: what is broken stays so for a while."""
        run = self._run
        period = int(run.now_s // (run.assumptions.aed_state_days * 86_400.0))
        return uniform(key_in(run.key, key_of(aed_id), period), Purpose.AED) < p

    def _arrive(self, case: Case, person: Person, version: int) -> None:
        run = self._run
        if case.over or person.version != version or not person.active:
            return
        person.state, person.state_at = AlertState.ARRIVED, run.now
        person.arrived_s = run.now_s
        if person.task is not Task.GUIDE:
            result, after_s = case.result, run.now_s - case.called_s
            result.arrived += 1
            result.redundant += result.arrived >= run.assumptions.redundant_from
            result.rescuer_s = min(result.rescuer_s, after_s)
            result.cpr_s = min(result.cpr_s, after_s)
            if person.collected_s < inf:
                result.shock_s = min(result.shock_s, after_s + run.policy.aed.apply_s)
        run.again(case)
