"""`./lifering bench`: how long things take beside what one would use otherwise."""

from __future__ import annotations

import argparse
import importlib
from dataclasses import dataclass

from deploy.arguments import command_parser


@dataclass(frozen=True)
class Benchmark:
    """One benchmark: its module has `main(arguments: list[str]) -> int`."""

    name: str
    help: str
    module: str


BENCHMARKS = (
    Benchmark(
        "decision",
        "one decision beside PostGIS and Redis on the same world",
        "deploy.commands.bench_decision",
    ),
    Benchmark(
        "simulate",
        "simulated incidents beside SimPy, by the same rule and with the decision",
        "deploy.commands.bench_simulate",
    ),
    Benchmark(
        "site",
        "maximal covering sites beside spopt with PuLP, and beside HiGHS on the plain model",
        "deploy.commands.bench_site",
    ),
)


def main(arguments: list[str]) -> int:
    """Runs one benchmark."""
    rows = "\n".join(f"  {each.name:<10} {each.help}" for each in BENCHMARKS)
    parser = command_parser("bench", f"Measures on this machine.\n\n{rows}")
    parser.add_argument("benchmark", choices=[each.name for each in BENCHMARKS])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="see --help of each")
    options = parser.parse_args(arguments)
    found = next(each for each in BENCHMARKS if each.name == options.benchmark)
    return int(importlib.import_module(found.module).main(options.arguments))
