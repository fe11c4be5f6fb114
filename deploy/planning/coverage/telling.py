"""Coverage told to people on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
SHOWN = 10
"""Gaps and units; the JSON document tells every one."""


def tell(document: Json) -> str:
    """Shares, gaps and aims as lines."""
    return "\n".join(_lines(document))


def _lines(document: Json) -> Iterator[str]:
    basis = document["basis"]
    when = basis["moment"] or "the week of " + basis["week_of"][:10]
    yield (
        f"{document['scenario']}: {basis['population']:,.0f} people, "
        f"{basis['arrests_per_year']:,.0f} arrests a year expected, {when}, "
        f"ways on {basis['routing']}"
    )
    yield f"{'tier':<15}{'within':>8}{'people':>9}{'area':>9}{'arrests':>9}{'unknown hours':>15}"
    for layer in document["layers"]:
        yield (
            f"{layer['tier']:<15}{layer['within_s']:>6g} s{layer['population_share']:>9.1%}"
            f"{layer['area_share']:>9.1%}{layer['arrest_share']:>9.1%}"
            f"{layer['unknown_hours_share']:>15.1%}"
        )
    if document["gaps"]:
        first = document["gaps"][0]
        yield ""
        yield f"gaps of {first['tier']}: not within {first['within_s']:g} s, by expected arrests"
        for gap in document["gaps"][:SHOWN]:
            nearest = "-" if gap["nearest_s"] is None else f"{gap['nearest_s']:.0f} s"
            yield (
                f"  {gap['cell']}  {gap['latitude']:.5f},{gap['longitude']:.5f}  "
                f"{gap['expected_arrests_per_year']:.3f} a year, nearest {nearest}  {gap['unit']}"
            )
    yield ""
    for target in document["targets"]:
        value = target["value"]
        form = {"share": "{:.1%}", "s": "{:.0f} s"}.get(target["unit"], "{:.1f}")
        told = "-" if value is None else form.format(value)
        yield f"{target['name']:<36}{told:>10}   aim {form.format(target['target'])}"
    if basis["demand_of_rescuers"]:
        yield "people are taken to live where rescuers do, which flatters rescuers: give --demand"
    yield "who could be asked and how soon they would be there, not who will answer"
