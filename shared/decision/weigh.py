"""What everybody around could do: ways, odds and options, and the assignment over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.decision.around import Around
from shared.decision.assign import assign
from shared.decision.model import Patient
from shared.decision.numbers import Record, numbers_of
from shared.decision.objective import NobodyYet, Objective, Score, nobody_by
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot
from shared.decision.solve import weigh_on_grid, weigh_ways
from shared.decision.standing import Standing, at_targets, picked, table_of
from shared.decision.ways import Ways
from shared.decision.weighed import Pick, Weighed

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


class Weighing:
    """The candidates with their ways and options; after ``assign`` or ``take``, with picks."""

    __slots__ = (
        "_around",
        "aeds",
        "at_aed_s",
        "base",
        "options",
        "people",
        "picks",
        "policy",
        "question",
        "record",
        "shortfall",
        "standing",
        "table",
        "via_s",
        "ways",
        "without",
    )

    def __init__(
        self,
        around: Around,
        ways: Ways,
        people: Array,
        solved: tuple[Any, ...],
        standing: Standing,
        policy: Policy,
        question: Record,
    ) -> None:
        self._around = around
        self.aeds = around.aeds[: around.close]
        self.ways = ways
        self.people = people
        """(n,) ``solve.PERSON``."""
        self.options, self.at_aed_s, self.via_s = solved
        self.policy = policy
        self.question = question
        self.record = numbers_of(policy).record
        self.table = table_of(policy.response.turnout_spread)
        self.picks: npt.NDArray[np.int64] = picked(())
        """Indexes of the chosen options, the most important first."""
        self.without: Floats = np.zeros(0)
        """The shortfall without each of them."""
        self.shortfall = 0.0
        self.rebase(standing)

    @classmethod
    def ready(
        cls,
        around: Around,
        ways: Ways,
        people: Array,
        solved: tuple[Any, ...],
        standing: Standing,
        policy: Policy,
        question: Record,
        base: NobodyYet,
        picks: npt.NDArray[np.int64],
        without: Floats,
        shortfall: float,
    ) -> Weighing:
        """One that is assigned already."""
        weighing = cls.__new__(cls)
        weighing._around = around
        weighing.aeds = around.aeds[: around.close]
        weighing.ways, weighing.people = ways, people
        weighing.options, weighing.at_aed_s, weighing.via_s = solved
        weighing.policy, weighing.question = policy, question
        weighing.record = numbers_of(policy).record
        weighing.table = table_of(policy.response.turnout_spread)
        weighing.standing, weighing.base = standing, base
        weighing.picks, weighing.without, weighing.shortfall = picks, without, shortfall
        return weighing

    def rebase(self, standing: Standing) -> None:
        """Counts what stands now."""
        self.standing = standing
        ids = {self._around.aed_ids[a]: a for a in range(len(self.aeds))}
        self.base: NobodyYet = standing.base(ids)

    @property
    def p_aed(self) -> Floats:
        """(a,) P(each AED considered can be used)."""
        return np.ascontiguousarray(self.aeds["p"])

    @property
    def times(self) -> tuple[Floats, Floats, Floats]:
        """Times, their weights, the states of the channel."""
        return self.standing.times, self.standing.weights, self.standing.states

    def assign(self, standing: Standing) -> npt.NDArray[np.int64]:
        """Chooses by the objective."""
        target = self.policy.target
        active = standing.active()
        room = max(0, target.max_alerts - active)
        self.question["room"] = room
        self.question["floor"] = min(room, max(0, target.floor - active), len(self.people))
        base = self.base
        self.picks, self.without, self.shortfall = assign(
            self.options,
            len(self.people),
            self.p_aed,
            at_targets(base, standing.states),
            (base.cpr, base.shock, base.carried),
            self.times,
            self.record,
            self.question,
            self.table,
        )
        return self.picks

    def take(self, ruled: Sequence[Pick]) -> None:
        """Counts what a fixed rule chose."""
        index = {(int(o["rescuer"]), int(o["aed"])): i for i, o in enumerate(self.options)}
        self.picks = picked([index[pick.rescuer, pick.aed] for pick in ruled])

    def columns(self) -> Weighed:
        """What the fixed rules work on."""
        ways = self.ways
        return Weighed(
            straight_m=np.ascontiguousarray(self._around.found["straight_m"]),
            direct_m=ways.direct_m,
            direct_eta_s=np.ascontiguousarray(self.people["direct_eta_s"]),
            via_m=ways.to_aed_m + ways.from_aed_m,
            via_eta_s=self.via_s,
            to_aed_eta_s=self.at_aed_s,
            aed_straight_m=np.ascontiguousarray(self.aeds["straight_m"]),
            p_aed=self.p_aed,
            p_accept=np.ascontiguousarray(self.people["p_accept"]),
            p_arrive=np.ascontiguousarray(self.people["p_arrive"]),
        )

    def objective(self) -> Objective:
        """The exact objective over these options."""
        return Objective(
            target=self.policy.target,
            times=self.times,
            elapsed_s=self.standing.elapsed_s,
            apply_s=self.policy.aed.apply_s,
            table=self.table,
            options=self.options,
            p_aed=self.p_aed,
            base=self.base,
        )

    def score(self) -> Score:
        """The values of the objective of all that counts with the picks."""
        base = self.base
        no_cpr, no_shock = nobody_by(
            self.options,
            self.p_aed,
            (base.cpr, base.shock, base.carried),
            self.standing.times,
            self.picks,
            len(self.picks),
            self.policy.aed.apply_s,
            self.standing.elapsed_s,
            self.table,
        )
        return self.standing.score_of(no_cpr, no_shock)


def as_tuple(ways: Ways) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """The ways as compiled code takes them."""
    return (ways[0], ways[1], ways[2], ways[3], ways[4], ways[5])


def weigh(
    snapshot: Snapshot,
    patient: Patient,
    around: Around,
    standing: Standing,
    policy: Policy,
    question: Record,
) -> Weighing:
    """Ways, odds and options of all who were found."""
    numbers = numbers_of(policy)
    found, aeds = around.found, around.aeds[: around.close]
    record, asked = numbers.record, question
    if policy.rule != "target":
        # Another system's rule looks at the ambulance itself, and at every AED.
        record, asked = record.copy(), question.copy()
        record["aeds_per_rescuer"] = len(aeds)
        asked["ambulance_s"] = np.inf
    table = table_of(policy.response.turnout_spread)
    columns = snapshot.rescuers.columns
    if snapshot.router is None:
        ways, people, *solved = weigh_on_grid(
            found, aeds, columns, record, asked, numbers.speed_m_s, numbers.factor, table
        )
    else:
        ways = snapshot.router.ways(
            np.column_stack((found["latitude"], found["longitude"])),
            np.ascontiguousarray(found["mode"]),
            np.column_stack((aeds["latitude"], aeds["longitude"])),
            (patient.latitude, patient.longitude),
            numbers.speed_m_s,
        )
        people, *solved = weigh_ways(found, aeds, columns, as_tuple(ways), record, asked, table)
    return Weighing(around, Ways(*ways), people, tuple(solved), standing, policy, question)
