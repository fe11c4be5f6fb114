"""The ten-minute circle: the H3 cells (resolution 9) within reach in time, minute by minute.

Of a station by each of its units' modes, of a patient (from where they are reached), and of an
incident: where everyone who accepted, and each unit ordered, can be from now on. On streets where
they are loaded, on the H3 grid elsewhere.
"""

from __future__ import annotations

from shared.decision.circle_around import circle_bands, patient_circle, station_circle
from shared.decision.circle_cells import CIRCLE_RESOLUTION, count
from shared.decision.circle_reach import IncidentReach, ResponderReach, incident_reach
from shared.decision.circle_streets import prepare_circles, router_at

__all__ = [
    "CIRCLE_RESOLUTION",
    "IncidentReach",
    "ResponderReach",
    "circle_bands",
    "count",
    "incident_reach",
    "patient_circle",
    "prepare_circles",
    "router_at",
    "station_circle",
]
