"""What readers get, by what they may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.aed_registry.domain.condition import ReportKind, Settlement
from services.aed_registry.domain.models import (
    AccessCode,
    Aed,
    AedFields,
    Keeper,
    LastReport,
    TimeZone,
)
from services.aed_registry.store import Report
from shared.contracts.words import AedState
from shared.identity.roles import Role
from shared.registry.model import Change, Entry, HistoryLine

PRIVATE_READERS = frozenset({Role.REGISTRAR, Role.ADMINISTRATOR, Role.SERVICE})
"""Who sees cabinet codes and keepers; everybody else sees whether a code is known."""


class AedOut(AedFields):
    """An AED as it is registered; its place is in WGS-84."""

    model_config = ConfigDict(title="Aed")

    time_zone: TimeZone
    code_known: bool = Field(description="Whether the register holds the cabinet's code")
    effective_state: AedState = Field(
        description="What the decision counts on: the state, and what open reports say of it"
    )
    open_reports: tuple[ReportKind, ...]
    last_report: LastReport | None
    version: int
    shard: int
    retired: bool
    created_at: datetime
    updated_at: datetime


class AedPrivateOut(AedOut):
    """An AED with its private parts."""

    model_config = ConfigDict(title="AedWithPrivateParts")

    access_code: AccessCode | None
    keeper: Keeper | None


class AedVersionOut(BaseModel):
    """A version that an entry had."""

    model_config = ConfigDict(extra="forbid", title="AedVersion")

    version: int
    change: Change
    by: str
    at: datetime
    effective_state: AedState
    aed: dict[str, Any] = Field(description="The row as it was, private parts included")


class AccessOut(BaseModel):
    """How to get at a device."""

    model_config = ConfigDict(extra="forbid", title="Access")

    id: str
    placement: str | None
    floor: int | None
    code_required: bool
    access_code: str | None = Field(description="null when the register does not hold it")


class ReportOut(BaseModel):
    """A report about a device."""

    model_config = ConfigDict(extra="forbid", title="Report")

    id: str
    aed_id: str
    kind: ReportKind
    note: str | None
    incident_id: str | None
    reported_by: str | None = Field(description="Only for who runs the register")
    reported_at: datetime
    settlement: Settlement | None = Field(description="null while the report is open")
    settled_at: datetime | None


class ReportTaken(ReportOut):
    """A report, and what the decision counts on from now."""

    model_config = ConfigDict(title="ReportTaken")

    effective_state: AedState


def aed_out(entry: Entry[Aed], role: Role) -> AedPrivateOut | AedOut:
    """An entry as that role may see it."""
    aed = entry.document
    seen: dict[str, Any] = {name: getattr(aed, name) for name in AedFields.model_fields}
    seen |= {
        "code_known": aed.access_code is not None,
        "effective_state": aed.effective_state,
        "open_reports": aed.reported.open_reports,
        "last_report": aed.reported.last_report,
        "version": entry.version,
        "shard": entry.shard,
        "retired": entry.retired,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }
    if role in PRIVATE_READERS:
        return AedPrivateOut(**seen, access_code=aed.access_code, keeper=aed.keeper)
    return AedOut(**seen)


def version_out(line: HistoryLine[Aed]) -> AedVersionOut:
    """A line of the history."""
    return AedVersionOut(
        version=line.version,
        change=line.change,
        by=line.by,
        at=line.at,
        effective_state=line.document.effective_state,
        aed=line.document.model_dump(mode="json", exclude={"reported"}),
    )


def report_out(report: Report, role: Role) -> ReportOut:
    """A report as that role may see it."""
    return ReportOut(
        id=report.id,
        aed_id=report.aed_id,
        kind=report.kind,
        note=report.note,
        incident_id=report.incident_id,
        reported_by=report.reported_by if role in PRIVATE_READERS else None,
        reported_at=report.reported_at,
        settlement=report.settlement,
        settled_at=report.settled_at,
    )
