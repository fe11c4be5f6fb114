"""Which streets a plan, a demonstration or a stay goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.errors import UserError

if TYPE_CHECKING:
    from shared.decision import Policy
    from shared.decision.routing import Router
    from shared.scenarios import Scenario
    from shared.streets.graph import StreetGraph

COVERED_SHARE = 0.9
"""Streets that miss more of a scenario's AEDs than the rest of this are another place's."""


@dataclass(frozen=True, slots=True)
class Streets:
    """A street network, built and kept in a folder of its own."""

    folder: Path
    version: str
    attribution: str
    file: str | None
    """Name of the extract that it was built from."""
    bounds: tuple[float, float, float, float] | None
    """South, west, north, east, degrees."""

    def document(self) -> dict[str, Any]:
        """For JSON: the same wherever the folder lies."""
        return {"version": self.version, "attribution": self.attribution, "file": self.file}

    def has(self, latitude: float, longitude: float) -> bool:
        """Whether a place is within its bounds."""
        if self.bounds is None:
            return False
        south, west, north, east = self.bounds
        return south <= latitude <= north and west <= longitude <= east

    def cover(self, scenario: Scenario) -> bool:
        """Whether they are the streets of a scenario: its call, and nearly all of its AEDs."""
        call = scenario.manifest.demo.place.wgs84()
        places = [row["place"] for row in scenario.aeds]
        inside = sum(self.has(place["latitude"], place["longitude"]) for place in places)
        return self.has(call.latitude, call.longitude) and inside >= COVERED_SHARE * len(places)


def streets_in(folder: Path) -> Streets:
    """What a folder of streets says of itself; raises :class:`UserError`."""
    from shared.streets.graph import GraphError, read_manifest

    try:
        manifest = read_manifest(folder)
    except (GraphError, OSError) as error:
        raise UserError(f"{folder}: {error}") from None
    source = manifest.get("source") or {}
    bounds: Sequence[float] | None = source.get("bounds")
    return Streets(
        folder=folder,
        version=manifest["version"],
        attribution=manifest["attribution"],
        file=source.get("file"),
        bounds=None if bounds is None else (bounds[0], bounds[1], bounds[2], bounds[3]),
    )


def built_from(file: Path, data_dir: Path) -> Streets:
    """The streets of an extract in a data directory, built with progress where they are not yet.

    They are that directory's current ones from now on. Raises :class:`UserError`.
    """
    from deploy.roads import build
    from deploy.roads.telling import say

    return streets_in(build(file, data_dir, say))


def current_streets(data_dir: Path, scenario: Scenario | None = None) -> Streets | None:
    """The streets that were built last in a data directory; None where there are none.

    With a scenario: only if they are streets of that place.
    """
    from deploy.roads import current

    folder = current(data_dir)
    if folder is None:
        return None
    found = streets_in(folder)
    return found if scenario is None or found.cover(scenario) else None


def routed(
    graph: StreetGraph, file: str | None, policy: Policy, place: tuple[float, float]
) -> tuple[Router | None, dict[str, Any]]:
    """A router on a graph for a call at a place, and what the plan tells of the streets.

    As dispatch has it: no router where no street is near, which is then planned on the H3 grid.
    """
    from shared.decision.circle import router_at
    from shared.streets.router import StreetRouter

    streets = Streets(Path(), graph.version, graph.attribution, file, None)
    router = StreetRouter(graph, policy.streets, policy.travel)
    return router_at(router, *place), streets.document()


def of_extract(file: Path) -> tuple[StreetGraph, str]:
    """The streets of an extract without a data directory, and its name.

    Built with progress where the cache has them not. Raises :class:`UserError`.
    """
    from deploy.roads.built import built_of
    from deploy.roads.telling import say

    return built_of(file, say).graph, file.name


def of_folder(folder: Path) -> tuple[StreetGraph, str | None]:
    """The streets of a folder, and the extract's name; raises :class:`UserError`."""
    from shared.streets.graph import GraphError, load

    try:
        return load(folder), streets_in(folder).file
    except (GraphError, OSError) as error:
        raise UserError(f"{folder}: {error}") from None
