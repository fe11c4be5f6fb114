"""`./lifering plan site`: where to put new sites, proven."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.arguments import command_parser
from deploy.errors import UserError
from deploy.planning.siting_question import (
    Asked,
    Json,
    add_options,
    ask,
    document,
    places_of,
    positive,
    stdout_kept,
    teller,
    without_existing,
)

if TYPE_CHECKING:
    from deploy.arguments import Parser

MODELS = ("mclp", "lscp", "pmedian", "pcenter", "mexclp")
NEEDS_LIMIT = ("mclp", "lscp", "mexclp")

DESCRIPTION = """Where to put new sites, with a proof that nothing is better.

  mclp     p sites that cover the most weight
  lscp     the fewest sites that cover every demand (--p: no more than that)
  pmedian  p sites with the least sum of weight × cost
  pcenter  p sites with the least cost of the farthest demand, unweighted
  mexclp   p ambulances, each busy with probability q, for the most expected covered weight;
           several may stand at one site, which is then listed as often

Demand and sites are CSV: id,x,y,weight or id,latitude,longitude,weight (sites without weight), or
with --matrix ids only. Existing sites serve for nothing; --p counts new ones only. A column hours
of the sites makes the question one of the whole week (see docs/capabilities/siting.md)."""


def main(arguments: list[str]) -> int:
    """Prints the best sites; a question that nothing meets is answered too (infeasible)."""
    began = time.monotonic()
    options = _parser().parse_args(arguments)
    _check(options)
    demand, sites, existing = places_of(options)
    # A matrix knows places by their ids; ambulances may join those that stand there.
    if options.matrix is not None and options.model != "mexclp":
        sites = without_existing(sites, existing)
    options.bounded = options.model in NEEDS_LIMIT
    if options.p is not None and options.p > len(sites.ids) and options.model != "mexclp":
        raise UserError(f"--p {options.p}: there are {len(sites.ids)} sites to choose from")
    asked = ask(options, demand, sites, existing)
    found = _answer(asked, options, began)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(told(found))
    return 0


def _parser() -> Parser:
    parser = command_parser("plan site", DESCRIPTION)
    parser.add_argument("--model", choices=MODELS, required=True, help="what is asked for")
    parser.add_argument("--demand", type=Path, required=True, metavar="FILE", help="who needs help")
    parser.add_argument("--sites", type=Path, metavar="FILE",
                        help="where something could be put (default: at the demands)")  # fmt: skip
    parser.add_argument("--existing", type=Path, metavar="FILE", help="what stands already")
    parser.add_argument("--p", type=_count, metavar="P", help="how many new ones")
    parser.add_argument("--busy-fraction", type=positive, metavar="Q",
                        help="of mexclp: the probability that an ambulance is busy")  # fmt: skip
    add_options(parser)
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) > 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number of 0 or more")
    return int(text)


def _check(options: argparse.Namespace) -> None:
    model = options.model
    if model != "lscp" and options.p is None:
        raise UserError(f"--model {model} needs --p, the number of new sites")
    if model in NEEDS_LIMIT and options.radius_m is None and options.within_s is None:
        raise UserError(f"--model {model} needs --radius-m or --within-s")
    if model == "mexclp" and options.busy_fraction is None:
        raise UserError("--model mexclp needs --busy-fraction, from 0 to below 1")
    if model != "mexclp" and options.busy_fraction is not None:
        raise UserError(f"--busy-fraction is for --model mexclp, not {model}: leave it out")
    if options.busy_fraction is not None and options.busy_fraction >= 1:
        raise UserError(f"--busy-fraction {options.busy_fraction:g}: give from 0 to below 1")


def _answer(asked: Asked, options: argparse.Namespace, began: float) -> Json:
    from shared.siting.answer import Patience
    from shared.siting.problem import Model, site

    patience = Patience(
        float("inf") if options.time_limit_s is None else options.time_limit_s,
        teller(time.monotonic),
        time.monotonic,
        began,
    )
    with stdout_kept():
        answer = site(
            Model(options.model), asked.problem, patience, p=options.p, limit=asked.limit,
            busy=options.busy_fraction or 0.0,
        )  # fmt: skip
    names = [asked.sites.ids[k] for k in answer.solution.chosen]
    return document(options.model, answer, names, time.monotonic() - began)


def told(found: Json) -> str:
    """An answer for people."""
    if found["objective"] is None:
        return f"{found['model']}: {found['status']}" + (
            ": no choice of sites meets the conditions" if found["status"] == "infeasible" else ""
        )
    share = found["covered_weight"] / found["total_weight"] if found["total_weight"] else 0.0
    return "\n".join(
        [
            f"{found['model']}: {found['status']}, {found['objective']:,.10g} "
            f"(bound {found['bound']:,.10g}, gap {found['gap']:.3g})",
            f"sites    {len(found['sites'])}: {', '.join(found['sites'])}",
            f"covered  {found['covered_weight']:,.10g} of {found['total_weight']:,.10g} "
            f"({share:.2%})",
            f"elapsed  {found['elapsed_s']:.2f} s",
        ]
    )
