"""All SQL of the register of AEDs: entries, checks and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from services.aed_registry.domain.condition import CheckOutcome, ReportKind, Settlement
from services.aed_registry.domain.models import Aed, LastReport, Reported, carried, record_of
from shared.contracts.topics import AEDS
from shared.http.etag import IfMatch
from shared.http.problems import FieldError, invalid
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Change, Entry, Kind, located_by
from shared.registry.store import RegistryStore

UNCHECKED_AFTER: Final = timedelta(days=365)
"""A device that nobody has looked over for a year counts as unchecked (the decision's default)."""

KIND: Final[Kind[Aed]] = Kind(
    table="aeds",
    what="AED",
    document=Aed,
    topic=AEDS,
    record_of=lambda entry: record_of(entry.document, entry.version),
    locate=located_by(lambda aed: (aed.place.latitude, aed.place.longitude)),
    filters={
        "state": "document->>'state'",
        "q": (
            "strpos(lower(concat_ws(' ', document->>'name', document->>'address')), lower({})) > 0"
        ),
        "pads_expired_by": "document->>'pads_expire_on' < {}",
        "not_checked_since": (
            "coalesce((document->>'last_checked_at')::timestamptz < {}::timestamptz, true)"
        ),
        "has_hours": "(document->>'opening_hours' IS NOT NULL)::text",
        "reported": "(document->'reported'->'open_reports' <> '[]'::jsonb)::text",
        "not_access": "document->>'access' <> {}",
    },
)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody told about a device."""

    id: str
    aed_id: str
    kind: ReportKind
    note: str | None
    incident_id: str | None
    reported_by: str
    reported_at: datetime
    settlement: Settlement | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None


class AedStore(RegistryStore[Aed]):
    """Entries, with the reports about a device carried over when its entry is written anew."""

    def __init__(self, pool: asyncpg.Pool[Any], *, source: str) -> None:
        super().__init__(pool, KIND, source=source)

    async def replace(
        self,
        entity_id: str,
        document: Aed,
        *,
        if_match: IfMatch,
        by: str,
        now: datetime,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[Aed], Change]:
        """As in the shared register; the reports about the device stay."""
        if document.id != entity_id:
            raise invalid("id", "is not the id in the path", "send the same id, it cannot change")
        return await self.change(
            entity_id,
            lambda before: carried(document, before),
            if_match=if_match,
            by=by,
            now=now,
            connection=connection,
        )

    async def decide(
        self, connection: AnyConnection, documents: Sequence[Aed], *, now: datetime
    ) -> list[tuple[Entry[Aed], Entry[Aed] | None, Change] | FieldError]:
        """As in the shared register; the reports about the devices stay."""
        before = await self.get_many(
            [aed.id for aed in documents], connection=connection, lock=True
        )
        kept = [
            carried(aed, entry.document if (entry := before.get(aed.id)) is not None else None)
            for aed in documents
        ]
        return await super().decide(connection, kept, now=now)

    async def changed_in_place(
        self, connection: AnyConnection, before: Entry[Aed], after: Aed, *, by: str, now: datetime
    ) -> Entry[Aed]:
        """Writes an entry that the caller has locked in this transaction."""
        entry, _ = await self._put(connection, before, after, by=by, now=now)
        return entry


async def add_check(
    connection: AnyConnection,
    *,
    check_id: str,
    aed_id: str,
    outcome: CheckOutcome,
    at: datetime,
    by: str,
    note: str | None,
) -> None:
    """Keeps a check."""
    await connection.execute(
        "INSERT INTO aed_checks (id, aed_id, outcome, at, by, note)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        check_id,
        aed_id,
        outcome.value,
        at,
        by,
        note,
    )


async def add_report(connection: AnyConnection, report: Report) -> bool:
    """Keeps a report; False when the same person's same report is still open."""
    row = await connection.fetchval(
        "INSERT INTO aed_reports (id, aed_id, kind, note, incident_id, reported_by, reported_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (aed_id, kind, reported_by) WHERE settlement IS NULL DO NOTHING RETURNING 1",
        report.id,
        report.aed_id,
        report.kind.value,
        report.note,
        report.incident_id,
        report.reported_by,
        report.reported_at,
    )
    return row is not None


async def open_report_of(
    connection: AnyConnection, aed_id: str, kind: ReportKind, reported_by: str
) -> Report:
    """The one open report of that kind by that person."""
    row = await connection.fetchrow(
        "SELECT * FROM aed_reports WHERE aed_id = $1 AND kind = $2 AND reported_by = $3"
        " AND settlement IS NULL",
        aed_id,
        kind.value,
        reported_by,
    )
    if row is None:
        raise LookupError(f"aed_reports: no open {kind} of {aed_id}")
    return _report(row)


async def told_in_incident(connection: AnyConnection, report: Report) -> bool:
    """Whether that person has told the same in the same incident, settled by now or not."""
    row = await connection.fetchval(
        "SELECT 1 FROM aed_reports WHERE aed_id = $1 AND kind = $2 AND reported_by = $3"
        " AND incident_id = $4 LIMIT 1",
        report.aed_id,
        report.kind.value,
        report.reported_by,
        report.incident_id,
    )
    return row is not None


async def checked_after(connection: AnyConnection, aed_id: str, moment: datetime) -> str | None:
    """Who looked the device over last, if that was after the moment."""
    by: str | None = await connection.fetchval(
        "SELECT by FROM aed_checks WHERE aed_id = $1 AND at > $2 ORDER BY at DESC LIMIT 1",
        aed_id,
        moment,
    )
    return by


async def find_report(connection: AnyConnection, aed_id: str, report_id: str) -> Report | None:
    """One report about a device."""
    row = await connection.fetchrow(
        "SELECT * FROM aed_reports WHERE aed_id = $1 AND id = $2", aed_id, report_id
    )
    return None if row is None else _report(row)


async def settle_report(
    connection: AnyConnection, report_id: str, settlement: Settlement, *, by: str, at: datetime
) -> None:
    """Notes what became of a report."""
    await connection.execute(
        "UPDATE aed_reports SET settlement = $2, settled_by = $3, settled_at = $4"
        " WHERE id = $1 AND settlement IS NULL",
        report_id,
        settlement.value,
        by,
        at,
    )


async def settle_reports_before(
    connection: AnyConnection, aed_id: str, moment: datetime, *, by: str, at: datetime
) -> None:
    """A check settles the reports made up to its moment."""
    await connection.execute(
        "UPDATE aed_reports SET settlement = $3, settled_by = $4, settled_at = $5"
        " WHERE aed_id = $1 AND settlement IS NULL AND reported_at <= $2",
        aed_id,
        moment,
        Settlement.CHECKED.value,
        by,
        at,
    )


async def reported_of(connection: AnyConnection, aed_id: str) -> Reported:
    """What the reports say of a device now."""
    rows = await connection.fetch(
        "SELECT id, kind, reported_at, settlement FROM aed_reports"
        " WHERE aed_id = $1 AND settlement IS NULL"
        " UNION SELECT * FROM (SELECT id, kind, reported_at, settlement FROM aed_reports"
        "  WHERE aed_id = $1 ORDER BY id DESC LIMIT 1) AS newest ORDER BY id",
        aed_id,
    )
    if not rows:
        return Reported()
    newest = rows[-1]
    return Reported(
        open_reports=tuple(ReportKind(row["kind"]) for row in rows if row["settlement"] is None),
        last_report=LastReport(
            id=newest["id"],
            kind=ReportKind(newest["kind"]),
            reported_at=newest["reported_at"],
            settled=newest["settlement"] is not None,
        ),
    )


async def reports_page(
    connection: AnyConnection, aed_id: str, *, before: str | None, limit: int
) -> list[Report]:
    """Reports about a device, newest first, from before an id on."""
    rows = await connection.fetch(
        "SELECT * FROM aed_reports WHERE aed_id = $1 AND ($2::text IS NULL OR id < $2)"
        " ORDER BY id DESC LIMIT $3",
        aed_id,
        before,
        limit,
    )
    return [_report(row) for row in rows]


def _report(row: asyncpg.Record) -> Report:
    settlement = row["settlement"]
    return Report(
        id=row["id"],
        aed_id=row["aed_id"],
        kind=ReportKind(row["kind"]),
        note=row["note"],
        incident_id=row["incident_id"],
        reported_by=row["reported_by"],
        reported_at=row["reported_at"],
        settlement=None if settlement is None else Settlement(settlement),
        settled_by=row["settled_by"],
        settled_at=row["settled_at"],
    )
