"""All SQL of planning."""

from __future__ import annotations

from services.planning.store.runs import RunStore
from services.planning.store.scenarios import ScenarioStore
from services.planning.store.snapshots import SnapshotStore

__all__ = ["RunStore", "ScenarioStore", "SnapshotStore"]
