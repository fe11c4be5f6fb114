"""Checks and reports: what is told about a device, and what it does to its entry.

Each is one transaction that locks the entry first, so that two of them about one device follow one
another and the published state is always that of all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from services.aed_registry import store
from services.aed_registry.domain.condition import (
    ReportKind,
    Settlement,
    told_by_check,
    told_by_settlement,
)
from services.aed_registry.domain.models import CLOCKS_APART, Aed, CheckIn, ReportIn
from services.aed_registry.store import AedStore, Report
from shared.contracts.words import AedState
from shared.http.audit import audit
from shared.http.problems import Problem, conflict, invalid, not_found
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Entry

log = structlog.get_logger()


class Desk:
    """Takes checks and reports in."""

    def __init__(self, aeds: AedStore, after_commit: Callable[[], None]) -> None:
        self.aeds = aeds
        self.after_commit = after_commit

    async def check(
        self, aed_id: str, check: CheckIn, *, who: Identity, now: datetime
    ) -> Entry[Aed]:
        """Somebody who answers for the device has looked it over."""
        at = _not_ahead("at", check.at, now)
        async with self.aeds.transaction() as connection:
            before = await self._in_use(connection, aed_id)
            await store.add_check(
                connection,
                check_id=new_id("check"),
                aed_id=aed_id,
                outcome=check.outcome,
                at=at,
                by=who.actor,
                note=check.note,
            )
            await store.settle_reports_before(connection, aed_id, at, by=who.actor, at=now)
            after = before.document.model_copy(
                update={"reported": await store.reported_of(connection, aed_id)}
            )
            last = before.document.last_checked_at
            if last is None or at >= last:
                # A check that comes in late settles old reports, and says nothing about today.
                after = after.model_copy(update=_found(check, at))
            entry = await self.aeds.changed_in_place(
                connection, before, after, by=who.actor, now=now
            )
        self.after_commit()
        return entry

    async def report(
        self, aed_id: str, report: ReportIn, *, who: Identity, now: datetime
    ) -> tuple[Report, AedState, bool]:
        """Anybody tells something; the report, the effective state, and whether it is new."""
        at = _not_ahead("at", report.at, now)
        async with self.aeds.transaction() as connection:
            before = await self._in_use(connection, aed_id)
            kept = Report(
                id=new_id("report"),
                aed_id=aed_id,
                kind=report.kind,
                note=report.note,
                incident_id=report.incident_id,
                reported_by=who.actor,
                reported_at=at,
            )
            new = await store.add_report(connection, kept)
            if not new:
                kept = await store.open_report_of(connection, aed_id, report.kind, who.actor)
                return kept, before.document.effective_state, False
            entry = await self._with_reports(connection, before, by=who.actor, now=now)
        self.after_commit()
        return kept, entry.document.effective_state, True

    async def not_found_in_incident(
        self, aed_id: str, *, incident_id: str, by: str, at: datetime, now: datetime
    ) -> None:
        """Whoever was sent for the device did not find it: a report that it is missing.

        It may come late, and again after anything that has happened since: once told in an
        incident it is never told anew, and a check made after ``at`` has settled it. A device that
        the register does not have, or no longer, is passed over.
        """
        at = min(at, now)
        async with self.aeds.transaction() as connection:
            before = await self.aeds.find(aed_id, connection=connection, lock=True)
            if before is None or before.retired:
                why = "unknown" if before is None else "retired"
                log.warning(
                    "missing_aed_passed_over", aed_id=aed_id, incident_id=incident_id, why=why
                )
                return
            told = Report(
                id=new_id("report"),
                aed_id=aed_id,
                kind=ReportKind.MISSING,
                note=None,
                incident_id=incident_id,
                reported_by=by,
                reported_at=at,
            )
            if await store.told_in_incident(connection, told):
                return
            if not await store.add_report(connection, told):
                return
            checked_by = await store.checked_after(connection, aed_id, at)
            if checked_by is not None:
                await store.settle_report(
                    connection, told.id, Settlement.CHECKED, by=checked_by, at=now
                )
            await self._with_reports(connection, before, by=by, now=now)
        self.after_commit()

    async def settle(
        self, aed_id: str, report_id: str, settlement: Settlement, *, who: Identity, now: datetime
    ) -> Entry[Aed]:
        """A registrar says what became of a report."""
        async with self.aeds.transaction() as connection:
            before = await self.aeds.get(aed_id, connection=connection, lock=True)
            report = await store.find_report(connection, aed_id, report_id)
            if report is None:
                raise not_found("report", report_id)
            if report.settlement is not None and report.settlement is not settlement:
                raise conflict(
                    "settled",
                    "The report is settled",
                    f"It was {report.settlement.value} by {report.settled_by}.",
                )
            await store.settle_report(connection, report_id, settlement, by=who.actor, at=now)
            if before.retired or report.settlement is not None:
                return before
            told = told_by_settlement(before.document.state, report.kind, settlement)
            entry = await self._with_reports(connection, before, by=who.actor, now=now, told=told)
        self.after_commit()
        return entry

    async def access(
        self, aed_id: str, *, incident_id: str | None, who: Identity, now: datetime
    ) -> Aed:
        """The device with its code; who asked is written down in the same transaction."""
        async with self.aeds.transaction() as connection:
            entry = await self._in_use(connection, aed_id, lock=False)
            await audit(
                connection,
                actor=who.actor,
                action="aed.code.read",
                subject=aed_id,
                now=now,
                detail={"incident_id": incident_id},
            )
            return entry.document

    async def _with_reports(
        self,
        connection: AnyConnection,
        before: Entry[Aed],
        *,
        by: str,
        now: datetime,
        told: AedState | None = None,
    ) -> Entry[Aed]:
        after = before.document.model_copy(
            update={
                "reported": await store.reported_of(connection, before.id),
                "state": told or before.document.state,
            }
        )
        return await self.aeds.changed_in_place(connection, before, after, by=by, now=now)

    async def _in_use(
        self, connection: AnyConnection, aed_id: str, *, lock: bool = True
    ) -> Entry[Aed]:
        entry = await self.aeds.get(aed_id, connection=connection, lock=lock)
        if entry.retired:
            raise Problem(
                409, "retired", "The AED is retired", "Write its entry anew to bring it back."
            )
        return entry


def _found(check: CheckIn, at: datetime) -> dict[str, object]:
    found: dict[str, object] = {"last_checked_at": at, "state": told_by_check(check.outcome)}
    for name in ("pads_expire_on", "battery_expires_on"):
        if getattr(check, name) is not None:
            found[name] = getattr(check, name)
    return found


def _not_ahead(field: str, at: datetime | None, now: datetime) -> datetime:
    """The moment told, not later than now; raises a 422 problem when it is far ahead."""
    if at is None:
        return now
    if at > now + CLOCKS_APART:
        raise invalid(field, "lies in the future", "compare the clocks, or leave it out")
    return min(at, now)
