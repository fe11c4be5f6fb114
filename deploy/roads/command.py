"""``./lifering import roads FILE.osm.pbf``: streets for this Lifering, and its defibrillators."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.arguments import command_parser

if TYPE_CHECKING:
    import argparse

SHOWN = 6
"""Reasons for leaving ways out that are spelt out for people; JSON has them all."""

DESCRIPTION = """Builds the streets of an OpenStreetMap extract for walking, cycling and driving.

With them a map to look at, and an index of names and addresses to search in. All is kept by version
in the data directory; services take the current version when they start.
--aeds also sends every emergency=defibrillator node to the running AED registry."""


def main(arguments: Sequence[str]) -> int:
    """Builds; 0, or 1 when AEDs were refused (the report says which)."""
    options = _parser().parse_args(list(arguments))
    report = _import(options)
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _print(report)
    imported = report["defibrillators"]["imported"]
    return 1 if imported and imported["refused"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("import roads", DESCRIPTION)
    parser.add_argument("file", type=Path, help="an extract (.osm.pbf)")
    parser.add_argument(
        "--aeds", action="store_true", help="send the defibrillators to the AED registry as well"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--url", help="with --aeds: another gateway than this machine's")
    parser.add_argument(
        "--token-file", type=Path, help="a registrar's token for it (or LIFERING_TOKEN)"
    )
    return parser


def _import(options: argparse.Namespace) -> dict[str, Any]:
    from deploy.datadir import DataDir, default_data_dir
    from deploy.imports import gateway_of
    from deploy.roads import install
    from deploy.roads.built import built_of
    from deploy.roads.telling import say
    from shared.streets.kinds import Profile

    data = DataDir(default_data_dir())
    data.make()
    # Asked before the long work: a gateway that is not there is told at once.
    gateway = gateway_of(options) if options.aeds else None
    built = built_of(options.file, say)
    version = install(built, data, options.file, say)
    source = dict(built.source)
    found = source.pop("defibrillators")
    south, west, north, east = source.pop("bounds")
    source["profiles"] = {each.value: source["profiles"][each] for each in Profile}
    source["left_out"] = {
        each.value: dict(sorted(source["left_out"][each].items(), key=_most_first))
        for each in Profile
    }
    report: dict[str, Any] = {
        "kind": "roads",
        **source,
        "file": str(options.file),
        "bounds": {"south": south, "west": west, "north": north, "east": east},
        "version": built.graph.version,
        "folder": str(version),
        "attribution": built.graph.attribution,
        "map": _map(version),
        "defibrillators": {
            "found": len(found),
            "nodes": [each["node"] for each in found],
            "imported": None,
        },
        "running": data.is_locked(),
    }
    if gateway is not None:
        report["defibrillators"]["imported"] = _send(gateway, options, found)
    return report


def _map(version: Path) -> dict[str, Any] | None:
    """What was drawn; None when that failed, which has been said."""
    from shared.basemap import FOLDER, BasemapError, read_basemap

    try:
        return dict(read_basemap(version / FOLDER))
    except BasemapError:
        return None


def _most_first(reason: tuple[str, int]) -> tuple[int, str]:
    return -reason[1], reason[0]


def _send(
    gateway: tuple[str, str], options: argparse.Namespace, found: list[dict[str, Any]]
) -> dict[str, Any]:
    """To the registry; the report of ``import aeds``, with node ids for rows."""
    from deploy.imports import send_rows
    from deploy.roads.defibrillators import rows_of

    outcome = rows_of(found, options.file.name)
    report: dict[str, Any] = {
        "rows": len(found), "accepted": 0, "created": 0, "updated": 0, "unchanged": 0,
        "refused": len(outcome.refused), "refused_rows": outcome.refused,
        "warnings": outcome.warnings,
    }  # fmt: skip
    if outcome.rows:
        url, token = gateway
        sent = asyncio.run(send_rows(url, token, "aeds", outcome.rows, progress=not options.json))
        report |= {name: sent[name] for name in ("accepted", "created", "updated", "unchanged")}
        report["refused"] += len(sent["refused_rows"])
        report["refused_rows"] = outcome.refused + [
            {**each, "row": outcome.numbers[each["row"] - 1]} for each in sent["refused_rows"]
        ]
    return report


def _print(report: dict[str, Any]) -> None:
    print(f"{report['ways']:,} streets, {report['nodes']:,} nodes ({report['attribution']})")
    bounds = report["bounds"]
    print(
        f"from {bounds['south']:.4f},{bounds['west']:.4f} to "
        f"{bounds['north']:.4f},{bounds['east']:.4f}"
    )
    for profile, counts in report["profiles"].items():
        print(
            f"{profile:<6} {counts['edges']:>10,} edges  {counts['length_km']:>10,.1f} km  "
            f"{counts['routable_nodes']:,} nodes in the largest component, "
            f"{counts['nodes_outside_largest_component']:,} outside"
        )
        why = list(report["left_out"][profile].items())
        if why:
            more = f", and {len(why) - SHOWN} more reasons" if len(why) > SHOWN else ""
            told = ", ".join(f"{tag} {count:,}" for tag, count in why[:SHOWN])
            print(f"       not used: {told}{more}")
    if report["nodes_absent"]:
        print(f"{report['nodes_absent']:,} nodes are not in the extract: streets end there")
    aeds = report["defibrillators"]
    print(f"{aeds['found']} defibrillators")
    if aeds["imported"]:
        sent = aeds["imported"]
        print(
            f"  {sent['created']} created, {sent['updated']} updated, "
            f"{sent['unchanged']} unchanged, {sent['refused']} refused"
        )
        for row in sent["refused_rows"]:
            for error in row["errors"]:
                print(f"  node {row['row']}: {error['field']}: {error['message']}; {error['mend']}")
    drawn = report["map"]
    if drawn is not None:
        print(
            f"map {drawn['version']}: {drawn['tiles_bytes'] / 1e6:,.1f} MB, "
            f"{drawn['counts'].get('building', 0):,} buildings, "
            f"{drawn['counts']['names']:,} names to search for"
        )
    print(f"streets {report['version']} in {report['folder']}")
    if report["running"]:
        print("services take them when they start: ./lifering restart dispatch, and gateway")
