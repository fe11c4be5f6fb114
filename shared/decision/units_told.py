"""What a plan tells of the units that it does not order: made when somebody reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isfinite, isnan
from typing import overload

import numpy as np

from shared.contracts.records import UnitRecord
from shared.contracts.words import UnitKind
from shared.decision.model import CandidateKind, Reason, Skipped
from shared.decision.units_choice import Chosen
from shared.decision.units_index import CodeArray, FloatArray
from shared.decision.units_search import (
    BOUND_S,
    BUSY,
    FREE,
    HELD,
    NOT_TOLD,
    STRAIGHT_M,
    WAIT_S,
    WHY,
    IntArray,
    Search,
)

Detail = dict[str, str | int | float]


class UnitSkips(Sequence[Skipped]):
    """Every unit within reach that is neither chosen nor ordered, nearest first.

    It keeps what was found at the decision, so that it may be read later. With many units most are
    only counted: read :attr:`counts` and :meth:`told` rather than all of it.
    """

    __slots__ = ("_all", "_chosen", "_closed", "_eta_s", "_picked", "_records", "_search")

    def __init__(
        self,
        records: Sequence[UnitRecord],
        search: Search,
        eta_s: FloatArray,
        closed: CodeArray,
        chosen: Chosen,
    ) -> None:
        """``eta_s`` (n,) is not a number for whoever was not routed; ``closed`` (n,) is 1 or 0."""
        self._records = records
        self._search = search
        self._eta_s = eta_s
        self._closed = closed
        self._chosen = chosen
        self._picked = [able.row for able, _ in chosen.units]
        self._all: tuple[Skipped, ...] | None = None

    def __len__(self) -> int:
        return int(np.count_nonzero(self._search.why != NOT_TOLD)) - len(self._picked)

    @overload
    def __getitem__(self, index: int) -> Skipped: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Skipped, ...]: ...
    def __getitem__(self, index: int | slice) -> Skipped | tuple[Skipped, ...]:
        return self._everything()[index]

    def __iter__(self) -> Iterator[Skipped]:
        return iter(self._everything())

    @property
    def counts(self) -> dict[str, int]:
        """``unit.reason`` → how many, of all, sorted."""
        weighed = self._weighed()
        rest = self._rest(weighed)
        found: dict[str, int] = {}
        for code, count in enumerate(np.bincount(rest, minlength=NOT_TOLD + 1).tolist()):
            if count and code != NOT_TOLD:
                reason = Reason.SLOWER if code == FREE else WHY[code]
                key = f"{CandidateKind.UNIT}.{reason}"
                found[key] = found.get(key, 0) + count
        for row in weighed.tolist():
            key = f"{CandidateKind.UNIT}.{self._reason(row)}"
            found[key] = found.get(key, 0) + 1
        return dict(sorted(found.items()))

    def told(self, per_reason: int) -> tuple[Skipped, ...]:
        """Nearest first: all that were weighed, and of the barred so many of a reason.

        Those that the straight line rules out are counted only. So deciding again on what is told
        weighs the same units.
        """
        weighed = self._weighed()
        rest = self._rest(weighed)
        barred = [self._nearest(np.flatnonzero(rest == code))[:per_reason] for code in WHY]
        return self._make(np.concatenate([weighed, *barred]))

    def _weighed(self) -> IntArray:
        """Rows that were routed or closed, but for the chosen."""
        weighed = ~np.isnan(self._eta_s) | (self._closed > 0)
        weighed[self._picked] = False
        rows: IntArray = np.flatnonzero(weighed)
        return rows

    def _rest(self, weighed: IntArray) -> CodeArray:
        """What the others are."""
        rest = self._search.why.copy()
        rest[weighed] = NOT_TOLD
        rest[self._picked] = NOT_TOLD
        return rest

    def _nearest(self, rows: IntArray) -> IntArray:
        nearest: IntArray = rows[np.argsort(self._metres()[rows], kind="stable")]
        return nearest

    def _metres(self) -> FloatArray:
        return self._search.found[:, STRAIGHT_M]

    def _everything(self) -> tuple[Skipped, ...]:
        if self._all is None:
            told = self._search.why != NOT_TOLD
            told[self._picked] = False
            self._all = self._make(np.flatnonzero(told))
        return self._all

    def _make(self, rows: IntArray) -> tuple[Skipped, ...]:
        rows = self._nearest(np.sort(rows))
        kind, records = CandidateKind.UNIT, self._records
        return tuple(
            Skipped(kind, records[row].id, self._reason(row), metres, self._detail(row))
            for row, metres in zip(rows.tolist(), self._metres()[rows].tolist(), strict=True)
        )

    def _reason(self, row: int) -> Reason:
        why = self._search.why.item(row)
        if why != FREE:
            return WHY[why]
        if self._closed.item(row):
            return Reason.STATION_CLOSED
        if row in self._chosen.outrun:
            return Reason.NO_ALS
        eta_s = self._eta_s.item(row)
        if isnan(eta_s):
            return Reason.SLOWER
        if not isfinite(eta_s) and not isfinite(self._chosen.first_s):
            return Reason.OUT_OF_REACH
        is_team = self._records[row].kind is UnitKind.HEALTH_TEAM
        return Reason.SLOWER_THAN_AMBULANCE if is_team and not self._chosen.team else Reason.SLOWER

    def _detail(self, row: int) -> Detail:
        why = self._search.why.item(row)
        record = self._records[row]
        detail: Detail = {}
        if why == HELD and row in self._search.incidents:
            detail["incident_id"] = self._search.incidents[row]
        bound_s = self._search.found.item(row, BOUND_S)
        if why == BUSY or (why == HELD and isfinite(bound_s)):
            detail["state"] = record.state.value
        if why not in (FREE, BUSY, HELD) or not isfinite(bound_s):
            return detail
        if why != FREE:
            detail["free_in_s"] = self._search.found.item(row, WAIT_S)
        eta_s = self._eta_s.item(row)
        if self._closed.item(row) or (eta_s == inf and not isfinite(self._chosen.first_s)):
            return detail
        if not isfinite(eta_s):
            # Not routed, or looked for on streets only as far as could matter.
            detail["at_least_s"] = bound_s
            return detail
        detail["eta_s"] = eta_s
        first_s = self._chosen.first_s
        waits = why != FREE and record.kind is UnitKind.AMBULANCE
        if waits and eta_s < first_s and isfinite(first_s):
            detail["sooner_by_s"] = first_s - eta_s
        return detail
