"""The numbers of the fixed rules of other systems, and how far a search must look for them."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from shared.decision.policy_sections import Count, Metres, Reach, Section

Rule = Literal["target", "all-within-radius", "k-nearest", "two-thirds", "two-direct-one-aed"]
"""How tasks are assigned: by our objective, or as another system does."""
RULES: Final[tuple[Rule, ...]] = get_args(Rule)
AtLeastOne = Annotated[int, Field(ge=1, le=1_000)]


class AllWithinRadius(Section):
    """Everyone near enough goes straight to the patient."""

    radius_m: Metres
    """Straight line."""
    max_alerts: AtLeastOne


class KNearest(Section):
    """So many at any time; who declines is replaced by the next."""

    count: AtLeastOne
    within_m: Metres
    """Straight line."""


class TwoThirds(Section):
    """The nearest, most of them over an AED."""

    count: AtLeastOne
    within_m: Metres
    """Straight line."""
    carriers_per_direct: AtLeastOne
    """For each one who goes straight to the patient so many go over an AED."""


class TwoDirectOneAed(Section):
    """The fastest by routed time, and only those who beat the ambulance."""

    direct: Count
    carriers: Count
    guides: Count
    guide_from_floor: Count
    """From this floor up (or as many down) somebody meets the crew; 0 is always."""


class Rules(Section):
    """One section for each rule."""

    all_within_radius: AllWithinRadius
    k_nearest: KNearest
    two_thirds: TwoThirds
    two_direct_one_aed: TwoDirectOneAed


def looks(rule: Rule, rules: Rules) -> tuple[float, int]:
    """Metres that a search must cover, and rescuers it must find, for a rule to do its work."""
    if rule == "all-within-radius":
        return rules.all_within_radius.radius_m, rules.all_within_radius.max_alerts
    if rule == "k-nearest":
        return rules.k_nearest.within_m, rules.k_nearest.count
    if rule == "two-thirds":
        return rules.two_thirds.within_m, rules.two_thirds.count
    if rule == "two-direct-one-aed":
        each = rules.two_direct_one_aed
        return 0.0, each.direct + each.carriers + each.guides
    return 0.0, 0


def widened(reach: Reach, rule: Rule, rules: Rules) -> Reach:
    """The reach, no less than the rule needs."""
    metres, count = looks(rule, rules)
    return reach.model_copy(
        update={"rescuer_m": max(reach.rescuer_m, metres), "enough": max(reach.enough, count)}
    )
