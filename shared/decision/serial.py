"""A plan as JSON values: the same plan always gives the same document.

Rounding happens here and nowhere else: probabilities to 4 decimals, seconds and metres to 1.
Coordinates are never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel

from shared.decision.model import Plan

JsonValue = Any
"""Nested dict, list, str, int, float, bool and None, as ``json.dumps`` takes them."""

LONG_UNITS = ("_s", "_m")
"""Suffixes of names whose values need a decimal at most."""

UNROUNDED = frozenset({"latitude", "longitude", "arrest_likelihood"})
"""Inputs among the values: what is kept of them must read back to the same."""


def _number(name: str, value: float) -> float:
    if name in UNROUNDED:
        return value
    return round(value, 1 if name.endswith(LONG_UNITS) else 4)


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, with microseconds only where there are some."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: object, name: str = "") -> JsonValue:
    """Any value of the model as JSON values; ``name`` (its field) says how to round."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _number(name, value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name), f.name) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(k)): plain(v, str(plain(k))) for k, v in sorted(value.items())}
    if isinstance(value, set | frozenset):
        return sorted(plain(item, name) for item in value)
    if isinstance(value, Sequence):
        return [plain(item, name) for item in value]
    raise TypeError(f"{name}: {type(value).__name__} has no JSON form")


def to_json(plan: Plan) -> dict[str, JsonValue]:
    """The whole plan as JSON values, in the order of its fields."""
    document: dict[str, JsonValue] = plain(plan)
    return {**document, "circle_cells": plan.circle_cells}
