"""Past incidents decided again under another policy, on what each decision knew."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from services.planning.work.jobs import Blobs, Done, Json, Tell
from services.planning.work.streets import router_like
from shared.decision import decide, read_inputs, to_json
from shared.decision.policy import Policy, named_policy

SUMMED = ("p_cpr", "p_shock", "alerts", "cpr_s", "shock_s", "ems_s")


def do(job: Json, blobs: Blobs, tell: Tell) -> Done:
    """Each incident's plan as it was and as it would have been, and both in sums."""
    incidents = msgspec.json.decode(zlib.decompress(blobs[-1]))
    policy = named_policy(job["parameters"]["policy"])
    rows = []
    for number, incident in enumerate(incidents):
        tell(number / len(incidents), f"{number} of {len(incidents)} incidents")
        rows += [_again(job, incident, kept, policy) for kept in incident["decisions"]]
    told = {
        "policy": f"{policy.name}/{policy.version}",
        "rule": policy.rule,
        "incidents": rows,
        "sums": {
            "incidents": len(rows),
            "differ": sum(row["was"]["rescuers"] != row["would"]["rescuers"] for row in rows),
            "other_ways": sum(not row["same_streets"] for row in rows),
            "was": _means([row["was"] for row in rows]),
            "would": _means([row["would"] for row in rows]),
        },
        "basis": "Decided among those whom each plan names: everybody who was weighed, and some of "
        "those who were barred. A plan whose streets are not those of today is decided again on "
        "the grid, and differs for that reason as well (other_ways).",
    }
    return {}, [msgspec.json.encode(told)]


def _again(job: Json, incident: Json, kept: Json, policy: Policy) -> Json:
    inputs = read_inputs(kept["inputs"])
    version, patient = kept["plan"]["basis"]["streets"], inputs.patient
    router = router_like(job, policy, version, patient.latitude, patient.longitude)
    plan = to_json(
        decide(
            replace(inputs.snapshot, router=router),
            patient,
            inputs.now,
            policy,
            inputs.commitments,
            inputs.orders,
        )
    )
    was = {choice["rescuer_id"] for choice in kept["plan"]["rescuers"]}
    would = {choice["rescuer_id"] for choice in plan["rescuers"]}
    return {
        "incident_id": incident["incident_id"],
        "opened_at": incident["opened_at"],
        "cell": incident["cell"],
        "number": kept["number"],
        "made_at": kept["made_at"],
        "policy": kept["policy"],
        "same_streets": version == (None if router is None else router.version),
        "was": figures(kept["plan"]),
        "would": figures(plan),
        "differs": {
            "both": sorted(was & would),
            "only_was": sorted(was - would),
            "only_would": sorted(would - was),
        },
    }


def figures(plan: Mapping[str, Any]) -> Json:
    """What two plans are compared by; None where a plan says nothing about it."""
    return {
        "p_cpr": plan["targets"]["p_cpr"],
        "p_shock": plan["targets"]["p_shock"],
        "alerts": len(plan["rescuers"]),
        "cpr_s": plan["targets"]["expected_cpr_s"],
        "shock_s": plan["targets"]["expected_shock_s"],
        "ems_s": plan["ambulance_eta_s"],
        "rescuers": [
            {name: choice.get(name) for name in ("rescuer_id", "task", "aed_id", "eta_cpr_s")}
            for choice in plan["rescuers"]
        ],
        "units": [
            {name: unit.get(name) for name in ("unit_id", "eta_s")} for unit in plan["units"]
        ],
    }


def _means(rows: Sequence[Json]) -> Json:
    """The mean of each number over those that have it."""
    found: Json = {}
    for name in SUMMED:
        known = [row[name] for row in rows if row[name] is not None]
        found[name] = sum(known) / len(known) if known else None
    return found
