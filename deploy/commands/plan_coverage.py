"""`./lifering plan coverage`: who and what is within reach of where people live, and where not."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.arguments import command_parser

if TYPE_CHECKING:
    from deploy.arguments import Parser

DESCRIPTION = """The share of people, area and expected arrests within each number of seconds, the
gaps, the 10-minute circles.

By tier: aed, rescuer, chain (a rescuer, and a rescuer by way of an open AED), health-centre,
station, ambulance. docs/capabilities/coverage.md says what the seconds count."""


def main(arguments: list[str]) -> int:
    """Prints the coverage; 0 when it was worked out, however little it is."""
    options = _parser().parse_args(arguments)

    # Only now what takes a second to load: mistakes are told at once.
    from deploy.planning.coverage.asking import asked_of
    from deploy.planning.coverage.telling import tell
    from deploy.planning.pages import write_text
    from shared.coverage import cover
    from shared.coverage.exports import csv_of, geojson_of

    asked = asked_of(options)
    points, cells = len(asked.demand.people), len(asked.demand.cells)
    print(f"lifering: coverage of {points:,} points in {cells:,} cells", file=sys.stderr)
    coverage = cover(asked.known, asked.demand, asked.router, asked.question)
    coverage.basis.update(asked.told)
    document = coverage.as_document()
    if options.geojson is not None:
        told = json.dumps(geojson_of(coverage), ensure_ascii=False)
        write_text("--geojson", options.geojson, told)
    if options.csv is not None:
        write_text("--csv", options.csv, csv_of(coverage))
    if options.report is not None:
        from shared.coverage.report import report

        write_text("--report", options.report, report(coverage, options.language))
    print(json.dumps(document, ensure_ascii=False, indent=2) if options.json else tell(document))
    return 0


def _parser() -> Parser:
    parser = command_parser("plan coverage", DESCRIPTION)
    ground = parser.add_mutually_exclusive_group(required=True)
    ground.add_argument("--scenario", metavar="NAME|DIR", help="what a scenario's files say")
    ground.add_argument(
        "--live", action="store_true", help="what the running Lifering knows (an audited read)"
    )
    ground.add_argument(
        "--snapshot", type=Path, metavar="FILE", help="what plan decide --snapshot-to has kept"
    )
    parser.add_argument("--tier", default="all", metavar="TIER,…", help="default: all")
    parser.add_argument("--within-s", default="180,300,480,600", metavar="S,…")
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        "--at", metavar="ISO", help="one moment with its zone (default: the mean over a week)"
    )
    when.add_argument("--by-hour", action="store_true", help="the 168 hours of the week, too")
    parser.add_argument(
        "--demand", type=Path, metavar="FILE",
        help="CSV latitude,longitude,weight or cell,weight (people); default: where the "
        "scenario's people live",
    )  # fmt: skip
    parser.add_argument(
        "--incidents", type=Path, metavar="FILE",
        help="CSV of past arrests latitude,longitude (,at): where and when arrests are expected",
    )  # fmt: skip
    parser.add_argument("--population", type=_positive, metavar="N", help="people in all")
    parser.add_argument(
        "--changes", type=Path, metavar="FILE",
        help="JSON list of what-if changes to be made first (docs/capabilities/planning.md)",
    )  # fmt: skip
    parser.add_argument("--policy", metavar="NAME|FILE", help="a rule's name, or a policy file")
    parser.add_argument("--date", type=_date, metavar="YYYY-MM-DD", help="the registry's day")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--roads", type=Path, metavar="FILE", help="streets (.osm.pbf) to route on")
    ways.add_argument("--straight", action="store_true", help="no streets: straight lines")
    parser.add_argument(
        "--boundaries", type=Path, metavar="FILE",
        help="GeoJSON areas to tell apart (default: those that are loaded, the scenario's "
        "counties, else H3 cells)",
    )  # fmt: skip
    parser.add_argument("--gaps", type=_whole, default=50, metavar="N", help="told at most (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--report", type=Path, metavar="FILE", help="a report, one HTML file")
    parser.add_argument(
        "--language", choices=("zh-CN", "en"), default="zh-CN", help="of the report"
    )
    parser.add_argument("--geojson", type=Path, metavar="FILE", help="all cells, for a map")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="all cells, for a table")
    return parser


def _positive(text: str) -> float:
    from deploy.planning.simulation.asking import positive

    return positive(text)


def _whole(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from 1 to 100000")
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write a day such as 2026-05-04") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
