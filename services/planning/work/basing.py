"""A built-in scenario made, as planning keeps bases."""

from __future__ import annotations

from services.planning.work.jobs import Blobs, Done, Json, Tell
from shared.errors import UserError
from shared.planning.ground import noon
from shared.scenarios import load
from shared.scenarios.files import ScenarioError
from shared.scenarios.records import known_of
from shared.snapshots import Known, encode


def do(job: Json, blobs: Blobs, tell: Tell) -> Done:
    """Its document, and what is told of it."""
    name = job["name"]
    try:
        scenario = load(name, today=noon().date())
    except ScenarioError as error:
        raise UserError(f"scenario {name}: {error}") from None
    known = known_of(scenario, noon())
    document = encode(
        known,
        noon(),
        f"scenario {name}",
        attribution=tuple(source.attribution for source in scenario.manifest.sources),
    )
    meta = {"taken_at": noon().isoformat(), "counts": known.counts(), "sites": _sites(known)}
    return meta, [document]


def _sites(known: Known) -> Json:
    """AEDs, stations and units as JSON rows."""
    tables = ("aeds", "stations", "units")
    return {name: [row.model_dump(mode="json") for row in known.table(name)] for name in tables}
