"""`./lifering plan relocate`: which ones to move and which to add within a budget, proven."""

from __future__ import annotations

import argparse
import json
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.arguments import command_parser
from deploy.commands.plan_site import told
from deploy.errors import UserError
from deploy.planning.siting_question import (
    Asked,
    Json,
    add_options,
    ask,
    document,
    places_of,
    stdout_kept,
    teller,
)

if TYPE_CHECKING:
    from deploy.arguments import Parser

DESCRIPTION = """The most covered weight that a budget buys, with a proof that nothing is better.

An existing one stays for nothing, or is moved at --cost-move and leaves its old place; a new one
costs --cost-new. Candidates are the demand points unless --sites names others. Files are those of
`plan site`. Who is moved where is chosen for short ways in all; the ways cost nothing."""


def main(arguments: list[str]) -> int:
    """Prints what moves, what is new, what stays."""
    began = time.monotonic()
    options = _parser().parse_args(arguments)
    if options.radius_m is None and options.within_s is None:
        raise UserError("plan relocate needs --radius-m or --within-s")
    options.bounded = True
    demand, sites, existing = places_of(options)
    asked = ask(options, demand, sites, existing)
    found = _answer(asked, options, began)
    print(json.dumps(found, ensure_ascii=False) if options.json else _told(found))
    return 0


def _parser() -> Parser:
    parser = command_parser("plan relocate", DESCRIPTION)
    parser.add_argument("--demand", type=Path, required=True, metavar="FILE", help="who needs help")
    parser.add_argument("--existing", type=Path, required=True, metavar="FILE",
                        help="what stands already")  # fmt: skip
    parser.add_argument("--sites", type=Path, metavar="FILE",
                        help="where something could be put (default: at the demands)")  # fmt: skip
    parser.add_argument("--budget", type=_money, required=True, metavar="B", help="in all")
    parser.add_argument("--cost-new", type=_money, default=Fraction(1), metavar="C",
                        help="of a new one (default 1)")  # fmt: skip
    parser.add_argument("--cost-move", type=_money, default=Fraction(1, 5), metavar="C",
                        help="of moving one (default 0.2)")  # fmt: skip
    add_options(parser)
    return parser


def _money(text: str) -> Fraction:
    """Exactly as written: 0.6 pays for three times 0.2."""
    try:
        amount = Fraction(text)
    except (ValueError, ZeroDivisionError):
        amount = Fraction(-1)
    if not 0 <= amount <= 10**9 or amount.denominator > 10**6:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give an amount from 0 to 1000000000 with at most six decimals"
        )
    return amount


def _answer(asked: Asked, options: argparse.Namespace, began: float) -> Json:
    from shared.siting.answer import Patience
    from shared.siting.moves import paired
    from shared.siting.problem import Costs, relocated

    assert asked.existing is not None
    assert asked.limit is not None
    patience = Patience(
        float("inf") if options.time_limit_s is None else options.time_limit_s,
        teller(time.monotonic),
        time.monotonic,
        began,
    )
    costs = Costs(options.budget, options.cost_new, options.cost_move)
    with stdout_kept():
        found, answer = relocated(asked.problem, costs, asked.limit, patience)
        chosen = list(answer.solution.chosen)
        kept = set(found.kept.tolist())
        moved = [k for k in range(len(asked.existing.ids)) if k not in kept]
        pairs = paired(asked.moves(), moved, chosen)
    names, old = asked.sites.ids, asked.existing.ids
    targets = {to for _, to in pairs}
    new = [names[k] for k in chosen if k not in targets]
    return {
        **document("relocate", answer, [names[k] for k in chosen], time.monotonic() - began),
        "kept": [old[k] for k in sorted(kept)],
        "moved": [{"from": old[a], "to": names[b]} for a, b in pairs],
        "new": new,
        "cost": float(costs.of(len(new), len(pairs))),
        "budget": float(options.budget),
    }


def _told(found: Json) -> str:
    return "\n".join(
        [
            told(found),
            f"cost     {found['cost']:g} of {found['budget']:g}: {len(found['new'])} new, "
            f"{len(found['moved'])} moved, {len(found['kept'])} kept",
            *(f"  {each['from']} to {each['to']}" for each in found["moved"]),
            *(f"  new {each}" for each in found["new"]),
        ]
    )
