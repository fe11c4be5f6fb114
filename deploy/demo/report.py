"""What the demonstration prints: one JSON document, or the same for people."""

from __future__ import annotations

from typing import Any

from deploy.demo.story import EVENTS
from shared.scenarios.scenario import Manifest

Json = dict[str, Any]


def document(
    *,
    scenario: Manifest,
    plan: Json,
    timeline: Json,
    description: Json,
    speed_up: float,
    setup_s: float,
    run_s: float,
) -> Json:
    """The contract of ``demo --once --json``; every part was read back from a service."""
    decided = plan["plan"]
    chosen = [{"kind": "rescuer", **choice} for choice in decided["rescuers"]]
    chosen += [{"kind": "unit", "unit_kind": c.pop("kind"), **c} for c in decided["units"]]
    rest = {key: value for key, value in decided.items() if key not in _SHOWN_APART}
    return {
        "scenario": scenario.name,
        "attribution": [source.attribution for source in scenario.sources],
        "incident_id": timeline["incident_id"],
        "plan": {
            "chosen": chosen,
            "skipped": decided["skipped"],
            "circle_cells": decided["circle_cells"],
            **rest,
        },
        "timeline": timeline["entries"],
        "services": {
            name: {"ready": service["ready"], "urls": service["urls"]}
            for name, service in description["services"].items()
        },
        "streets": description["streets"],
        "policy": description["policy"],
        "kafka_version": description["versions"].get("kafka"),
        "postgres_version": description["versions"].get("postgres"),
        "speed_up": speed_up,
        "setup_s": round(setup_s, 3),
        "run_s": round(run_s, 3),
    }


_SHOWN_APART = frozenset({"rescuers", "units", "skipped", "circle", "circle_cells"})


def missing(result: Json) -> list[str]:
    """The events that should have happened and did not, and services that are not ready."""
    happened = {entry["event"] for entry in result["timeline"]}
    absent = [event for event in EVENTS if event not in happened]
    absent += [f"{name} ready" for name, s in result["services"].items() if not s["ready"]]
    return absent


def _basis(basis: Json) -> str:
    """What the ways were computed on."""
    return " ".join(filter(None, (basis["routing"], basis["streets"])))


def human(result: Json) -> str:
    """The same for people: who was chosen, and the timeline."""
    plan = result["plan"]
    targets = plan["targets"]
    lines = [
        f"Scenario {result['scenario']}, incident {result['incident_id']}",
        f"Kafka {result['kafka_version']}, PostgreSQL {result['postgres_version']}, "
        f"actors {result['speed_up']:g} times faster than life",
        *result["attribution"],
        "",
        f"Plan (on {_basis(plan['basis'])}): "
        f"CPR within {targets['cpr_within_s']:.0f} s with {targets['p_cpr']:.0%}, "
        f"shock within {targets['shock_within_s']:.0f} s with {targets['p_shock']:.0%}; "
        f"{plan['circle_cells']} cells in the circle, {len(plan['skipped'])} candidates not sent",
    ]
    for choice in plan["chosen"]:
        if choice["kind"] == "rescuer":
            via = f" via AED {choice['aed_id']}" if choice["aed_id"] else ""
            lines.append(
                f"  {choice['rescuer_id']:<16} {choice['task']}{via}: "
                f"{choice['eta_cpr_s']:.0f} s, accepts with {choice['p_accept']:.0%} "
                f"({choice['reason']})"
            )
        else:
            lines.append(
                f"  {choice['unit_id']:<16} {choice['unit_kind']}: {choice['eta_s']:.0f} s "
                f"({choice['reason']})"
            )
    lines += ["", "   elapsed  event                   by"]
    for entry in result["timeline"]:
        what = " ".join(
            str(entry["detail"][key])
            for key in ("unit_id", "aed_id", "because")
            if entry["detail"].get(key)
        )
        lines.append(f"{entry['elapsed_s']:8.2f} s  {entry['event']:<23} {entry['by']}  {what}")
    lines += ["", f"set up in {result['setup_s']:.1f} s, played in {result['run_s']:.1f} s"]
    return "\n".join(lines)
