"""What counts before anybody new is chosen: units, bystanders, those who were asked already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from shared.contracts.words import Task
from shared.decision.helpers import Helper
from shared.decision.model import Patient
from shared.decision.moment import Moment
from shared.decision.objective import Horizon, NobodyYet, Objective, Options, Score
from shared.decision.odds import arrived_by
from shared.decision.policy import Policy
from shared.decision.routing import FloatArray
from shared.decision.units import UnitPlan

HORIZON_WITHOUT_AMBULANCE_S = 1_800.0
"""How far expected times look when no ambulance bounds them."""


class Standing:
    """The sources of help of one incident, and the objective over them."""

    __slots__ = ("_policy", "_rows", "_taken", "_units", "helpers", "horizon", "states")

    def __init__(self, horizon: Horizon, states: FloatArray, policy: Policy) -> None:
        self.horizon = horizon
        self.states = states
        """P(channel works), P(it does not)."""
        self.helpers: list[Helper] = []
        self._policy = policy
        self._rows: dict[str, NobodyYet] = {}
        self._units = _nobody(horizon)
        self._taken = _nobody(horizon)

    @classmethod
    def of(
        cls, patient: Patient, moment: Moment, night: bool, policy: Policy, units: UnitPlan
    ) -> Standing:
        """Units and bystanders; commitments are added after."""
        elapsed_s = max(0.0, (moment.now - patient.call_at).total_seconds())
        ambulance_s = units.ambulance_eta_s
        ahead_s = HORIZON_WITHOUT_AMBULANCE_S if ambulance_s is None else 1.5 * ambulance_s
        end_s = elapsed_s + max(ahead_s, policy.target.shock_within_s)
        horizon = Horizon.of(elapsed_s, end_s, policy.target)
        p_works = moment.period(night).p_channel
        standing = cls(horizon, np.array([p_works, 1 - p_works]), policy)
        base = _nobody(horizon)
        if patient.bystander_cpr:
            base.cpr[:] *= 1 - policy.bystander.p_cpr_kept_up
        for arrival in units.arrivals:
            by = _unit_arrived(horizon, arrival.eta_s, 0.0, policy)
            base.cpr[:] *= 1 - by
            if arrival.defibrillates:
                by = _unit_arrived(horizon, arrival.eta_s, policy.units.aed_apply_s, policy)
                base.shock[:] *= 1 - by
        standing._units = base
        return standing

    def add(self, one: Helper) -> None:
        """Counts a commitment in force."""
        self.helpers.append(one)
        self._rows[one.commitment.rescuer_id] = self._row(one)

    def drop(self, rescuer_ids: Iterable[str]) -> None:
        """Counts these no longer."""
        gone = set(rescuer_ids)
        self.helpers = [h for h in self.helpers if h.commitment.rescuer_id not in gone]
        for rescuer_id in gone:
            self._rows.pop(rescuer_id, None)

    def active(self) -> int:
        """Those asked who count towards the floor; a guide does other work."""
        return sum(h.commitment.task is not Task.GUIDE for h in self.helpers)

    def has_guide(self) -> bool:
        """Whether somebody is already to meet the crew."""
        return any(h.commitment.task is Task.GUIDE for h in self.helpers)

    def _row(self, one: Helper) -> NobodyYet:
        return one.nobody_yet(self.horizon, self._policy.aed.apply_s)

    def base(self, without: frozenset[str] = frozenset()) -> NobodyYet:
        """P(nobody by t) of all that counts, but for those named."""
        nobody = self._units.and_(self._taken)
        for rescuer_id in sorted(self._rows):
            if rescuer_id not in without:
                nobody = nobody.and_(self._rows[rescuer_id])
        return nobody

    def objective(self, options: Options) -> Objective:
        """The objective over these options on top of all that counts."""
        return Objective(self._policy.target, self.horizon, self.states, self.base(), options)

    def take(self, objective: Objective, picks: Sequence[int]) -> None:
        """Counts the chosen options from now on."""
        index = list(picks)
        self._taken = NobodyYet(
            objective.options.cpr[:, index].prod(axis=1),
            objective.options.shock[:, index].prod(axis=1),
        )

    def score(self, without: frozenset[str] = frozenset()) -> Score:
        """The values of the objective of what counts."""
        none = Options.none(len(self.horizon.times))
        policy, horizon, states = self._policy, self.horizon, self.states
        return Objective(policy.target, horizon, states, self.base(without), none).score(())

    def shortfall_without(self, rescuer_ids: frozenset[str]) -> float:
        """The shortfall if these were gone."""
        return self.score(rescuer_ids).shortfall

    def score_with(self, one: Helper) -> Score:
        """The values if this one were added."""
        none = Options.none(len(self.horizon.times))
        base = self.base().and_(self._row(one))
        return Objective(self._policy.target, self.horizon, self.states, base, none).score(())


def _nobody(horizon: Horizon) -> NobodyYet:
    shape = (2, len(horizon.times))
    return NobodyYet(np.ones(shape), np.ones(shape))


def _unit_arrived(horizon: Horizon, eta_s: float, more_s: float, policy: Policy) -> FloatArray:
    """P(the unit is there by t); certain from its time on when it is there already."""
    at_s = horizon.elapsed_s + eta_s + more_s
    if eta_s <= 0:
        there: FloatArray = (horizon.times >= at_s).astype(np.float64)
        return there
    # The turnout varies, in proportion to the whole; its median is the estimate.
    by = arrived_by(
        horizon.times,
        np.array([horizon.elapsed_s + more_s]),
        np.array([eta_s]),
        np.array([policy.units.turnout_spread]),
    )[0]
    arrived: FloatArray = policy.units.p_arrive * by
    return arrived
