"""Simulations told to people on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.planning.simulation_report import value_of

Json = dict[str, Any]

ROWS = (
    ("CPR median s", ("cpr_s", "median"), "{:.0f}"),
    ("CPR p90 s", ("cpr_s", "p90"), "{:.0f}"),
    ("CPR within 240 s", ("share_cpr_240s",), "{:.1%}"),
    ("shock median s", ("shock_s", "median"), "{:.0f}"),
    ("shock p90 s", ("shock_s", "p90"), "{:.0f}"),
    ("shock within 360 s", ("share_shock_360s",), "{:.1%}"),
    ("ALS median s", ("als_s", "median"), "{:.0f}"),
    ("alerts per incident", ("alerts_per_incident",), "{:.1f}"),
    ("arrived per incident", ("arrived_per_incident",), "{:.2f}"),
    ("redundant arrivals", ("redundant_arrivals",), "{:.2f}"),
    ("before the ambulance", ("before_ems_share",), "{:.1%}"),
    ("index Larsen 1993", ("survival_index", "larsen_1993"), "{:.4f}"),
    ("index Valenzuela 1997", ("survival_index", "valenzuela_1997"), "{:.4f}"),
    ("index Waalewijn 2001", ("survival_index", "waalewijn_2001"), "{:.4f}"),
    ("index De Maio 2003", ("survival_index", "de_maio_2003"), "{:.4f}"),
)


def tell(document: Json) -> str:
    """A table of one scenario: each policy with its 95 % interval."""
    return "\n".join(_lines(document))


def _lines(document: Json) -> Iterator[str]:
    basis = document["basis"]
    yield (
        f"{document['scenario']}: {document['incidents']:,} simulated arrests, "
        f"{document['replications']} × {document['years']:g} years, seed {document['seed']}, "
        f"ways on {basis['routing']}"
    )
    names = list(document["policies"])
    yield " " * 22 + "".join(f"{name:>28}" for name in names)
    for label, path, form in ROWS:
        cells = ""
        for name in names:
            told = document["policies"][name]
            value = value_of(told, path)
            bounds = value_of(told.get("ci95"), path)
            text = "-" if value is None else form.format(value)
            if bounds is not None:
                text += f" [{form.format(bounds[0])}, {form.format(bounds[1])}]"
            cells += f"{text:>28}"
        yield f"{label:<22}{cells}"
    yield "survival indexes rank policies; none is a patient's chance"
