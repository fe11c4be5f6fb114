"""What replications gave, in numbers: one for each replication, their mean, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.simulation.assumptions import Assumptions
from shared.simulation.run import Outcome
from shared.simulation.statistics import interval
from shared.simulation.survival import CURVES

Json = dict[str, Any]
Floats = npt.NDArray[np.float64]

CPR_WITHIN_S, SHOCK_WITHIN_S, ALS_WITHIN_S = 240.0, 360.0, 600.0


def metrics(outcome: Outcome, assumptions: Assumptions) -> Json:
    """The numbers of one replication, nested as they are told; None where there is no incident."""
    results = outcome.results
    if not results:
        return {}

    def times(name: str) -> Floats:
        values = np.array([getattr(r, name) for r in results], dtype=np.float64)
        return np.minimum(values, assumptions.horizon_s)

    def each(name: str) -> Floats:
        return np.array([getattr(r, name) for r in results], dtype=np.float64)

    cpr, shock, als = times("cpr_s"), times("shock_s"), times("als_s")
    ambulance, rescuer = each("ambulance_s"), each("rescuer_s")
    weekly = list(outcome.alerts_by_week.values())
    return {
        **{
            name: {"median": float(np.median(t)), "p90": float(np.percentile(t, 90))}
            for name, t in (("cpr_s", cpr), ("shock_s", shock), ("als_s", als))
        },
        "share_cpr_240s": float((cpr <= CPR_WITHIN_S).mean()),
        "share_shock_360s": float((shock <= SHOCK_WITHIN_S).mean()),
        "share_als_600s": float((als <= ALS_WITHIN_S).mean()),
        "alerts_per_incident": float(each("alerts").mean()),
        "accepted_per_incident": float(each("accepted").mean()),
        "arrived_per_incident": float(each("arrived").mean()),
        "redundant_arrivals": float(each("redundant").mean()),
        "before_ems_share": float((rescuer < ambulance).mean()),
        "aed_by_rescuer_share": float((each("collected_s") < np.inf).mean()),
        "plans_per_incident": float(each("plans").mean()),
        "queued_share": float((each("waited_s") > 0).mean()),
        "fatigue": {
            "alerts_per_rescuer_week": sum(weekly) / max(1.0, outcome.rescuers * outcome.weeks),
            "most_in_a_week": float(max(weekly, default=0)),
            "alerted_rescuer_weeks_with_3_or_more": float(
                np.mean([n >= 3 for n in weekly]) if weekly else 0.0
            ),
        },
        "survival_index": {
            name: float(curve(cpr / 60, shock / 60, als / 60).mean())
            for name, curve in CURVES.items()
        },
    }


def combined(replications: Sequence[Json], first: Sequence[Json] | None = None) -> Json:
    """The mean of each number over replications, with ``ci95``.

    With ``first`` (the same replications of the first policy) also ``difference``: the paired
    difference to it, whose interval is narrow because both had the same random numbers.
    """
    told = [each for each in replications if each]
    if not told:
        return {}
    document = _walk(told, lambda values: float(np.mean(values)))
    document["ci95"] = _walk(told, _bounds)
    if first is not None:
        pairs = [(a, b) for a, b in zip(replications, first, strict=True) if a and b]
        gaps = [_minus(a, b) for a, b in pairs]
        document["difference"] = {
            **_walk(gaps, lambda values: float(np.mean(values))),
            "ci95": _walk(gaps, _bounds),
        }
    return document


def _bounds(values: Sequence[float]) -> list[float] | None:
    found = interval(values)
    return None if found is None else [found[0], found[1]]


def _walk(many: Sequence[Json], what: Any) -> Json:
    found: Json = {}
    for name, value in many[0].items():
        if isinstance(value, Mapping):
            found[name] = _walk([each[name] for each in many], what)
        else:
            found[name] = what([each[name] for each in many])
    return found


def _minus(a: Mapping[str, Any], b: Mapping[str, Any]) -> Json:
    return {
        name: _minus(value, b[name]) if isinstance(value, Mapping) else value - b[name]
        for name, value in a.items()
    }
