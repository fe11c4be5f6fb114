"""Where a simulation's arrests come from: a file of points, or a scenario's people."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import numpy as np

from deploy.errors import UserError
from shared.geometry.cells import centre_of
from shared.importing.reading import read_file
from shared.scenarios import Scenario
from shared.simulation.assumptions import Assumptions
from shared.simulation.demand import Demand
from shared.snapshots import Known

CELL_SPREAD_M = 40.0
"""Of places within an H3 cell of resolution 10, whose edge is some 75 m."""


def of_scenario(
    scenario: Scenario, known: Known, assumptions: Assumptions, population: float | None
) -> Demand:
    """Arrests where people live; the built-in Sanming has its own population, else rescuers' homes.

    Homes of rescuers stand in for those of everybody: an assumption, and the source says so.
    """
    if scenario.manifest.name == "sanming" and scenario.manifest.seed is not None:
        return _sanming(scenario.manifest.seed, population)
    homes = [place.cell for person in known.rescuers for place in person.places[:1]]
    if not homes:
        raise UserError("the scenario has no rescuers to stand in for where people live: "
                        "give --demand FILE")  # fmt: skip
    places = np.array([centre_of(cell) for cell in homes])
    people = population or len(known.rescuers) / assumptions.rescuers_per_100k * 1e5
    guessed = "" if population else f"; population taken as {people:,.0f}, from their number"
    return Demand(
        latitude=places[:, 0],
        longitude=places[:, 1],
        weight=np.ones(len(places)),
        population=people,
        spread_m=CELL_SPREAD_M,
        source=f"homes of rescuers stand in for where people live{guessed}",
    )


def _sanming(seed: int, population: float | None) -> Demand:
    from shared.scenarios.random_places import generator
    from shared.scenarios.sanming_places import (
        COUNTIES,
        NEIGHBOURHOOD_SIGMA_M,
        RESCUERS_IN_TOWN,
        make_land,
    )

    clusters = make_land(generator(seed, "land")).clusters
    # What the rescuers' weights have on top for towns is taken off again.
    weight = [c.weight / (RESCUERS_IN_TOWN if c.urban else 1.0) for c in clusters]
    return Demand(
        latitude=np.array([c.latitude for c in clusters]),
        longitude=np.array([c.longitude for c in clusters]),
        weight=np.array(weight),
        population=population or float(sum(county.population for county in COUNTIES)),
        spread_m=NEIGHBOURHOOD_SIGMA_M,
        source="the scenario's population of neighbourhoods and villages (assumed, 2.49 million)",
    )


def of_file(path: Path, population: float | None) -> Demand:
    """Points ``latitude,longitude,weight`` (people, where no population is named).

    Raises :class:`UserError` naming row and field.
    """
    fields = ("latitude", "longitude", "weight")
    table = read_file(path, lambda column: column in fields)
    missing = [field for field in fields if field not in table.columns]
    if missing:
        raise UserError(f"{path}: has no column {missing[0]!r}: it needs {', '.join(fields)}")
    rows = []
    for record in table.records:
        values = []
        for field, most in zip(fields, (90.0, 180.0, 1e12), strict=True):
            text = str(record.values.get(field, ""))
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            low = 0.0 if field == "weight" else -most
            if not (isfinite(value) and low <= value <= most):
                raise UserError(
                    f"{path}: row {record.row}, {field}: {text!r} is not from {low:g} to {most:g}"
                )
            values.append(value)
        rows.append(values)
    points = np.array(rows).reshape(-1, 3)
    if not len(points) or points[:, 2].sum() <= 0:
        raise UserError(f"{path}: has no row with a weight above 0")
    people = population or float(points[:, 2].sum())
    return Demand(points[:, 0], points[:, 1], points[:, 2], people, source=f"points of {path.name}")
