"""Every number of the decision, validated, with the unit and the source it has in its file.

A policy file is JSON: a name, a version, a rule, and sections of numbers, each written as
``{"value": 105, "unit": "s", "source": "PMID 40816549"}``. A number without a unit or a source, an
unknown or missing one, or one outside its bounds is refused with a single error that says where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from shared.contracts.words import TransportMode
from shared.decision.policy_rules import RULES, Rule, Rules, looks, widened
from shared.decision.policy_sections import (
    Activation,
    AedDoubts,
    Bystander,
    Circle,
    DriveSpeeds,
    Explain,
    Fatigue,
    Guide,
    Period,
    Reach,
    Response,
    Section,
    StandDowns,
    Streets,
    Target,
    Travel,
    WherePeopleAre,
)
from shared.decision.units_policy import RelocationAdvice, Units

__all__ = [
    "RULES",
    "UNITS",
    "Activation",
    "AedDoubts",
    "Bystander",
    "Circle",
    "DriveSpeeds",
    "Explain",
    "Fatigue",
    "Guide",
    "Period",
    "Policy",
    "PolicyError",
    "Reach",
    "RelocationAdvice",
    "Response",
    "Rule",
    "Rules",
    "StandDowns",
    "Streets",
    "Target",
    "Travel",
    "Units",
    "WherePeopleAre",
    "default_policy",
    "load_policy",
    "named_policy",
    "parse_policy",
]

UNITS = {"_s": "s", "_m": "m", "_m_s": "m/s", "_hour": "h", "_days": "d"}
"""What the end of a name demands as the unit in the file (the longest end wins)."""


class PolicyError(ValueError):
    """A policy that cannot be used; the message names the place and the mend."""


class Policy(Section):
    """One way to decide, complete."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    version: Annotated[str, Field(min_length=1, max_length=64)]
    rule: Rule
    """Which rule assigns tasks: ``target`` is the objective of docs/capabilities/decision.md."""
    target: Target
    activation: Activation
    reach: Reach
    places: WherePeopleAre
    response: Response
    travel: Travel
    streets: Streets
    aed: AedDoubts
    bystander: Bystander
    fatigue: Fatigue
    units: Units
    relocation: RelocationAdvice
    guide: Guide
    stand_down: StandDowns
    circle: Circle
    explain: Explain
    rules: Rules
    sources: Mapping[str, str] = Field(default_factory=dict, repr=False)
    """Where each number comes from: ``section.name`` → source."""

    @model_validator(mode="after")
    def _looks_far_enough(self) -> Policy:
        metres, count = looks(self.rule, self.rules)
        if self.reach.rescuer_m < metres:
            raise ValueError(f"reach.rescuer_m: raise it to {metres:g} for the rule {self.rule}")
        if self.reach.enough < count:
            raise ValueError(f"reach.enough: raise it to {count} for the rule {self.rule}")
        return self


def _strip(value: object, path: tuple[str, ...], sources: dict[str, str]) -> object:
    """The bare values of a policy document, noting the sources on the way."""
    if not isinstance(value, dict):
        return value
    if "value" not in value:
        return {key: _strip(child, (*path, str(key)), sources) for key, child in value.items()}
    place = ".".join(path)
    if set(value) != {"value", "unit", "source"}:
        raise PolicyError(f"{place}: write exactly value, unit and source")
    unit, source = value["unit"], value["source"]
    if not isinstance(unit, str) or not isinstance(source, str) or not source.strip():
        raise PolicyError(f"{place}: unit and source are texts, and the source is not empty")
    name = path[-2] if path[-1] in set(TransportMode) and len(path) > 1 else path[-1]
    wanted = max((end for end in UNITS if name.endswith(end)), key=len, default=None)
    if wanted is not None and unit != UNITS[wanted]:
        raise PolicyError(
            f"{place}: the unit is {UNITS[wanted]!r}, not {unit!r}; convert the value"
        )
    sources[place] = source
    return value["value"]


def parse_policy(document: Mapping[str, Any], origin: str = "policy") -> Policy:
    """The policy of a document as it stands in a file; raises :class:`PolicyError`."""
    sources: dict[str, str] = {}
    try:
        bare = _strip(dict(document), (), sources)
        if not isinstance(bare, dict):
            raise PolicyError("a policy is a JSON object")
        bare.pop("$comment", None)
        policy = Policy.model_validate({**bare, "sources": sources})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{origin}: {place}: {first['msg']}") from None
    except PolicyError as error:
        raise PolicyError(f"{origin}: {error}") from None
    return policy


def load_policy(path: Path) -> Policy:
    """The policy in a file; raises :class:`PolicyError`, also when it cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(f"{path.name}: {error.strerror}") from None
    except ValueError as error:
        raise PolicyError(f"{path.name}: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise PolicyError(f"{path.name}: a policy is a JSON object")
    return parse_policy(document, path.name)


@cache
def default_policy() -> Policy:
    """The policy that comes with the software."""
    return load_policy(Path(__file__).with_name("default_policy.json"))


@cache
def _built_in(rule: Rule) -> Policy:
    base = default_policy()
    if rule == base.rule:
        return base
    reach = widened(base.reach, rule, base.rules)
    return base.model_copy(update={"name": rule, "rule": rule, "reach": reach})


def named_policy(name_or_path: str) -> Policy:
    """The policy with that name, or in that file.

    The name of a rule is the default policy under that rule, looking as far as the rule needs.
    Raises :class:`PolicyError` when it is neither, or when the file cannot be used.
    """
    for rule in RULES:
        if name_or_path == rule:
            return _built_in(rule)
    path = Path(name_or_path)
    if not name_or_path or not path.is_file():
        known = ", ".join(RULES)
        raise PolicyError(f"policy: {name_or_path!r} is no file and none of {known}")
    return load_policy(path)
