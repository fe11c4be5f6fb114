"""``./lifering scenario list`` and ``./lifering scenario export NAME DIR``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NoReturn


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"lifering: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str]) -> int:
    """Runs the command; 0 when done, 1 with one line about what to mend."""
    options = _parser().parse_args(list(arguments))
    if options.action == "list":
        _list(as_json=options.json)
        return 0
    return _export(options)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="./lifering scenario", description="Scenarios to run Lifering on.")
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="the built-in scenarios")
    listing.add_argument("--json", action="store_true", help="one JSON document")
    export = actions.add_parser("export", help="write one as a directory of JSON files")
    export.add_argument("name", metavar="NAME", help="a built-in scenario, or a directory")
    export.add_argument("directory", metavar="DIR", help="where to write it")
    export.add_argument("--seed", type=_seed, help="another city of the same kind")
    export.add_argument(
        "--today", type=_day, help="the day its dates are relative to (default: today, UTC)"
    )
    export.add_argument("--json", action="store_true", help="one JSON document about the result")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-05-01") from error


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _list(*, as_json: bool) -> None:
    from shared.scenarios.catalogue import LISTED

    if as_json:
        rows = [
            {
                "name": each.name,
                "title": each.title.model_dump(),
                "counts": each.counts,
                "synthetic": each.synthetic,
                "seed": each.seed,
                "attribution": each.attribution,
            }
            for each in LISTED
        ]
        _out(json.dumps({"scenarios": rows}, ensure_ascii=False, indent=2))
        return
    for each in LISTED:
        counts = ", ".join(f"{count:,} {table}" for table, count in each.counts.items())
        made_up = ", ".join(table for table, made in each.synthetic.items() if made)
        _out(f"{each.name}\n  {each.title.en}\n  {each.title.zh}\n  {counts}")
        _out(f"  made up: {made_up}")
        for line in each.attribution:
            _out(f"  {line}")


def _export(options: argparse.Namespace) -> int:
    from shared.scenarios.catalogue import load, write
    from shared.scenarios.files import ScenarioError

    today = options.today or datetime.now(UTC).date()
    try:
        scenario = load(options.name, today=today, seed=options.seed)
        write(scenario, options.directory)
    except ScenarioError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"cannot write {error.filename or options.directory}: {error.strerror}")
    counts = scenario.counts()
    if options.json:
        _out(json.dumps({"scenario": scenario.manifest.name, "counts": counts}))
    else:
        listed = ", ".join(f"{count:,} {table}" for table, count in counts.items())
        _out(f"{scenario.manifest.name}: {listed} in {options.directory}")
        for source in scenario.manifest.sources:
            _out(f"  {source.attribution}")
    return 0


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")


def _complain(line: str) -> int:
    sys.stderr.write(f"lifering: {line}\n")
    return 1
