"""Where new AEDs or ambulances go, and which AEDs to move: proven, on a scenario's cells."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import h3
import msgspec
import numpy as np

from services.planning.work.grounds import grounds_of, policy_of
from services.planning.work.jobs import Blobs, Done, Json, Tell
from services.planning.work.open_hours import covered_share, usable
from shared.contracts.words import TransportMode, UnitKind
from shared.coverage import cells_of
from shared.decision import Policy
from shared.errors import UserError
from shared.planning.ground import Ground
from shared.simulation.demand import hours_of
from shared.siting.answer import Float64, Patience, Solution
from shared.siting.distances import Given, GreatCircle, whole
from shared.siting.moves import paired
from shared.siting.problem import Answer, Costs, Model, Problem, relocated, site

MOST_CANDIDATES = 3_000
"""Cells that may get something, those with most arrests first, where none are named."""
CURVE = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Where arrests are expected, a row for each cell."""

    ids: tuple[str, ...]
    places: Float64
    """(n, 2) degrees: the middle of the arrests in it."""
    arrests: Float64
    """(n,) a year."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Where something may be put."""

    ids: Sequence[str]
    places: Float64

    def told(self, k: int) -> Json:
        """One as it is answered."""
        latitude, longitude = (round(float(each), 6) for each in self.places[k])
        return {"id": self.ids[k], "latitude": latitude, "longitude": longitude}


def do(job: Json, blobs: Blobs, tell: Tell) -> Done:
    """The document of ``plan site`` or ``plan relocate``, with places."""
    began = time.monotonic()
    asked = job["parameters"]
    tell(0.05, "reading the scenario")
    ground = grounds_of(job, blobs, asked["population"])[0]
    cells = _cells(ground)
    candidates = _candidates(cells, asked.get("candidates"))
    tell(0.2, f"{len(cells.ids):,} cells, {len(candidates.ids):,} candidates")
    patience = Patience(asked["time_limit_s"], lambda line: tell(0.4, line), time.monotonic, began)
    policy = policy_of(job)
    if job["do"] == "relocate":
        told = _relocated(ground, cells, candidates, asked, policy, patience)
    elif asked["model"] == Model.MEXCLP:
        told = _ambulances(ground, cells, candidates, asked, policy, patience)
    else:
        told = _sited(ground, cells, candidates, asked, policy, patience, tell)
    told |= {
        "elapsed_s": round(time.monotonic() - began, 3),
        "scenario": ground.name,
        "candidates": len(candidates.ids),
        "demand": {
            "source": ground.demand.source,
            "cells": len(cells.ids),
            "arrests_per_year": math.fsum(cells.arrests.tolist()),
            "population": ground.demand.population,
        },
        "attribution": list(ground.attribution),
        "synthetic": dict(ground.synthetic),
    }
    return {}, [msgspec.json.encode(told)]


def _cells(ground: Ground) -> Cells:
    found = cells_of(ground.demand)
    many = len(found.cells)
    arrests = np.bincount(found.cell, found.arrests, minlength=many).astype(np.float64)
    weights = np.where(arrests[found.cell] > 0, found.arrests, 1.0)
    total = np.bincount(found.cell, weights, minlength=many)
    places = np.column_stack(
        [
            np.bincount(found.cell, weights * each, minlength=many) / total
            for each in (found.latitude, found.longitude)
        ]
    )
    return Cells(found.cells, places, arrests)


def _candidates(cells: Cells, given: Sequence[Json] | None) -> Candidates:
    if given:
        return Candidates(
            [each["id"] for each in given],
            np.array([(each["latitude"], each["longitude"]) for each in given]),
        )
    kept = np.sort(np.argsort(-cells.arrests, kind="stable")[:MOST_CANDIDATES])
    kept = kept[cells.arrests[kept] > 0]
    if not len(kept):
        raise UserError("nowhere are arrests expected: choose another scenario")
    places = np.array([h3.cell_to_latlng(cells.ids[k]) for k in kept])
    return Candidates([cells.ids[k] for k in kept], places)


def _radius_m(asked: Json, policy: Policy, mode: TransportMode, start_s: float) -> float | None:
    """Metres in a straight line: as given, or what the policy's way takes so many seconds."""
    if asked["within_s"] is None:
        radius_m: float | None = asked["radius_m"]
        return radius_m
    travel = policy.travel
    factor = travel.route_factor[mode]
    within_s: float = asked["within_s"]
    return max(0.0, within_s - start_s) * travel.speed_m_s[mode] / factor


def _solution(solution: Solution, base: float = 0.0) -> Json:
    """Objective, bound and gap with what stands already, which no model changes."""
    if solution.objective is None or solution.bound is None:
        return {"status": str(solution.status), "objective": None, "bound": None, "gap": None}
    objective, bound = solution.objective + base, solution.bound + base
    gap = abs(bound - objective) / max(1e-9, abs(objective))
    return {"status": str(solution.status), "objective": objective, "bound": bound, "gap": gap}


def _sited(
    ground: Ground,
    cells: Cells,
    candidates: Candidates,
    asked: Json,
    policy: Policy,
    patience: Patience,
    tell: Tell,
) -> Json:
    """AEDs, beside those that hang already and are open at some hours."""
    model, p = Model(asked["model"]), asked["p"]
    aeds = usable(ground.known)
    radius_m = _radius_m(asked, policy, TransportMode.FOOT, policy.aed.pick_up_s)
    table = GreatCircle(cells.places, candidates.places)
    existing = np.array([(aed.latitude, aed.longitude) for aed in aeds]).reshape(-1, 2)
    total = math.fsum(cells.arrests.tolist())
    if model in (Model.PMEDIAN, Model.PCENTER):
        there = GreatCircle(cells.places, existing)
        answer = site(model, Problem(table, there, cells.arrests), patience, p=p, limit=radius_m)
        return _told(asked, answer, candidates, _solution(answer.solution), radius_m)
    assert radius_m is not None
    share = covered_share(cells.places, aeds, radius_m, hours_of(ground.demand))
    left = cells.arrests * (1.0 - share)
    base = total - math.fsum(left.tolist())
    nothing = Given(np.zeros((len(cells.ids), 0)))
    if model is Model.LSCP:
        # Covered around the clock is what needs nothing new.
        open_ = (share < 1.0 - 1e-9) & (cells.arrests > 0)
        rest = Problem(
            Given(whole(table)[open_]), Given(np.zeros((int(open_.sum()), 0))), left[open_]
        )
        answer = site(model, rest, patience, p=p, limit=radius_m)
        told = _told(asked, answer, candidates, _solution(answer.solution), radius_m)
        told["covered_weight"] = total if answer.solution.objective is not None else base
        return told | {"total_weight": total, "already": base}
    problem = Problem(table, nothing, left)
    answer = site(model, problem, patience, p=p, limit=radius_m)
    told = _told(asked, answer, candidates, _solution(answer.solution, base), radius_m)
    told |= {"covered_weight": answer.covered_weight + base, "total_weight": total, "already": base}
    if asked["curve"] and p:
        told["curve"] = _curve(problem, p, radius_m, base, total, answer, patience, tell)
    return told


def _curve(
    problem: Problem,
    p: int,
    radius_m: float,
    base: float,
    total: float,
    last: Answer,
    patience: Patience,
    tell: Tell,
) -> list[Json]:
    """What fewer of them cover, each with its own proof or bound."""
    steps = [k for k in CURVE if k < p]
    found: list[tuple[int, Solution | None]] = [(0, None)]
    for number, k in enumerate(steps):
        tell(0.5 + 0.5 * number / (len(steps) + 1), f"the best {k} of at most {p}")
        if patience.over():
            break
        found.append((k, site(Model.MCLP, problem, patience, p=k, limit=radius_m).solution))
    found.append((p, last.solution))
    return [
        {
            "p": k,
            "covered_share": (base + (0.0 if s is None else s.objective or 0.0)) / total,
            "bound_share": (base + (0.0 if s is None else s.bound or 0.0)) / total,
            "status": "optimal" if s is None else str(s.status),
        }
        for k, s in found
    ]


def _ambulances(
    ground: Ground,
    cells: Cells,
    candidates: Candidates,
    asked: Json,
    policy: Policy,
    patience: Patience,
) -> Json:
    """Ambulances, each busy with the same probability, beside those that stand at stations."""
    stations = {station.id: station for station in ground.known.stations}
    own = [
        stations[unit.station_id]
        for unit in ground.known.units
        if unit.kind is UnitKind.AMBULANCE and unit.station_id in stations
    ]
    start_s = policy.units.order_s + policy.units.ambulance_turnout_s
    radius_m = _radius_m(asked, policy, TransportMode.CAR, start_s)
    existing = np.array([(each.latitude, each.longitude) for each in own]).reshape(-1, 2)
    problem = Problem(
        GreatCircle(cells.places, candidates.places),
        GreatCircle(cells.places, existing),
        cells.arrests,
    )
    answer = site(
        Model.MEXCLP, problem, patience, p=asked["p"], limit=radius_m, busy=asked["busy_fraction"]
    )
    told = _told(asked, answer, candidates, _solution(answer.solution), radius_m)
    return told | {"existing": len(own)}


def _told(
    asked: Json, answer: Answer, candidates: Candidates, solved: Json, radius_m: float | None
) -> Json:
    return {
        "model": asked["model"],
        **solved,
        "sites": [candidates.told(k) for k in answer.solution.chosen],
        "covered_weight": answer.covered_weight,
        "total_weight": answer.total_weight,
        "radius_m": radius_m,
    }


def _relocated(
    ground: Ground,
    cells: Cells,
    candidates: Candidates,
    asked: Json,
    policy: Policy,
    patience: Patience,
) -> Json:
    """New and moved AEDs within a budget; all count as open around the clock."""
    aeds = usable(ground.known)
    radius_m = _radius_m(asked, policy, TransportMode.FOOT, policy.aed.pick_up_s)
    assert radius_m is not None
    existing = np.array([(aed.latitude, aed.longitude) for aed in aeds]).reshape(-1, 2)
    problem = Problem(
        GreatCircle(cells.places, candidates.places),
        GreatCircle(cells.places, existing),
        cells.arrests,
    )
    costs = Costs(*(_exact(asked[name]) for name in ("budget", "cost_new", "cost_move")))
    found, answer = relocated(problem, costs, radius_m, patience)
    chosen, kept = list(answer.solution.chosen), set(found.kept.tolist())
    moved = [k for k in range(len(aeds)) if k not in kept]
    pairs = paired(whole(GreatCircle(existing, candidates.places)), moved, chosen)
    targets = {to for _, to in pairs}
    new = [k for k in chosen if k not in targets]
    told = _told({"model": "relocate"}, answer, candidates, _solution(answer.solution), radius_m)
    return told | {
        "kept": [aeds[k].id for k in sorted(kept)],
        "moved": [
            {
                "from": {
                    "id": aeds[a].id,
                    "latitude": aeds[a].latitude,
                    "longitude": aeds[a].longitude,
                },
                "to": candidates.told(b),
            }
            for a, b in pairs
        ],
        "new": [candidates.told(k) for k in new],
        "cost": float(costs.of(len(new), len(pairs))),
        "budget": asked["budget"],
    }


def _exact(amount: float) -> Fraction:
    """As it was written: 0.6 pays for three times 0.2."""
    return Fraction(str(amount))
