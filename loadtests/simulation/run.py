"""All measurements in turn, as one document."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from loadtests.simulation.decided import city, measured
from loadtests.simulation.instance import town
from loadtests.simulation.peer import simpy
from loadtests.simulation.simpy_model import Model
from shared.simulation.replay import Trace, replay

AIMS = {"ratio_simpy": 20.0, "ratio_simpy_decision": 0.2}
"""Incidents per second and core, ours ÷ SimPy's, at least."""
SAME_MIN = 1e-9


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure."""

    calls: int = 20_000
    repeats: int = 5
    arrests: int = 600
    seed: int = 1
    scenario: str = "sanming"


def run(options: Options, say: Callable[[str], None]) -> dict[str, Any]:
    """The measurements; raises ``RuntimeError`` when the two simulators do not agree.

    Time is the processor's, so that neighbours on the machine disturb less; a repeat is SimPy's
    whole run and ours on the same calls, in turn.
    """
    module = simpy()
    trace = town(options.calls, seed=options.seed)
    replay(town(50, seed=options.seed), quick=True)  # compiled from here on
    peers, ours = [], []
    agreement: dict[str, Any] = {}
    for number in range(options.repeats):
        model = Model(module, trace)
        began = process_time()
        model.run()
        peers.append(options.calls / (process_time() - began))
        began = process_time()
        found = replay(trace, quick=True)
        ours.append(options.calls / (process_time() - began))
        agreement = _agreement(model, found.ambulance, found.response_min)
        say(
            f"repeat {number + 1} of {options.repeats}: SimPy {peers[-1]:,.0f}, "
            f"ours {ours[-1]:,.0f} incidents/s"
        )
    say(f"the decision, on {options.scenario} in straight lines")
    place = city(options.scenario)
    rounds = []
    for number in range(max(1, options.repeats // 2)):
        rounds.append(measured(place, options.arrests, options.seed + number))
        say(f"{rounds[-1]['decision']['incidents_per_s']:,.0f} incidents/s, one decision each")
    peer_per_s, ours_per_s = median(peers), median(ours)
    decision = _middle(rounds, "decision")
    simulation = _middle(rounds, "simulation")
    ratios = {
        "ratio_simpy": ours_per_s / peer_per_s,
        "ratio_simpy_decision": decision["incidents_per_s"] / peer_per_s,
        "ratio_simpy_simulation": simulation["incidents_per_s"] / peer_per_s,
    }
    return {
        **ratios,
        "aims": AIMS,
        "reached": {name: ratios[name] >= least for name, least in AIMS.items()},
        "simpy": {"incidents_per_s": peer_per_s, "version": module.__version__, "repeats": peers},
        "replay": {"incidents_per_s": ours_per_s, "repeats": ours, "agreement": agreement},
        "decision": decision,
        "simulation": simulation,
        "town": _told(trace),
        "scenario": options.scenario,
        "seed": options.seed,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _agreement(model: Model, ambulance: Any, response_min: Any) -> dict[str, Any]:
    apart = float(np.abs(np.array(model.response) - response_min).max())
    same = float((np.array(model.chosen) == ambulance).mean())
    if apart > SAME_MIN or same < 1.0:
        raise RuntimeError(f"SimPy's responses differ by {apart} min, {same:.4%} same ambulances")
    return {"same_ambulance": same, "largest_difference_min": apart}


def _middle(rounds: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The round in the middle by pace."""
    ordered = sorted((each[name] for each in rounds), key=lambda each: each["incidents_per_s"])
    middle: dict[str, Any] = ordered[len(ordered) // 2]
    return middle


def _told(trace: Trace) -> dict[str, Any]:
    found = replay(trace, quick=True)
    return {
        "calls": len(trace.arrival_min),
        "ambulances": len(trace.bases),
        "places": len(trace.travel),
        "queued": found.queued,
        "mean_response_min": float(found.response_min.mean()),
    }


def table(document: dict[str, Any]) -> str:
    """The document for people."""
    aims = document["aims"]
    lines = [
        f"incidents per second and core, {document['town']['calls']:,} calls of which "
        f"{document['town']['queued']:,} waited"
    ]
    for name, key in (
        (f"SimPy {document['simpy']['version']}", "simpy"),
        ("plan replay, the same rule", "replay"),
        ("one whole decision an incident", "decision"),
        ("the whole simulation, answers and new plans", "simulation"),
    ):
        lines.append(f"  {name:<44}{document[key]['incidents_per_s']:>14,.0f}")
    for name in ("ratio_simpy", "ratio_simpy_decision", "ratio_simpy_simulation"):
        aim = f"  (aim {aims[name]:g})" if name in aims else ""
        lines.append(f"{name:<46}{document[name]:>14.3f}{aim}")
    return "\n".join(lines)
