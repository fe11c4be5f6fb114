"""Where arrests come from when nobody gives a file: where a scenario's people live."""

from __future__ import annotations

import numpy as np

from shared.errors import UserError
from shared.geometry.cells import centre_of
from shared.scenarios.scenario import Scenario
from shared.simulation.assumptions import Assumptions
from shared.simulation.demand import OF_RESCUERS, Demand
from shared.snapshots import Known

CELL_SPREAD_M = 40.0
"""Of places within an H3 cell of resolution 10, whose edge is some 75 m."""


def of_scenario(
    scenario: Scenario, known: Known, assumptions: Assumptions, population: float | None
) -> Demand:
    """Arrests where people live; the built-in Sanming has its own population, else rescuers' homes.

    Homes of rescuers stand in for those of everybody: an assumption, and the source says so.
    """
    manifest = scenario.manifest
    return of_base(manifest.name, manifest.seed, known, assumptions, population)


def of_base(
    base: str, seed: int | None, known: Known, assumptions: Assumptions, population: float | None
) -> Demand:
    """The same for what is known of a scenario of that name, ``seed`` None when it has none."""
    if base == "sanming" and seed is not None:
        return _sanming(seed, population)
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
        source=f"{OF_RESCUERS}{guessed}",
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
