"""What a decision knew, kept with its plan: enough to make it again, or under another policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.decision.model import CandidateKind, Commitment, Order, Patient, Plan
from shared.decision.serial import plain
from shared.decision.snapshot import Snapshot


def inputs_of(
    snapshot: Snapshot,
    plan: Plan,
    patient: Patient,
    commitments: Sequence[Commitment],
    orders: Sequence[Order],
) -> dict[str, Any]:
    """The records of everybody and everything that the plan names, and what was held.

    Candidates beyond the plan's cap per reason are in its counts only; they were far.
    """
    rescuers = {choice.rescuer_id for choice in (*plan.rescuers, *plan.retask)}
    rescuers |= {commitment.rescuer_id for commitment in commitments}
    aeds = {choice.aed_id for choice in (*plan.rescuers, *plan.retask) if choice.aed_id}
    aeds |= {commitment.aed_id for commitment in commitments if commitment.aed_id}
    units = {choice.unit_id for choice in plan.units} | {order.unit_id for order in orders}
    named = {
        CandidateKind.RESCUER: rescuers,
        CandidateKind.AED: aeds,
        CandidateKind.UNIT: units,
    }
    for skipped in plan.skipped:
        named[skipped.kind].add(skipped.id)
    stations = set()
    unit_records = []
    for unit_id in sorted(units):
        unit = snapshot.units.get(unit_id)
        if unit is not None:
            unit_records.append(plain(unit))
            stations.add(unit.station_id)
    rescuer_entries = [(id, snapshot.rescuers.get(id)) for id in sorted(rescuers)]
    return {
        "patient": plain(patient),
        "commitments": [plain(commitment) for commitment in commitments],
        "orders": [plain(order) for order in orders],
        "rescuers": [plain(entry.record) for _, entry in rescuer_entries if entry is not None],
        "presence": [
            plain(entry.presence)
            for _, entry in rescuer_entries
            if entry is not None and entry.presence is not None
        ],
        "aeds": [plain(aed) for id in sorted(aeds) if (aed := snapshot.aeds.get(id)) is not None],
        "units": unit_records,
        "stations": [
            plain(snapshot.stations[id]) for id in sorted(stations) if id in snapshot.stations
        ],
        "held": {
            "rescuers": {
                id: snapshot.held.rescuers[id]
                for id in sorted(rescuers)
                if id in snapshot.held.rescuers
            },
            "aeds": {id: snapshot.held.aeds[id] for id in sorted(aeds) if id in snapshot.held.aeds},
            "units": {
                id: snapshot.held.units[id] for id in sorted(units) if id in snapshot.held.units
            },
        },
        "alerts_recent": {
            id: snapshot.alerts_recent[id]
            for id in sorted(rescuers)
            if id in snapshot.alerts_recent
        },
        "missing_aeds": sorted(snapshot.missing_aeds),
        "as_of": plain(dict(snapshot.as_of)),
    }
