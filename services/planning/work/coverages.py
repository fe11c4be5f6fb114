"""A coverage run's document as the coverage that it was, for reports and tables."""

from __future__ import annotations

from typing import Any

from services.planning.work.jobs import Json
from shared.coverage import Coverage
from shared.coverage.answer import Circle, Gap, Layer, Target, Unit


def of_document(told: Json) -> Coverage:
    """The coverage in a result."""
    cells = told["cells"]
    return Coverage(
        scenario=told["scenario"],
        layers=_layers(told["layers"]),
        units=tuple(Unit(**{**each, "layers": _layers(each["layers"])}) for each in told["units"]),
        gaps={
            tier: tuple(Gap(**each) for each in gaps) for tier, gaps in told["gaps_by_tier"].items()
        },
        circles=tuple(
            Circle(**{**each, "by_minute": tuple(each["by_minute"])}) for each in told["circles"]
        ),
        targets=tuple(Target(**each) for each in told["targets"]),
        cells={each["cell"]: each["nearest_s"] for each in cells},
        people={each["cell"]: each["population"] for each in cells},
        arrests={each["cell"]: each["arrests_per_year"] for each in cells},
        stations=[(lat, lng, name) for lat, lng, name in told["stations"]],
        hours_told=any("by_hour" in each for each in told["layers"]),
        basis=told["basis"],
    )


def _layers(told: list[dict[str, Any]]) -> tuple[Layer, ...]:
    found = []
    for each in told:
        hours = each.get("by_hour")
        found.append(Layer(**{**each, "by_hour": None if hours is None else tuple(hours)}))
    return tuple(found)
