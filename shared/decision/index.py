"""The indexes that a decision searches, and fresh ones of what files or tests hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import h3.api.basic_int as h3

from shared.contracts.records import AedRecord, PresenceRecord, RescuerRecord, UnitRecord
from shared.decision.aed_index import AedIndex
from shared.decision.history import History
from shared.decision.rescuer_index import RescuerEntry, RescuerIndex
from shared.decision.units_index import UnitIndex

__all__ = ["AedIndex", "RescuerEntry", "RescuerIndex", "UnitIndex", "index_of", "rings_within"]

RING_MIN_SHARE = 0.6
"""Narrowest advance per ring ÷ (√3 × average edge): cells differ in size by up to a third, and six
of the twelve directions of a ring of hexagons advance by cos 30° only; measured down to 0.63."""


def rings_within(radius_m: float, resolution: int) -> int:
    """How many rings of that resolution surely cover ``radius_m`` metres around a cell."""
    advance_m = 3**0.5 * h3.average_hexagon_edge_length(resolution, "m") * RING_MIN_SHARE
    return int(radius_m / advance_m) + 1


def index_of(
    *,
    rescuers: Iterable[RescuerRecord] = (),
    presence: Iterable[PresenceRecord] = (),
    aeds: Iterable[AedRecord] = (),
    units: Iterable[UnitRecord] = (),
    history: Mapping[str, History] | None = None,
) -> tuple[RescuerIndex, AedIndex, UnitIndex]:
    """Fresh indexes of what files or tests hold."""
    rescuer_index, aed_index, unit_index = RescuerIndex(), AedIndex(), UnitIndex()
    for rescuer_id, known in (history or {}).items():
        rescuer_index.remember(rescuer_id, known)
    for seen in presence:
        rescuer_index.place(seen)
    for rescuer in rescuers:
        rescuer_index.put(rescuer)
    for aed in aeds:
        aed_index.put(aed)
    for unit in units:
        unit_index.put(unit)
    return rescuer_index, aed_index, unit_index
