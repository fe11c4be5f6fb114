"""From picks to choices: each with its times, its odds and what it was chosen for."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contracts.words import Task
from shared.decision.around import Around
from shared.decision.found import FOUND
from shared.decision.model import Patient, PlaceSource, Reason, RescuerChoice
from shared.decision.moment import Moment
from shared.decision.numbers import MODES
from shared.decision.odds import doubts_of
from shared.decision.policy import Policy
from shared.decision.snapshot import Snapshot
from shared.decision.solve import OPTION, PERSON
from shared.decision.standing import Standing
from shared.decision.ways import vertical_s
from shared.decision.weigh import Weighing
from shared.decision.weighed import Pick

_NAMES, _PERSON, _OPTION = FOUND.names or (), PERSON.names or (), OPTION.names or ()
AGE_S, SOURCE, MODE = (_NAMES.index(name) for name in ("age_s", "source", "mode"))
RESCUER, AED, ETA_S, DISTANCE_M = (
    _OPTION.index(name) for name in ("rescuer", "aed", "eta_s", "distance_m")
)
P_ACCEPT, P_ARRIVE = (_PERSON.index(name) for name in ("p_accept", "p_arrive"))
SOURCES = (PlaceSource.LIVE, PlaceSource.HOME, PlaceSource.WORK, PlaceSource.OTHER)
"""By the number that a search gives."""


class Chooser:
    """Turns picks into choices, each with what it was chosen for."""

    __slots__ = ("_around", "_known", "_moment", "_policy", "_snapshot", "_weighing")

    def __init__(
        self,
        snapshot: Snapshot,
        around: Around,
        weighing: Weighing,
        moment: Moment,
        policy: Policy,
    ) -> None:
        self._snapshot = snapshot
        self._around = around
        self._weighing = weighing
        self._moment = moment
        self._policy = policy
        self._known: dict[int, tuple[str, float, tuple[Reason, ...]]] = {}

    def _of_aed(self, aed: int) -> tuple[str, float, tuple[Reason, ...]]:
        """Its id, the odds that it can be used, what speaks against it; several may fetch it."""
        known = self._known.get(aed)
        if known is None:
            aed_id, row = self._around.aed_ids[aed], self._around.aeds[aed]
            doubts = doubts_of(
                self._snapshot.aeds, int(row["slot"]), self._moment, self._policy.aed
            )
            known = self._known[aed] = (aed_id, float(row["p"]), doubts)
        return known

    def by_objective(self, picks: npt.NDArray[np.int64], active: int) -> tuple[RescuerChoice, ...]:
        """The chosen options, ranked as they come."""
        weighing, target = self._weighing, self._policy.target
        at_floor = active + len(picks) <= target.floor
        chosen = weighing.options[picks].tolist()  # one step each: rows as tuples
        numbers = [option[RESCUER] for option in chosen]
        etas_s = [option[ETA_S] for option in chosen]
        rows = zip(
            numbers,
            chosen,
            weighing.without.tolist(),
            self._around.found[numbers].tolist(),
            weighing.people[numbers].tolist(),
            strict=True,
        )
        fastest = etas_s.index(min(etas_s)) if chosen else -1
        needed = weighing.shortfall + target.tolerance
        fetched: set[int] = set()
        choices = []
        for n, (rescuer, option, without, found, person) in enumerate(rows):
            aed, eta_s, distance_m = option[AED], option[ETA_S], option[DISTANCE_M]
            if at_floor and without <= needed:
                reason = Reason.FILLS_FLOOR
            elif aed >= 0:
                reason = Reason.HEDGES_AED if fetched else Reason.FETCHES_AED
                if aed in fetched:
                    reason = Reason.HEDGES_CARRIER
            else:
                reason = Reason.FASTEST_TO_PATIENT if n == fastest else Reason.RAISES_ODDS
            if aed >= 0:
                fetched.add(aed)
            task = Task.VIA_AED if aed >= 0 else Task.DIRECT
            choices.append(
                self._made(rescuer, n + 1, task, aed, eta_s, distance_m, reason, found, person)
            )
        return tuple(choices)

    def by_rule(self, picks: Sequence[Pick]) -> tuple[RescuerChoice, ...]:
        """What a fixed rule picked, in its order."""
        weighing, choices = self._weighing, []
        ways, people = weighing.ways, weighing.people
        fetched: set[int] = set()
        for n, (rescuer, task, aed) in enumerate(picks):
            reason = Reason.BY_RULE
            eta_s, distance_m = people["direct_eta_s"][rescuer], ways.direct_m[rescuer]
            if task is Task.VIA_AED:
                eta_s = weighing.via_s[rescuer, aed]
                distance_m = ways.to_aed_m[rescuer, aed] + ways.from_aed_m[rescuer, aed]
                fetched.add(aed)
            elif task is Task.GUIDE:
                eta_s -= weighing.question["up_s"][0]
                reason = Reason.GUIDES_CREW
            choices.append(
                self._choice(
                    rescuer,
                    rank=n + 1,
                    task=task,
                    aed=aed,
                    eta_s=float(eta_s),
                    distance_m=float(distance_m),
                    reason=reason,
                )
            )
        return tuple(choices)

    def guide(
        self,
        chosen: Sequence[RescuerChoice],
        patient: Patient,
        standing: Standing,
        ambulance_eta_s: float | None,
    ) -> RescuerChoice | None:
        """Somebody to meet the crew at the door of a high or deep floor, once enough are asked.

        The nearest who is not needed otherwise and is there before the crew.
        """
        policy = self._policy
        rules, asked = policy.guide, standing.active() + len(chosen)
        if not rules.enabled or ambulance_eta_s is None or standing.has_guide():
            return None
        if patient.floor is None or abs(patient.floor) < rules.from_floor:
            return None
        if asked < rules.after_rescuers or asked >= policy.target.max_alerts:
            return None
        up_s = vertical_s(patient.floor, policy.travel)
        busy = {choice.rescuer_id for choice in chosen}
        ids, etas_s = self._around.ids, self._weighing.people["direct_eta_s"] - up_s
        soonest = np.argsort(etas_s, kind="stable").tolist()
        i = next((row for row in soonest if ids[row] not in busy), -1)
        eta_s = inf if i < 0 else float(etas_s[i])
        if eta_s + rules.before_ambulance_s > ambulance_eta_s - up_s:
            return None
        return self._choice(
            i,
            rank=len(chosen) + 1,
            task=Task.GUIDE,
            aed=-1,
            eta_s=eta_s,
            distance_m=float(self._weighing.ways.direct_m[i]),
            reason=Reason.GUIDES_CREW,
        )

    def _choice(
        self,
        rescuer: int,
        *,
        rank: int,
        task: Task,
        aed: int,
        eta_s: float,
        distance_m: float,
        reason: Reason,
    ) -> RescuerChoice:
        found = self._around.found[rescuer].item()
        person = self._weighing.people[rescuer].item()
        return self._made(rescuer, rank, task, aed, eta_s, distance_m, reason, found, person)

    def _made(
        self,
        rescuer: int,
        rank: int,
        task: Task,
        aed: int,
        eta_s: float,
        distance_m: float,
        reason: Reason,
        found: tuple[Any, ...],
        person: tuple[Any, ...],
    ) -> RescuerChoice:
        """``found`` and ``person`` are the rescuer's rows, as tuples."""
        around = self._around
        aed_id: str | None = None
        p_aed: float | None = None
        doubts: tuple[Reason, ...] = ()
        if aed >= 0:
            aed_id, p_aed, doubts = self._of_aed(aed)
        age_s = found[AGE_S]
        return RescuerChoice(
            rescuer_id=around.ids[rescuer],
            rank=rank,
            task=task,
            aed_id=aed_id,
            eta_cpr_s=eta_s,
            eta_shock_s=None if aed < 0 else eta_s + self._policy.aed.apply_s,
            p_accept=person[P_ACCEPT],
            p_arrive=person[P_ARRIVE],
            p_aed=p_aed,
            aed_doubts=doubts,
            place_source=SOURCES[found[SOURCE]],
            place_age_s=None if isnan(age_s) else age_s,
            mode=MODES[found[MODE]],
            distance_m=distance_m,
            reason=reason,
        )
