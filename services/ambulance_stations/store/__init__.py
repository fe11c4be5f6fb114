"""All SQL of stations, units and circles."""

from __future__ import annotations

from services.ambulance_stations.store.circles import CircleStore, StationCircles
from services.ambulance_stations.store.stations import StationStore
from services.ambulance_stations.store.units import UnitStore

__all__ = ["CircleStore", "StationCircles", "StationStore", "UnitStore"]
