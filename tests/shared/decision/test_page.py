"""The page about the decision knows every reason and has the numbers of the policy file."""

from __future__ import annotations

import json
from pathlib import Path

import shared.decision
from shared.decision import Closed, Reason

PAGE = (Path(__file__).parents[3] / "docs/capabilities/decision.md").read_text(encoding="utf-8")
FILE = Path(shared.decision.__file__).with_name("default_policy.json")


def rows(value: object, path: tuple[str, ...] = ()) -> list[str]:
    if not isinstance(value, dict):
        return []
    if "value" in value:
        name = ".".join(path)
        return [f"| `{name}` | {value['value']} | {value['unit']} | {value['source']} |"]
    return [row for key, child in value.items() for row in rows(child, (*path, key))]


def test_every_reason_is_explained() -> None:
    assert [word.value for word in (*Reason, *Closed) if f"`{word.value}`" not in PAGE] == []


def test_every_number_stands_as_in_the_file() -> None:
    numbers = rows(json.loads(FILE.read_text(encoding="utf-8")))
    assert len(numbers) > 80
    assert [row for row in numbers if row not in PAGE] == []
