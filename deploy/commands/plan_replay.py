"""`./lifering plan replay`: ambulances over a travel-time matrix, as another simulator has them."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.arguments import command_parser

if TYPE_CHECKING:
    from deploy.arguments import Parser
    from shared.simulation.replay import ReplaySummary

DESCRIPTION = """Replays ambulance calls on a travel-time matrix, to compare with other simulators.

A call goes to the ambulance that is idle or on its way home with the smallest travel time (ties:
the lowest number); one on its way home counts from the node nearest to where it is on the straight
line; calls wait first come first served. docs/capabilities/simulation.md has every rule."""


def main(arguments: list[str]) -> int:
    """Replays, writes the responses, and tells them in sum."""
    options = _parser().parse_args(arguments)

    from deploy.planning.replay_files import read_trace, write_responses
    from shared.simulation.replay import replay, summary_of

    trace, ids = read_trace(
        matrix=options.matrix,
        bases=options.bases,
        hospitals=options.hospitals,
        nodes=options.nodes,
        calls=options.calls,
        return_speed=options.return_speed,
    )
    replayed = replay(trace)
    if options.out is not None:
        write_responses(options.out, ids, replayed)
    summary = summary_of(replayed)
    print(json.dumps(asdict(summary), indent=2) if options.json else _told(summary))
    return 0


def _told(summary: ReplaySummary) -> str:
    if summary.mean_min is None:
        return "no calls"
    ranks = ", ".join(f"p{p} {value:.2f}" for p, value in summary.percentiles_min.items())
    return (
        f"{summary.calls:,} calls: response mean {summary.mean_min:.2f} min, {ranks}\n"
        f"within 12 min {summary.share_within_12_min:.1%}, "
        f"within 15 min {summary.share_within_15_min:.1%}\n"
        f"queued {summary.queued:,}, waiting at most {summary.waited_max_min:.2f} min"
    )


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not (isfinite(speed) and speed > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: give a number above 0, such as 0.95")
    return speed


def _parser() -> Parser:
    parser = command_parser("plan replay", DESCRIPTION)
    for name, what in (
        ("matrix", "minutes between locations: square, ids in the first column and the header"),
        ("bases", "column location: one row an ambulance, numbered from 0"),
        ("hospitals", "column location"),
        ("calls", "columns id,arrival_min,location,on_scene_min,transport,drop_off_min"),
        ("nodes", "columns location,x,y"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=what)
    parser.add_argument(
        "--return-speed", type=_speed, default=0.95, metavar="V",
        help="driving home takes the matrix' minutes ÷ this (default 0.95)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the responses go (CSV)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
