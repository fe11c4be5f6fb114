"""`./lifering bench decision`: one decision beside PostGIS and Redis on the same world."""

from __future__ import annotations

import argparse
import json
import sys

from deploy.arguments import command_parser

DESCRIPTION = """Measures one decision (who is around, and who is asked) beside PostGIS and Redis.

All three hold the same made-up world and are asked the same questions, paced as calls come. The
servers are the machine's own packages (loadtests/install-peers installs Debian's), started for this
and gone afterwards; where they are missing, ours is measured alone."""
LEAST, MOST = 100, 5_000_000


def _sizes(text: str) -> tuple[int, ...]:
    sizes = []
    for word in text.split(","):
        if not word.strip().isdigit() or not LEAST <= int(word) <= MOST:
            raise argparse.ArgumentTypeError(
                f"{word!r} is no number of rescuers: give {LEAST} to {MOST}, such as 32400,1000000"
            )
        sizes.append(int(word))
    return tuple(dict.fromkeys(sizes))


def _repeats(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r}: give 1 to 100 repeats")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3_600:
        raise argparse.ArgumentTypeError(f"{text!r}: give seconds, more than 0 and at most 3600")
    return seconds


def _nodes(text: str) -> int:
    if not text.isdigit() or not 100 <= int(text) <= 10_000_000:
        raise argparse.ArgumentTypeError(f"{text!r}: give 100 to 10000000 nodes")
    return int(text)


def main(arguments: list[str]) -> int:
    """Measures, telling on standard error how far it is, and prints the numbers."""
    parser = command_parser("bench decision", DESCRIPTION)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--sizes", type=_sizes, metavar="N,…",
        help="numbers of rescuers (default 32400,1000000); others get AEDs and units in proportion",
    )  # fmt: skip
    parser.add_argument("--repeats", type=_repeats, help="default 5; the medians are told")
    parser.add_argument(
        "--seconds", type=_seconds,
        help="of paced questions for each size, together (default 130); more is more questions",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, help="of the world and the places (default 1)")
    parser.add_argument(
        "--nodes", type=_nodes, help="of the made-up streets (default 204000, wider than a city)"
    )
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    options = parser.parse_args(arguments)

    # It is no part of what is installed: a checkout has it.
    from loadtests.decision.report import table
    from loadtests.decision.run import Options, run

    given = {
        name: getattr(options, name)
        for name in ("sizes", "repeats", "seconds", "seed", "nodes")
        if getattr(options, name) is not None
    }
    document = run(
        Options(**given, peers=not options.no_peers),
        lambda line: print(f"lifering: {line}", file=sys.stderr, flush=True),
    )
    print(json.dumps(document, indent=2) if options.json else table(document), flush=True)
    return 0
