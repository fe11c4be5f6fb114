"""`./lifering bench simulate`: simulated incidents per second beside SimPy."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from deploy.arguments import command_parser

DESCRIPTION = """Measures simulated incidents per second and core beside SimPy.

The same rule (nearest idle or returning ambulance, first come first served) in both, on the same
calls, with the same responses; then ours with the whole production decision in straight lines.
SimPy is fetched into the cache on first use, by a lock of its own."""


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from {low} to {high}")
        return int(text)

    return read


def main(arguments: list[str]) -> int:
    """Measures, telling on standard error how far it is, and prints the numbers."""
    parser = command_parser("bench simulate", DESCRIPTION)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--calls", type=_whole(100, 1_000_000), help="default 20000")
    parser.add_argument("--repeats", type=_whole(1, 100), help="default 5; the medians are told")
    parser.add_argument(
        "--arrests", type=_whole(20, 100_000), help="decided one by one in a round (default 600)"
    )
    parser.add_argument("--seed", type=_whole(0, 2**31 - 1), help="default 1")
    parser.add_argument("--scenario", help="built-in, for the decision (default sanming)")
    options = parser.parse_args(arguments)

    # It is no part of what is installed: a checkout has it.
    from loadtests.simulation.run import Options, run, table

    names = ("calls", "repeats", "arrests", "seed", "scenario")
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    document = run(
        Options(**given), lambda line: print(f"lifering: {line}", file=sys.stderr, flush=True)
    )
    print(json.dumps(document, indent=2) if options.json else table(document), flush=True)
    return 0
