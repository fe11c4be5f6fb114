"""All SQL of stations, units and circles."""

from __future__ import annotations

from services.ambulance_stations.store.circles import CircleStore, MadeWith
from services.ambulance_stations.store.station_circles import StationCircles
from services.ambulance_stations.store.stations import StationStore
from services.ambulance_stations.store.units import UnitStore

__all__ = ["CircleStore", "MadeWith", "StationCircles", "StationStore", "UnitStore"]
