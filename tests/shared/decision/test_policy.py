"""The policy file: complete, sourced, and refused in one clear line when it is not right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import shared.decision
from shared.decision import PolicyError, default_policy, load_policy, parse_policy
from shared.decision.policy import RULES, Policy, named_policy

FILE = Path(shared.decision.__file__).with_name("default_policy.json")


def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def test_the_targets_are_those_of_the_design() -> None:
    target = default_policy().target
    assert (target.cpr_within_s, target.p_cpr) == (240, 0.80)
    assert (target.shock_within_s, target.p_shock) == (360, 0.60)
    assert (target.floor, target.tolerance) == (3, 0.005)


def numbers(value: object, path: tuple[str, ...] = ()) -> list[str]:
    if isinstance(value, dict) and "value" not in value:
        return [n for key, child in value.items() for n in numbers(child, (*path, key))]
    return [".".join(path)] if isinstance(value, dict) else []


def test_every_number_has_a_source_and_no_number_stands_bare() -> None:
    read = document()
    named = numbers(read)
    assert set(default_policy().sources) == set(named)
    assert all(default_policy().sources[name].strip() for name in named)

    def bare(value: object) -> bool:
        if isinstance(value, dict):
            return any(bare(v) for k, v in value.items() if "value" not in value or k != "value")
        return isinstance(value, int | float) and not isinstance(value, bool)

    assert not bare(read)


def set_(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(read: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            read = read[parent]
        if value is None:
            del read[last]
        else:
            read[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_("target.p_cpr.value", 1.2), "target.p_cpr: Input should be less than or equal to 1"),
        (set_("target.p_cpr.value", "high"), "target.p_cpr"),
        (set_("target.p_cpr", None), "target.p_cpr: Field required"),
        (set_("target.speed", {"value": 1, "unit": "1", "source": "x"}), "target.speed: Extra"),
        (set_("activation.hold_s.value", 11), "activation.hold_s"),
        (set_("target.floor.source", " "), "target.floor: unit and source"),
        (set_("target.floor.source", None), "target.floor: write exactly value, unit and source"),
        (
            set_("target.cpr_within_s.unit", "min"),
            "target.cpr_within_s: the unit is 's', not 'min'",
        ),
        (set_("travel.speed_m_s.foot.unit", "km/h"), "travel.speed_m_s.foot: the unit is 'm/s'"),
        (set_("travel.speed_m_s.foot.value", 0), "travel.speed_m_s.foot"),
        (set_("travel.speed_m_s.car", None), "speed_m_s: add car"),
        (set_("rule", "nearest-first"), "rule: Input should be 'target'"),
        (set_("activation.gates", ["bad_weather"]), "activation.gates.0"),
        (set_("rules.k_nearest.count.value", 0), "rules.k_nearest.count"),
        (
            set_("rules.two_thirds.within_m.unit", "km"),
            "rules.two_thirds.within_m: the unit",
        ),
        (
            lambda d: (set_("rule", "two-thirds")(d), set_("reach.enough.value", 40)(d)),
            "reach.enough: raise it to 100 for the rule two-thirds",
        ),
        (set_("places.p_live.value", 0.99), "places: Value error, p_live: a place grows no surer"),
        (set_("response.history_weight.value", 0), "response.history_weight"),
        (set_("aed.failures_per_year.value", -1), "aed.failures_per_year"),
    ],
)
def test_a_bad_policy_is_refused_by_name(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    read = document()
    change(read)
    with pytest.raises(PolicyError, match="mine") as refused:
        parse_policy(read, "mine")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.json: No such file"):
        load_policy(tmp_path / "none.json")
    (tmp_path / "half.json").write_text("{")
    with pytest.raises(PolicyError, match=r"half\.json: not JSON"):
        load_policy(tmp_path / "half.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(PolicyError, match="a policy is a JSON object"):
        load_policy(tmp_path / "list.json")


def test_a_rules_name_is_the_default_policy_under_that_rule() -> None:
    assert named_policy("target") is default_policy()
    for rule in RULES:
        policy = named_policy(rule)
        assert (policy.rule, policy.name) == (rule, rule)
        assert policy.target == default_policy().target
        Policy.model_validate(policy.model_dump())  # and it looks as far as its rule needs
    assert named_policy("two-thirds").reach.enough == 100


def test_a_path_is_a_file_and_anything_else_is_refused(tmp_path: Path) -> None:
    read = document()
    read["name"], read["rule"] = "ours", "k-nearest"
    (tmp_path / "ours.json").write_text(json.dumps(read), encoding="utf-8")
    policy = named_policy(str(tmp_path / "ours.json"))
    assert (policy.name, policy.rule) == ("ours", "k-nearest")
    for wrong in ("nearest", "", str(tmp_path)):
        with pytest.raises(PolicyError, match="is no file and none of target, all-within-radius"):
            named_policy(wrong)
