"""What a decision knew, as JSON values: kept with its plan, and read again to replay it.

Kept are the records of everybody and everything that the plan names. A plan names all who were
weighed and only leaves out some who were barred, so deciding again on what was kept chooses the
same; under another policy it chooses among the same people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.contracts.words import Tier
from shared.decision.history import History
from shared.decision.index import index_of
from shared.decision.model import CandidateKind, Commitment, Held, Order, Patient, Plan
from shared.decision.serial import JsonValue, plain
from shared.decision.snapshot import Snapshot

V = TypeVar("V")

_PATIENT = TypeAdapter(Patient)
_COMMITMENTS = TypeAdapter(list[Commitment])
_ORDERS = TypeAdapter(list[Order])
_HELD = TypeAdapter(Held)
_HISTORY = TypeAdapter(dict[str, History])
_TIMES = TypeAdapter(dict[str, datetime])


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that :func:`shared.decision.decide` takes, but for the policy."""

    snapshot: Snapshot
    patient: Patient
    now: datetime
    commitments: Sequence[Commitment]
    orders: Sequence[Order]


def inputs_of(
    snapshot: Snapshot,
    plan: Plan,
    patient: Patient,
    commitments: Sequence[Commitment],
    orders: Sequence[Order],
) -> dict[str, JsonValue]:
    """The inputs of a plan, with only those records that it names."""
    tasks: list[tuple[str, str | None]] = [
        *((choice.rescuer_id, choice.aed_id) for choice in (*plan.rescuers, *plan.retask)),
        *((commitment.rescuer_id, commitment.aed_id) for commitment in commitments),
    ]
    named: dict[CandidateKind, set[str]] = {
        CandidateKind.RESCUER: {rescuer_id for rescuer_id, _ in tasks},
        CandidateKind.AED: {aed_id for _, aed_id in tasks if aed_id is not None},
        CandidateKind.UNIT: {u.unit_id for u in plan.units} | {o.unit_id for o in orders},
    }
    for skipped in plan.skipped:
        named[skipped.kind].add(skipped.id)
    rescuers, aeds = named[CandidateKind.RESCUER], named[CandidateKind.AED]
    entries = [e for e in map(snapshot.rescuers.get, sorted(rescuers)) if e is not None]
    unit_ids = named[CandidateKind.UNIT]
    units = [u for u in map(snapshot.units.get, sorted(unit_ids)) if u is not None]
    # Whose units are neighbours' is told by the centres.
    centres = {s.id for s in snapshot.stations.values() if s.tier is Tier.EMERGENCY_CENTRE}
    stations = sorted({u.station_id for u in units} & set(snapshot.stations) | centres)
    held = snapshot.held
    return {
        "made_at": plain(plan.made_at),
        "patient": plain(patient),
        "commitments": [plain(c) for c in commitments],
        "orders": [plain(o) for o in orders],
        "rescuers": [plain(e.record) for e in entries],
        "presence": [plain(e.presence) for e in entries if e.presence is not None],
        "aeds": [plain(a) for a in map(snapshot.aeds.get, sorted(aeds)) if a is not None],
        "units": [plain(u) for u in units],
        "stations": [plain(snapshot.stations[station_id]) for station_id in stations],
        "held": {
            "rescuers": _part(held.rescuers, rescuers),
            "aeds": _part(held.aeds, aeds),
            "units": _part(held.units, unit_ids),
        },
        "history": {
            rescuer_id: asdict(known)
            for rescuer_id in sorted(rescuers)
            if (known := snapshot.rescuers.history(rescuer_id)) is not None
        },
        "alerts_recent": _part(snapshot.alerts_recent, rescuers),
        "missing_aeds": sorted(snapshot.missing_aeds & aeds),
        "as_of": plain(dict(snapshot.as_of)),
        "sizes": {table.name: table.records for table in plan.basis.tables},
    }


def _part(values: Mapping[str, V], ids: set[str]) -> dict[str, V]:
    return {key: values[key] for key in sorted(ids) if key in values}


def read_inputs(document: Mapping[str, Any]) -> Inputs:
    """The inputs as they were kept; raises ``ValueError`` (pydantic's) for another document.

    Streets are not in it: a plan made on streets is replayed with the same version of them.
    """
    rescuers, aeds, units = index_of(
        rescuers=[RescuerRecord.model_validate(r) for r in document["rescuers"]],
        presence=[PresenceRecord.model_validate(p) for p in document["presence"]],
        aeds=[AedRecord.model_validate(a) for a in document["aeds"]],
        units=[UnitRecord.model_validate(u) for u in document["units"]],
        # Decisions kept by the version before knew no histories.
        history=_HISTORY.validate_python(document.get("history", {})),
    )
    stations = [StationRecord.model_validate(s) for s in document["stations"]]
    snapshot = Snapshot(
        rescuers=rescuers,
        aeds=aeds,
        units=units,
        stations={station.id: station for station in stations},
        held=_HELD.validate_python(document["held"]),
        alerts_recent=dict(document["alerts_recent"]),
        missing_aeds=frozenset(document["missing_aeds"]),
        as_of=_TIMES.validate_python(document["as_of"]),
        sizes=dict(document["sizes"]),
    )
    return Inputs(
        snapshot=snapshot,
        patient=_PATIENT.validate_python(document["patient"]),
        now=datetime.fromisoformat(document["made_at"]),
        commitments=_COMMITMENTS.validate_python(document["commitments"]),
        orders=_ORDERS.validate_python(document["orders"]),
    )
