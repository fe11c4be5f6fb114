"""The inputs of a decision, as the caller's memory holds them at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from shared.contracts.records import StationRecord
from shared.decision.index import AedIndex, RescuerIndex, UnitIndex
from shared.decision.model import Held
from shared.decision.routing import Router

if TYPE_CHECKING:
    from shared.decision.marked import Marked


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Live indexes and small maps; making one copies nothing.

    ``decide`` reads it and changes nothing; it must not be changed by others meanwhile (one event
    loop, no await inside a decision).
    """

    rescuers: RescuerIndex
    aeds: AedIndex
    units: UnitIndex
    stations: Mapping[str, StationRecord]
    held: Held = field(default_factory=Held)
    alerts_recent: Mapping[str, int] = field(default_factory=dict)
    """Rescuer id → alerts sent within the policy's fatigue window, other incidents only; those at
    the policy's limit are enough."""
    missing_aeds: frozenset[str] = frozenset()
    """AEDs that somebody did not find, or found taken, and that nobody has checked since."""
    as_of: Mapping[str, datetime] = field(default_factory=dict)
    """Table (topic) name → time of its newest record; a table not in it has told nothing."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Table name → records, where the indexes hold only a part (a recorded input); else empty."""
    marked: Marked | None = None
    """Held, tired and missing by row, where that is known already (``marked.ready``)."""
    router: Router | None = None
    """Streets, when they are loaded; None is the H3 grid with the policy's route factors."""
