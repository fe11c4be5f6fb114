"""Results as flat rows, the same for every table format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.planning.work.coverages import of_document
from services.planning.work.jobs import Json
from shared.coverage.exports import rows_of as coverage_rows
from shared.planning.simulation_report import MEASURES, value_of

Row = dict[str, Any]


def rows_of(kind: str, result: Json) -> list[Row]:
    """One row for each cell, site, incident, or measure of a policy."""
    match kind:
        case "coverage":
            return coverage_rows(of_document(result))
        case "site":
            return [{"what": "new", **each} for each in result["sites"]]
        case "relocate":
            return list(_moves(result))
        case "replay":
            return list(_incidents(result))
        case _:
            return list(_measures(result))


def _moves(result: Json) -> Iterator[Row]:
    for each in result["new"]:
        yield {"what": "new", **each, "moved_from": None}
    for each in result["moved"]:
        yield {"what": "moved", **each["to"], "moved_from": each["from"]["id"]}


def _incidents(result: Json) -> Iterator[Row]:
    for each in result["incidents"]:
        numbers = {
            f"{side}_{name}": value
            for side in ("was", "would")
            for name, value in each[side].items()
            if not isinstance(value, list)
        }
        yield {
            "incident_id": each["incident_id"],
            "made_at": each["made_at"],
            "cell": each["cell"],
            "policy": each["policy"],
            "same_streets": each["same_streets"],
            **numbers,
        }


def _measures(result: Json) -> Iterator[Row]:
    documents = result.get("scenarios", {result.get("scenario"): result})
    for scenario, document in documents.items():
        for policy, told in document["policies"].items():
            for name, path, _ in MEASURES:
                bounds = value_of(told.get("ci95"), path) or (None, None)
                yield {
                    "scenario": scenario,
                    "policy": policy,
                    "measure": name,
                    "value": value_of(told, path),
                    "low_95": bounds[0],
                    "high_95": bounds[1],
                }
