"""From the patient's surroundings to arrays of times: who needs how long, direct or over an AED."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.contracts.words import TransportMode
from shared.decision.candidates import AedCandidate, Candidate
from shared.decision.model import Patient
from shared.decision.policy import Travel
from shared.decision.routing import FloatArray, GridRouter, IntArray, Router
from shared.decision.snapshot import Snapshot


def router_of(snapshot: Snapshot, travel: Travel) -> Router:
    """The snapshot's streets, or the grid with the policy's route factors."""
    return snapshot.router or GridRouter(travel.route_factor)


def vertical_s(floor: int | None, travel: Travel) -> float:
    """Seconds between the door and that floor (up or down); about 2 min at most (CMAJ 2016)."""
    if floor is None:
        return travel.unknown_floor_s
    return min(abs(floor) * travel.per_floor_s, travel.floors_max_s)


def points(places: Sequence[tuple[float, float]]) -> FloatArray:
    """(n, 2) degrees, also for no places at all."""
    return np.array(places, dtype=np.float64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Ways:
    """On the move only: no turnout, no picking up, no floors."""

    direct_m: FloatArray
    """(n,) rescuer → patient; ``inf`` where there is no way."""
    direct_s: FloatArray
    to_aed_m: FloatArray
    """(n, a) rescuer → AED."""
    to_aed_s: FloatArray
    from_aed_m: FloatArray
    """(n, a) AED → patient, by that rescuer's mode."""
    from_aed_s: FloatArray


def ways_of(
    rescuers: Sequence[tuple[float, float, TransportMode]],
    aeds: Sequence[AedCandidate],
    patient: Patient,
    router: Router,
    travel: Travel,
) -> Ways:
    """All ways at once, one many-to-many search per transport mode."""
    n, a = len(rescuers), len(aeds)
    here = points([(patient.latitude, patient.longitude)])
    devices = points([(aed.record.latitude, aed.record.longitude) for aed in aeds])
    direct_m, direct_s = np.empty(n), np.empty(n)
    to_aed_m, to_aed_s = np.empty((n, a)), np.empty((n, a))
    from_aed_m, from_aed_s = np.empty((n, a)), np.empty((n, a))
    by_mode: dict[TransportMode, list[int]] = {}
    for i, (_, _, mode) in enumerate(rescuers):
        by_mode.setdefault(mode, []).append(i)
    for mode in sorted(by_mode):
        rows = by_mode[mode]
        speed = travel.speed_m_s[mode]
        origins = points([rescuers[i][:2] for i in rows])
        metres, seconds = router.legs(origins, here, mode, speed)
        direct_m[rows], direct_s[rows] = metres[:, 0], seconds[:, 0]
        if a:
            to_aed_m[rows], to_aed_s[rows] = router.legs(origins, devices, mode, speed)
            metres, seconds = router.legs(devices, here, mode, speed)
            from_aed_m[rows], from_aed_s[rows] = metres[:, 0], seconds[:, 0]
    return Ways(direct_m, direct_s, to_aed_m, to_aed_s, from_aed_m, from_aed_s)


def places_of(candidates: Sequence[Candidate]) -> list[tuple[float, float, TransportMode]]:
    """Where the candidates are and how they move."""
    return [
        (c.where.place.latitude, c.where.place.longitude, c.record.transport_mode)
        for c in candidates
    ]


def least(values: FloatArray, count: int) -> IntArray:
    """Indexes of the ``count`` least finite values, the least first, lower index on ties."""
    order = np.argsort(values, kind="stable")[:count]
    finite: IntArray = order[np.isfinite(values[order])]
    return finite
