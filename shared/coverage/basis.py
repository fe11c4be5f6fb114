"""What coverage was worked out on, enough to do it again, and what was assumed."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from shared.contracts.words import AedState
from shared.coverage.demand import DemandCells
from shared.coverage.field import Field
from shared.coverage.ground import Ground, Targets
from shared.coverage.question import Question
from shared.coverage.week import WEEK_H
from shared.decision.routing import Router
from shared.snapshots import Known

Json = dict[str, Any]


def basis_of(
    known: Known,
    demand: DemandCells,
    router: Router | None,
    question: Question,
    ground: Ground,
    targets: Targets,
    here: Field,
    limit_s: float,
) -> Json:
    """As JSON values."""
    policy = question.policy
    with_units = {unit.station_id for unit in known.units}
    bare = Counter(s.tier.value for s in known.stations if s.id not in with_units)
    response, units = policy.response, policy.units
    return {
        "records": known.counts(),
        "as_of": question.as_of.isoformat(),
        "moment": None if question.at is None else question.at.isoformat(),
        "week_of": ground.week.start.astimezone(ZoneInfo(question.time_zone)).isoformat(),
        "time_zone": question.time_zone,
        "hours": 1 if question.at is not None else WEEK_H,
        "routing": "h3-grid" if router is None else router.basis,
        "off_streets_share": float(targets.people @ here.off_streets / targets.people.sum()),
        "streets": None if router is None else router.version,
        "policy": f"{policy.name}/{policy.version}",
        "demand": demand.source,
        "demand_of_rescuers": demand.of_rescuers,
        "population": demand.population,
        "arrests_per_year": float(demand.arrests.sum()),
        "area_km2": float(targets.area_km2.sum()),
        "area_is": "cells in which the demand has people",
        "points": targets.points,
        "cells": len(demand.cells),
        "units_are": demand.units_are,
        "horizon_s": limit_s,
        "starts_s": {
            "aed": policy.aed.pick_up_s,
            "rescuer_day": response.delivery_s + response.answer_s + response.day.turnout_median_s,
            "rescuer_night": response.delivery_s
            + response.answer_s
            + response.night.turnout_median_s,
            "ambulance": units.order_s + units.ambulance_turnout_s,
            "health_team": units.order_s + units.health_team_turnout_s,
        },
        "rescuers_who_may_be_alerted": _people(ground),
        "aeds_usable": len(ground.aeds.places),
        "aeds_out_of_service": sum(a.state is AedState.OUT_OF_SERVICE for a in known.aeds),
        "aeds_hours_unknown": int((ground.aeds.state == 0).any(axis=1).sum()),
        "p_hours_unknown": policy.aed.p_hours_unknown,
        "stations_without_units": dict(sorted(bare.items())),
    }


def _people(ground: Ground) -> int:
    """The most that may be alerted in any minute: nobody is at two places."""
    total = sum(group.there.astype(int) * int(group.many.sum()) for group in ground.crowd.groups)
    return 0 if isinstance(total, int) else int(total.max())
