"""What counts before anybody new is chosen: units, bystanders, those who were asked already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shared.compiled import leaf
from shared.contracts.words import Task
from shared.decision.helpers import Helper
from shared.decision.model import Patient
from shared.decision.numbers import Record
from shared.decision.objective import NobodyYet, Score, score_of
from shared.decision.policy import Policy
from shared.decision.solve import POINTS, arrived, lognormal_table, times_of
from shared.decision.units import UnitPlan

Floats = npt.NDArray[np.float64]

HORIZON_WITHOUT_AMBULANCE_S = 1_800.0
"""How far expected times look when no ambulance bounds them."""

table_of = lru_cache(maxsize=32)(lognormal_table)
"""The log-normal's table of a spread."""


def horizon_end_s(elapsed_s: float, ambulance_s: float | None, policy: Policy) -> float:
    """Until when expected times look, seconds from the call: the ambulance is long there."""
    ahead_s = HORIZON_WITHOUT_AMBULANCE_S if ambulance_s is None else 1.5 * ambulance_s
    return elapsed_s + max(ahead_s, policy.target.shock_within_s)


@leaf
def fill_units_by(
    times: Floats,
    elapsed_s: float,
    arrivals: Floats,
    p_arrive: float,
    apply_s: float,
    kept_up: float,
    table: Floats,
    cpr: Floats,
    shock: Floats,
) -> None:
    """Fills (2, t) P(nobody by t) and P(no shock by t) of units and bystanders alone.

    ``arrivals`` is (n, 2): median from now (there when not positive), and whether it can shock.
    ``kept_up`` is P(bystanders keep up CPR), 0 without any.
    """
    for s in range(2):
        for t in range(len(times)):
            cpr[s, t] = 1.0 - kept_up
            shock[s, t] = 1.0
    for u in range(len(arrivals)):
        eta_s = arrivals[u, 0]
        for t in range(len(times)):
            after_s = times[t] - elapsed_s
            late_s = after_s - apply_s
            if eta_s <= 0.0:
                by = 1.0 if after_s >= eta_s else 0.0
                lit = 1.0 if late_s >= eta_s else 0.0
            else:
                # The turnout varies, in proportion to the whole; its median is the estimate.
                by = p_arrive * arrived(after_s, eta_s, table)
                lit = p_arrive * arrived(late_s, eta_s, table)
            for s in range(2):
                cpr[s, t] *= 1.0 - by
                if arrivals[u, 1] > 0.0:
                    shock[s, t] *= 1.0 - lit


def units_by(
    times: Floats,
    elapsed_s: float,
    arrivals: Floats,
    p_arrive: float,
    apply_s: float,
    kept_up: float,
    table: Floats,
) -> tuple[Floats, Floats]:
    """What :func:`fill_units_by` tells, in arrays of their own."""
    cpr, shock = np.empty((2, len(times))), np.empty((2, len(times)))
    fill_units_by(times, elapsed_s, arrivals, p_arrive, apply_s, kept_up, table, cpr, shock)
    return cpr, shock


class Standing:
    """The sources of help of one incident, and the objective's values over them."""

    __slots__ = (
        "_policy",
        "_rows",
        "_units",
        "elapsed_s",
        "end_s",
        "helpers",
        "states",
        "times",
        "weights",
    )

    def __init__(self, question: Record, record: Record, p_works: float, policy: Policy) -> None:
        self.times, self.weights = times_of(question, record)
        self.elapsed_s = float(question["elapsed_s"][0])
        self.end_s = float(question["end_s"][0])
        self.states = np.array([p_works, 1 - p_works])
        """P(channel works), P(it does not)."""
        self.helpers: list[Helper] = []
        self._policy = policy
        self._rows: dict[str, tuple[Floats, Floats]] = {}
        ones = np.ones((2, len(self.times)))
        self._units = (ones, ones)

    @classmethod
    def ready(
        cls,
        times: Floats,
        weights: Floats,
        states: Floats,
        units: tuple[Floats, Floats],
        question: Record,
        policy: Policy,
    ) -> Standing:
        """One whose times and units are known; nobody was asked yet."""
        standing = cls.__new__(cls)
        standing.times, standing.weights, standing.states = times, weights, states
        standing.elapsed_s = float(question["elapsed_s"][0])
        standing.end_s = float(question["end_s"][0])
        standing.helpers = []
        standing._policy = policy
        standing._rows = {}
        standing._units = units
        return standing

    def count_units(self, patient: Patient, units: UnitPlan) -> None:
        """Counts who comes by unit, and bystanders; commitments are added after."""
        policy = self._policy
        arrivals = np.array(
            [(a.eta_s, a.defibrillates) for a in units.arrivals], dtype=np.float64
        ).reshape(-1, 2)
        self._units = units_by(
            self.times,
            self.elapsed_s,
            arrivals,
            policy.units.p_arrive,
            policy.units.aed_apply_s,
            policy.bystander.p_cpr_kept_up if patient.bystander_cpr else 0.0,
            table_of(policy.units.turnout_spread),
        )

    @property
    def by_units(self) -> tuple[Floats, Floats]:
        """(2, t) P(nobody by t) and P(no shock by t) of units and bystanders alone."""
        return self._units

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

    def active(self, *tasks: Task) -> int:
        """Those asked with these tasks; by default those who count towards the floor."""
        wanted = tasks or (Task.DIRECT, Task.VIA_AED)
        return sum(h.commitment.task in wanted for h in self.helpers)

    def has_guide(self) -> bool:
        """Whether somebody is already to meet the crew."""
        return any(h.commitment.task is Task.GUIDE for h in self.helpers)

    def _row(self, one: Helper) -> tuple[Floats, Floats]:
        apply_s = self._policy.aed.apply_s
        return one.there_by(self.times, self.elapsed_s, apply_s, table_of(one.spread))

    def base(
        self,
        aeds: Mapping[str, int],
        without: frozenset[str] = frozenset(),
        also: Helper | None = None,
    ) -> NobodyYet:
        """P(nobody by t) of all that counts, but for those named, and of one more.

        ``aeds`` are the AEDs considered, by id: what their carriers bring is kept apart, because
        further carriers share with them whether the AED can be used.
        """
        cpr, shock = self._units[0].copy(), self._units[1].copy()
        carried = np.ones((len(aeds), *cpr.shape))
        others: dict[str, tuple[float, Floats]] = {}
        rows = [(h, self._rows[h.commitment.rescuer_id]) for h in self.helpers]
        if also is not None:
            rows.append((also, self._row(also)))
        for one, (there, lit) in sorted(rows, key=lambda row: row[0].commitment.rescuer_id):
            rescuer_id = one.commitment.rescuer_id
            if rescuer_id in without:
                continue
            cpr *= 1.0 - there
            if one.p_aed <= 0.0:
                continue
            aed_id = one.shared_aed
            if aed_id is not None and aed_id in aeds:
                carried[aeds[aed_id]] *= 1.0 - lit
            elif aed_id is not None:
                p, nobody = others.get(aed_id, (one.p_aed, np.ones_like(cpr)))
                others[aed_id] = (p, nobody * (1.0 - lit))
            else:
                shock *= 1.0 - one.p_aed * lit
        for p, nobody in others.values():
            shock *= 1.0 - p + p * nobody
        return NobodyYet(cpr, shock, carried)

    def score(self, without: frozenset[str] = frozenset(), also: Helper | None = None) -> Score:
        """The values of the objective of what counts."""
        base = self.base({}, without, also)
        return self.score_of(base.cpr, base.shock)

    def score_of(self, no_cpr: Floats, no_shock: Floats) -> Score:
        """The values of the objective of (2, t) P(nobody by t) and P(no shock by t)."""
        return score_of(
            no_cpr, no_shock, self.weights, self.states, self.elapsed_s, 0, self._policy.target
        )

    def shortfall_without(self, rescuer_ids: frozenset[str]) -> float:
        """The shortfall if these were gone."""
        return self.score(rescuer_ids).shortfall

    def score_with(self, one: Helper) -> Score:
        """The values if this one were added."""
        return self.score(also=one)


def at_targets(base: NobodyYet, states: Floats) -> tuple[Floats, Floats, Floats]:
    """What ``assign`` takes of a base: at t₁ and t₂, weighted by the states of the channel."""
    return (
        states * base.cpr[:, POINTS],
        states * base.shock[:, POINTS + 1],
        np.ascontiguousarray(base.carried[:, :, POINTS + 1]),
    )


def picked(values: Sequence[int]) -> npt.NDArray[np.int64]:
    """Indexes as compiled code takes them."""
    return np.array(list(values), dtype=np.int64)
