"""A plan for people: who goes and why, with which odds, what is missing, who stays and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
SHOWN = 3
"""Nearest of those skipped for the same reason; the JSON document tells every one."""


def tell(document: Json) -> str:
    """The whole plan as lines."""
    return "\n".join(
        [
            *_heading(document),
            "",
            *_targets(document),
            "",
            *_chosen(document),
            "",
            *_skipped(document),
        ]
    )


def _heading(document: Json) -> Iterator[str]:
    patient, snapshot = document["patient"], document["snapshot"]
    floor = "" if patient["floor"] is None else f", floor {patient['floor']}"
    yield f"Plan for {patient['latitude']:.6f},{patient['longitude']:.6f}{floor} (WGS-84)"
    yield f"call and decision at {document['made_at']}"
    records = ", ".join(f"{n:,} {name}" for name, n in snapshot["records"].items())
    yield f"on {snapshot['source']}: {records} (snapshot {snapshot['id']})"
    basis = document["basis"]
    ways = basis["routing"]
    if basis["route_factor"] is not None:
        ways += f", straight lines × {basis['route_factor']:g}"
    if basis["streets"] is not None:
        ways += f" {basis['streets']}"
    yield f"policy {document['policy']} {document['policy_version']}; ways on {ways}"
    for line in document["attribution"]:
        yield f"  {line}"


def _targets(document: Json) -> Iterator[str]:
    targets = document["targets"]
    for name, what in (("cpr", "CPR"), ("shock", "shock")):
        met = "met" if targets[f"{name}_met"] else "missed"
        yield (
            f"{what} within {targets[f'{name}_within_s']:.0f} s: {targets[f'p_{name}']:.1%} "
            f"(target {targets[f'p_{name}_target']:.0%}: {met}); expected after "
            f"{targets[f'expected_{name}_s']:.0f} s"
        )
    for need in document["needed"]:
        what = need["what"].replace("_", " ")
        if need["what"] == "too_late":
            yield f"  to meet {need['target']}: nobody new can be there in time"
        else:
            yield (
                f"  to meet {need['target']}: {need['count']} more {what} "
                f"within {need['within_m']:.0f} m"
            )
    if document["gates_closed"]:
        yield f"no volunteer is sent: {', '.join(document['gates_closed'])}"


def _chosen(document: Json) -> Iterator[str]:
    yield f"Alerted: {len(document['rescuers'])}"
    for choice in document["rescuers"]:
        shock = (
            "" if choice["eta_shock_s"] is None else f", shock after {choice['eta_shock_s']:.0f} s"
        )
        age = "" if choice["place_age_s"] is None else f" ({choice['place_age_s']:.0f} s old)"
        yield (
            f"  {choice['rank']:>2} {choice['rescuer_id']:<16} {choice['task']}: there after "
            f"{choice['eta_cpr_s']:.0f} s{shock}, {choice['distance_m']:.0f} m by "
            f"{choice['mode']} from {choice['place_source']}{age}; "
            f"accepts {choice['p_accept']:.0%}, arrives {choice['p_arrive']:.0%} "
            f"({choice['reason']})"
        )
        if choice["aed_id"] is not None:
            doubts = f", doubts: {', '.join(choice['aed_doubts'])}" if choice["aed_doubts"] else ""
            yield f"     with AED {choice['aed_id']}: usable {choice['p_aed']:.0%}{doubts}"
    yield f"Units: {len(document['units'])}"
    for choice in document["units"]:
        yield (
            f"     {choice['unit_id']:<16} {choice['kind']} of {choice['station_id']}: there after "
            f"{choice['eta_s']:.0f} s, {choice['distance_m']:.0f} m by {choice['mode']} "
            f"({choice['reason']})"
        )


def _skipped(document: Json) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Json]] = {}
    for one in document["skipped"]:
        groups.setdefault((one["kind"], one["reason"]), []).append(one)
    yield f"Not sent: {len(document['skipped'])} (every one with --json)"
    for kind, reason in sorted(groups):
        found = groups[kind, reason]
        nearest = "; ".join(_skipped_one(one) for one in found[:SHOWN])
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        yield f"  {kind:<8} {reason:<22} {len(found):>5}  {nearest}{more}"


def _skipped_one(one: Json) -> str:
    away = "" if one["distance_m"] is None else f" {one['distance_m']:.0f} m"
    return f"{one['id']}{away}"
