"""`./lifering bench site`: maximal covering sites beside spopt and beside HiGHS."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from deploy.arguments import command_parser
from deploy.planning.siting_question import stdout_kept

DESCRIPTION = """Measures the proven answer of a maximal covering question (MCLP, p = 50).

2,000 demands and 1,000 sites beside spopt with PuLP, built and solved; 20,000 demands beside HiGHS
on the plain model, which takes minutes. spopt is fetched into the cache on first use, by a lock of
its own; ours and HiGHS run in this process."""


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from {low} to {high}")
        return int(text)

    return read


def main(arguments: list[str]) -> int:
    """Measures, telling on standard error how far it is, and prints the numbers."""
    parser = command_parser("bench site", DESCRIPTION)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--small", type=_whole(60, 20_000), help="demands beside spopt")
    parser.add_argument("--large", type=_whole(60, 200_000), help="demands beside HiGHS")
    parser.add_argument("--sites", type=_whole(60, 20_000), help="candidates (default 1000)")
    parser.add_argument("--repeats", type=_whole(1, 100), help="of ours (default 3), the median")
    parser.add_argument("--seed", type=_whole(0, 2**31 - 1), help="default 1")
    parser.add_argument(
        "--plain-limit-s", type=_whole(1, 86_400),
        help="give HiGHS no more than that; the ratio is then at most what is told",
    )  # fmt: skip
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    options = parser.parse_args(arguments)

    # It is no part of what is installed: a checkout has it.
    from loadtests.siting.run import Options, run, table

    names = ("small", "large", "sites", "repeats", "seed", "plain_limit_s")
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    with stdout_kept():
        document = run(
            Options(**given, peers=not options.no_peers),
            lambda line: print(f"lifering: {line}", file=sys.stderr, flush=True),
        )
    print(json.dumps(document, indent=2) if options.json else table(document), flush=True)
    return 0
