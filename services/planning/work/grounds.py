"""A job's scenarios as grounds that planning's questions are asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.planning.work.jobs import Blobs, Json
from services.planning.work.streets import router_of
from shared.contracts.records import AedRecord, StationRecord
from shared.decision import Policy
from shared.decision.policy import default_policy, named_policy
from shared.errors import UserError
from shared.planning.demand import of_base
from shared.planning.ground import Ground
from shared.scenarios.catalogue import LISTED
from shared.simulation.assumptions import DEFAULT
from shared.simulation.demand import Demand
from shared.snapshots import Known, decode
from shared.whatif import read_changes, within


def seed_of(base: str) -> int | None:
    """What a built-in scenario is generated from; None for any other base."""
    return next((each.seed for each in LISTED if each.name == base), None)


def policy_of(job: Json) -> Policy:
    """The deployment's policy."""
    return named_policy(job["policy"]) if job.get("policy") else default_policy()


def grounds_of(job: Json, blobs: Blobs, population: float | None) -> list[Ground]:
    """The grounds of a job's scenarios, their documents in ``blobs``; changes are made.

    Two of the same base have the arrests of the first, so that they can be compared. Raises
    :class:`UserError`.
    """
    found: list[Ground] = []
    scenarios = job["scenarios"]
    for scenario, document in zip(scenarios, blobs, strict=False):
        same = found and scenario["base"] == scenarios[0]["base"]
        first = found[0].demand if same else None
        found.append(_ground(job, scenario, document, population, first))
    return found


def _ground(
    job: Json, scenario: Json, document: bytes, population: float | None, first: Demand | None
) -> Ground:
    kept = decode(document)
    before = kept.known
    listed = next((each for each in LISTED if each.name == scenario["base"]), None)
    # Recruits tell nothing of where people live: the demand is of those who are there already.
    base = scenario["base"]
    demand = first or of_base(base, seed_of(base), before, DEFAULT, population)
    sites: list[AedRecord | StationRecord] = [*before.aeds, *before.stations]
    router, attribution = router_of(job, policy_of(job), sites)
    return Ground(
        name=scenario["name"],
        known=within(before, read_changes(scenario["changes"])),
        at=kept.taken_at,
        time_zone=_zone(sites),
        demand=demand,
        router=router,
        attribution=(*kept.attribution, *attribution),
        synthetic=_synthetic(before) if listed is None else listed.synthetic,
    )


def _zone(sites: Sequence[AedRecord | StationRecord]) -> str:
    """The time zone that most sites have."""
    zones = Counter(site.time_zone for site in sites)
    if not zones:
        raise UserError("there is no site yet: add AEDs or stations first")
    return min(zones, key=lambda zone: (-zones[zone], zone))


def _synthetic(known: Known) -> dict[str, bool]:
    return {
        "aeds": any(row.synthetic for row in known.aeds),
        "rescuers": any(row.synthetic for row in known.rescuers),
        "stations": any(row.synthetic for row in known.stations),
        "units": any(row.synthetic for row in known.units),
    }
