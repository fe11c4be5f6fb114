"""Which county-level unit each point of a scenario's demand lies in, where that is known."""

from __future__ import annotations

from collections.abc import Sequence

Counties = tuple[Sequence[tuple[str, str]], Sequence[int]]
"""(id, name) of each, and for each point the position of its own."""


def counties_of(base: str, seed: int | None) -> Counties | None:
    """Of the demand that :func:`shared.planning.demand.of_base` gives; None where nobody knows."""
    if base != "sanming" or seed is None:
        return None
    from shared.scenarios.random_places import generator
    from shared.scenarios.sanming_places import COUNTIES, make_land

    land = make_land(generator(seed, "land"))
    number = {county.code: k for k, county in enumerate(COUNTIES)}
    of_place = {place.geonameid: number[place.county] for place in land.places}
    return [(c.code, c.name) for c in COUNTIES], [of_place[c.area] for c in land.clusters]
