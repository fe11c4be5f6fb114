"""What a person asks a plan about: a place with its datum, a floor, a moment, a policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING

from deploy.errors import UserError

if TYPE_CHECKING:
    from shared.decision import Policy

YEARS = (2000, 2100)
"""Within which certificates, holidays and opening hours mean something."""
FLOORS = (-20, 200)
EVERYBODY = 1_000_000
"""The most of ``explain.per_reason``: every candidate is told."""


def joined(arguments: Sequence[str], option: str) -> list[str]:
    """``--at -33.9,18.4`` as ``--at=-33.9,18.4``: else the minus is taken for an option."""
    rest = list(arguments)
    if option in rest[:-1]:
        place = rest.index(option)
        rest[place : place + 2] = [f"{option}={rest[place + 1]}"]
    return rest


def read_place(text: str, datum: str) -> tuple[float, float]:
    """``LAT,LNG`` in a datum as WGS-84 degrees; raises :class:`UserError`."""
    from shared.geometry.datum import Datum, to_wgs84

    parts = text.split(",")
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        raise UserError(
            f"--at {text}: write LAT,LNG in degrees, such as 26.2486,117.6186"
        ) from None
    if not (isfinite(latitude) and isfinite(longitude)):
        raise UserError(f"--at {text}: write two numbers of degrees")
    if abs(latitude) > 90 or abs(longitude) > 180:
        swapped = " (latitude comes first)" if abs(longitude) <= 90 else ""
        raise UserError(f"--at {text}: is not on the globe{swapped}")
    return to_wgs84(latitude, longitude, Datum(datum))


def read_time(text: str) -> datetime:
    """An ISO 8601 moment with its zone; raises :class:`UserError` for one without."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"--time {text}: write a moment such as 2026-05-06T03:00:00+08:00"
        ) from None
    if at.tzinfo is None:
        raise UserError(f"--time {text}: has no time zone: add one, such as Z or +08:00")
    if not YEARS[0] <= at.year < YEARS[1]:
        raise UserError(f"--time {text}: choose a year from {YEARS[0]} to {YEARS[1] - 1}")
    return at


def read_floor(text: str | None) -> int | None:
    """A floor: 0 is the ground floor, None unknown."""
    if text is None:
        return None
    try:
        floor = int(text)
    except ValueError:
        raise UserError(f"--floor {text}: write a whole number; 0 is the ground floor") from None
    if not FLOORS[0] <= floor <= FLOORS[1]:
        raise UserError(f"--floor {text}: give a floor from {FLOORS[0]} to {FLOORS[1]}")
    return floor


def read_policy(name_or_file: str | None) -> Policy:
    """A policy by its rule's name or its file; the default for None or nothing.

    Raises :class:`UserError` when there is no such rule, or the file cannot be used.
    """
    from shared.decision import PolicyError, default_policy
    from shared.decision.policy import named_policy

    if not name_or_file:
        return default_policy()
    try:
        return named_policy(name_or_file)
    except PolicyError as error:
        raise UserError(f"--policy {error}") from None


def told_in_full(policy: Policy) -> Policy:
    """The same policy with every candidate told, however many are barred for the same reason."""
    return policy.model_copy(
        update={"explain": policy.explain.model_copy(update={"per_reason": EVERYBODY})}
    )
