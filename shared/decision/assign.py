"""Choosing tasks: grow greedily, exchange, prune to the fewest, then polish the times.

A heuristic for the objective in :mod:`shared.decision.objective`, deterministic; each rescuer has
one task, each AED one carrier. Phases:

1. *grow*: the option that lowers the shortfall most, while any does and there is room;
2. *exchange*: replace one chosen option by another wherever that lowers the shortfall (and two by
   two when few are chosen);
3. *prune*: leave out whom the shortfall does not miss (within the tolerance of the least seen),
   down to the floor;
4. *fill* up to the floor, *polish*: exchanges that keep the shortfall and lessen the expected
   times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.decision.objective import Objective
from shared.decision.routing import FloatArray, IntArray

GAIN_MIN: Final = 1e-6
"""A smaller change of the shortfall is arithmetic noise."""
MOVES_MAX: Final = 60
"""Bound on exchanges per phase; never reached in practice, it guards against cycling."""
PAIRS_UP_TO: Final = 8
OPTIONS_UP_TO: Final = 64
"""Two at once are sought among all options while at most so many are chosen, from so many."""
STARTS_FEW: Final = 24
STARTS_MANY: Final = 2
"""Carriers to grow from besides the empty plan, with few options and with many."""
FINISH_FEW: Final = 3
"""How many of the grown plans go on to exchanges two by two, with few options; else the best."""

BoolArray = npt.NDArray[np.bool_]


class Assignment:
    """One search; ``chosen`` grows and shrinks while it runs."""

    __slots__ = (
        "_base_cpr",
        "_base_shock",
        "_clash",
        "_cpr",
        "_flat_cpr",
        "_flat_shock",
        "_objective",
        "_of_rescuer",
        "_shock",
        "chosen",
    )

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        options = objective.options
        rows = (len(options.items), -1 if options.items else 0)
        # "Nobody yet" at the target times only, and all times as rows for the expected times.
        self._cpr = np.ascontiguousarray(options.cpr[:, :, -2])
        self._shock = np.ascontiguousarray(options.shock[:, :, -1])
        self._base_cpr = objective.states * objective.base.cpr[:, -2]
        self._base_shock = objective.states * objective.base.shock[:, -1]
        self._flat_cpr = np.ascontiguousarray(options.cpr.transpose(1, 0, 2)).reshape(rows)
        self._flat_shock = np.ascontiguousarray(options.shock.transpose(1, 0, 2)).reshape(rows)
        self._clash: BoolArray = (options.rescuer[:, None] == options.rescuer[None]) | (
            (options.aed[:, None] == options.aed[None]) & (options.aed >= 0)[:, None]
        )
        self._of_rescuer: dict[int, list[int]] = {}
        for index, item in enumerate(options.items):
            self._of_rescuer.setdefault(item.rescuer, []).append(index)
        self.chosen: list[int] = []

    def _clashes(self, chosen: Sequence[int] | IntArray) -> BoolArray:
        """(k, n): option i needs the rescuer or the AED of the k-th chosen."""
        clashes: BoolArray = self._clash[np.asarray(chosen, dtype=np.int64)]
        return clashes

    def _free(self, chosen: Sequence[int]) -> BoolArray:
        """Options whose rescuer and AED nobody of ``chosen`` uses."""
        taken: BoolArray = self._clashes(chosen).sum(axis=0) > 0
        return ~taken

    def _without_each(self, factors: FloatArray) -> FloatArray:
        """Products of a (2, k) array's columns with each column left out in turn, (2, k)."""
        k = factors.shape[1]
        square = np.repeat(factors[:, None, :], k, axis=1)
        square[:, np.arange(k), np.arange(k)] = 1.0
        products: FloatArray = square.prod(axis=2)
        return products

    def _rest(self) -> tuple[FloatArray, FloatArray]:
        """Weighted "nobody yet" at t₁ and t₂ with each chosen option left out, (2, k)."""
        return (
            self._base_cpr[:, None] * self._without_each(self._cpr[:, self.chosen]),
            self._base_shock[:, None] * self._without_each(self._shock[:, self.chosen]),
        )

    def _exchanges(self) -> FloatArray:
        """(k, n) shortfall when chosen j is replaced by option i; ``inf`` where that clashes."""
        rest_cpr, rest_shock = self._rest()
        short = self._objective.shortfall(
            1 - rest_cpr.T @ self._cpr,
            1 - rest_shock.T @ self._shock,
        )
        clashes = self._clashes(self.chosen)
        short[clashes.sum(axis=0)[None] > clashes] = np.inf
        return short

    def shortfall(self, chosen: Sequence[int]) -> float:
        """Of a set of options with the base."""
        nobody_cpr, nobody_shock = self._nobody(chosen)
        missing = self._objective.shortfall(1 - nobody_cpr.sum(), 1 - nobody_shock.sum())
        return float(missing)

    def _nobody(self, chosen: Sequence[int]) -> tuple[FloatArray, FloatArray]:
        """Weighted "nobody yet" at t₁ and t₂ per state of the channel, (2,)."""
        index = list(chosen)
        return (
            self._base_cpr * self._cpr[:, index].prod(axis=1),
            self._base_shock * self._shock[:, index].prod(axis=1),
        )

    def grow(self, chosen: list[int], room: int) -> list[int]:
        """Adds what lowers the shortfall most, up to ``room`` options in all."""
        chosen = list(chosen)
        if not self._objective.options.items:
            return chosen
        nobody_cpr, nobody_shock = self._nobody(chosen)
        free = self._free(chosen)
        current = self.shortfall(chosen)
        while len(chosen) < room and current > 0:
            short = self._objective.shortfall(
                1 - nobody_cpr @ self._cpr, 1 - nobody_shock @ self._shock
            )
            short[~free] = np.inf
            best = int(np.argmin(short))
            if not short[best] < current - GAIN_MIN:
                break
            chosen.append(best)
            current = float(short[best])
            nobody_cpr = nobody_cpr * self._cpr[:, best]
            nobody_shock = nobody_shock * self._shock[:, best]
            free &= self._free((best,))
        return chosen

    def exchange(self, *, pairs: bool) -> None:
        """Replaces one option by another (or two by two) while that lowers the shortfall."""
        for _ in range(MOVES_MAX):
            current = self.shortfall(self.chosen)
            if not self.chosen or current <= 0:
                return
            short = self._exchanges()
            j, i = divmod(int(np.argmin(short)), short.shape[1])
            if short[j, i] < current - GAIN_MIN:
                self.chosen[j] = i
            elif not pairs or not self._exchange_pair(current):
                return

    def _exchange_pair(self, current: float) -> bool:
        """Replaces two options at once by the best two; whether that lowered the shortfall.

        Two new ones are sought among all options where there are few; else the two rescuers
        exchange their tasks, which only matters when one of them carries an AED.
        """
        options, k = self._objective.options, len(self.chosen)
        few = k <= PAIRS_UP_TO and len(options.items) <= OPTIONS_UP_TO
        for a in range(k):
            for b in range(a + 1, k):
                one, other = options.items[self.chosen[a]], options.items[self.chosen[b]]
                if not few and one.aed < 0 and other.aed < 0:
                    continue
                rest = [c for j, c in enumerate(self.chosen) if j not in (a, b)]
                free = self._free(rest)
                if few:
                    index = np.flatnonzero(free)
                else:
                    own = self._of_rescuer[one.rescuer] + self._of_rescuer[other.rescuer]
                    index = np.array([i for i in own if free[i]], dtype=np.int64)
                found = self._best_two(rest, index)
                if found is not None and found[0] < current - GAIN_MIN:
                    self.chosen[a], self.chosen[b] = found[1], found[2]
                    return True
        return False

    def _best_two(self, rest: Sequence[int], index: IntArray) -> tuple[float, int, int] | None:
        """The two of these options that together with ``rest`` leave the least shortfall."""
        nobody_cpr, nobody_shock = self._nobody(rest)
        cpr, shock = self._cpr[:, index], self._shock[:, index]
        short = self._objective.shortfall(
            1 - (nobody_cpr[:, None] * cpr).T @ cpr,
            1 - (nobody_shock[:, None] * shock).T @ shock,
        )
        short[self._clashes(index)[:, index]] = np.inf
        if not index.size or not np.isfinite(short.min()):
            return None
        i, j = divmod(int(np.argmin(short)), short.shape[1])
        return float(short[i, j]), int(index[i]), int(index[j])

    def prune(self, bound: float, floor: int) -> bool:
        """Leaves out whom the shortfall can miss within ``bound``; whether anybody was."""
        before = len(self.chosen)
        while len(self.chosen) > max(floor, 0):
            rest_cpr, rest_shock = self._rest()
            short = self._objective.shortfall(1 - rest_cpr.sum(axis=0), 1 - rest_shock.sum(axis=0))
            # Of equals the last chosen goes: it brought least.
            j = len(short) - 1 - int(np.argmin(short[::-1]))
            if short[j] > bound:
                break
            del self.chosen[j]
        return len(self.chosen) < before

    def fill(self, floor: int) -> None:
        """Adds whoever lessens the expected times most, up to the floor."""
        objective = self._objective
        while len(self.chosen) < floor:
            free = np.flatnonzero(self._free(self.chosen))
            if not free.size:
                return
            shock_s, cpr_s = objective.expected_with(objective.nobody(self.chosen), free)
            tolerance = objective.target.time_tolerance_s
            near = np.flatnonzero(shock_s <= shock_s.min() + tolerance)
            self.chosen.append(int(free[near[np.argmin(cpr_s[near])]]))

    def polish(self, bound: float) -> None:
        """Exchanges within the bound of the shortfall that lessen the expected times."""
        objective = self._objective
        tolerance = objective.target.time_tolerance_s
        weights = (objective.states[:, None] * objective.horizon.weights[None, :]).ravel()
        for _ in range(MOVES_MAX):
            if not self.chosen:
                return
            feasible = self._exchanges() <= bound
            if not feasible.any():
                return
            shock_s = self._expected(objective.base.shock, self._flat_shock, weights)
            cpr_s = self._expected(objective.base.cpr, self._flat_cpr, weights)
            now_shock, now_cpr = shock_s[0, self.chosen[0]], cpr_s[0, self.chosen[0]]
            shock_s[~feasible] = np.inf
            near = shock_s <= shock_s.min() + tolerance
            j, i = divmod(int(np.argmin(np.where(near, cpr_s, np.inf))), near.shape[1])
            faster = shock_s[j, i] < now_shock - tolerance
            equal = shock_s[j, i] <= now_shock + tolerance
            if not (faster or (equal and cpr_s[j, i] < now_cpr - tolerance)):
                return
            self.chosen[j] = i

    def _expected(self, base: FloatArray, flat: FloatArray, weights: FloatArray) -> FloatArray:
        """(k, n) expected seconds after now when chosen j is replaced by option i."""
        k = len(self.chosen)
        square = np.repeat(flat[self.chosen][None], k, axis=0)
        square[np.arange(k), np.arange(k)] = 1.0
        rest = square.prod(axis=1) * base.ravel() * weights
        expected: FloatArray = rest @ flat.T
        return expected

    def ranked(self) -> list[int]:
        """The chosen, those first whom the shortfall would miss most; lower ids on ties."""
        self.chosen.sort()
        if not self.chosen:
            return []
        rest_cpr, rest_shock = self._rest()
        short = self._objective.shortfall(1 - rest_cpr.sum(axis=0), 1 - rest_shock.sum(axis=0))
        order = np.argsort(-np.round(short, 6), kind="stable")
        return [self.chosen[j] for j in order]


def _starts(objective: Objective) -> list[list[int]]:
    """Where to grow from: nothing, and each carrier of an AED who does most for the shock."""
    options = objective.options
    carriers = np.flatnonzero(options.aed >= 0)
    gain = objective.states @ options.shock[:, carriers, -1]
    best = carriers[np.argsort(gain, kind="stable")]
    most = STARTS_FEW if len(options.items) <= OPTIONS_UP_TO else STARTS_MANY
    return [[], *([int(pick)] for pick in best[:most])]


def assign(objective: Objective, *, active: int) -> list[int]:
    """The chosen options, the most important first.

    ``active`` are those already asked who are not out of it: they count towards the floor and the
    most that may be asked.
    """
    target = objective.target
    search = Assignment(objective)
    room = max(0, target.max_alerts - active)
    floor = min(room, max(0, target.floor - active))
    grown: list[tuple[float, int, list[int]]] = []
    for number, start in enumerate(_starts(objective)):
        if len(start) > room:
            continue
        search.chosen = search.grow(start, room)
        search.exchange(pairs=False)
        grown.append((search.shortfall(search.chosen), number, search.chosen))
        if grown[-1][0] <= 0:
            break
    least, chosen = np.inf, list[int]()
    for _, _, plan in sorted(grown)[: FINISH_FEW if len(grown) > STARTS_MANY + 1 else 1]:
        search.chosen = plan
        search.exchange(pairs=True)
        shortfall = search.shortfall(search.chosen)
        if shortfall < least - GAIN_MIN:
            least, chosen = shortfall, search.chosen
    search.chosen = chosen
    bound = least + target.tolerance
    if search.prune(bound, floor):
        search.exchange(pairs=True)
        least = min(least, search.shortfall(search.chosen))
        bound = max(least + target.tolerance, search.shortfall(search.chosen))
        search.prune(bound, floor)
    search.fill(floor)
    search.polish(max(bound, search.shortfall(search.chosen)))
    return search.ranked()
