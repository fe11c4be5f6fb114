"""Where and when people collapse: a surface of weights, a rate, and the hours of the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.simulation.assumptions import HOUR_BLOCKS, Assumptions
from shared.simulation.keyed import Purpose, generator, key_in

Floats = npt.NDArray[np.float64]
YEAR_S = 365.25 * 86_400
DAY_S = 86_400.0
WEEK_H = 168
OF_RESCUERS = "homes of rescuers stand in for where people live"
"""What the source of a demand says first where nobody knows where people live."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Points with weights; arrests are drawn among them."""

    latitude: Floats
    """(n,) WGS-84 degrees."""
    longitude: Floats
    weight: Floats
    """(n,) in proportion to arrests; not negative, not all zero."""
    population: float
    spread_m: float = 0.0
    """Standard deviation of a place around its point."""
    source: str = ""
    hours: Floats | None = None
    """(168,) weights of the hours of the local week from Monday 00:00; None: by time of day."""

    def __post_init__(self) -> None:
        if not len(self.weight) or not np.isfinite(self.weight).all() or self.weight.min() < 0:
            raise ValueError("demand: weights are finite, and not negative")
        if self.weight.sum() <= 0:
            raise ValueError("demand: all weights are 0")
        if self.hours is not None and (len(self.hours) != WEEK_H or self.hours.sum() <= 0):
            raise ValueError("demand: hours are 168 weights, not all 0")


@dataclass(frozen=True, slots=True)
class Incidents:
    """(n,) each, in the order of their calls."""

    at_s: Floats
    """Seconds from the start of the simulation, which is a local Monday 00:00."""
    latitude: Floats
    longitude: Floats
    at_home: npt.NDArray[np.bool_]
    floor: npt.NDArray[np.int64]
    bystander: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at_s)


def hours_of(demand: Demand) -> Floats:
    """(168,) the share of arrests in each hour of the week."""
    hours = demand.hours
    if hours is None:
        hours = np.tile(np.repeat(HOUR_BLOCKS, 6), 7)
    shares: Floats = hours / hours.sum()
    return shares


def drawn(
    demand: Demand,
    per_year: float,
    years: float,
    seed: int,
    replication: int,
    purpose: Purpose,
    assumptions: Assumptions,
) -> Incidents:
    """A Poisson number of incidents over so many years; the same key, the same incidents."""
    rng = generator(key_in(seed, replication), purpose)
    count = int(rng.poisson(per_year * years))
    weeks = years * YEAR_S / (7 * DAY_S)
    hour = rng.choice(WEEK_H, size=count, p=hours_of(demand))
    week = rng.random(count) * weeks
    # The hour of the week decides; only the last week may be cut short.
    at_s = np.floor(week) * 7 * DAY_S + (hour + rng.random(count)) * 3_600.0
    point = rng.choice(len(demand.weight), size=count, p=demand.weight / demand.weight.sum())
    north, east = rng.normal(0.0, 1.0, (2, count)) * demand.spread_m
    latitude = demand.latitude[point] + north / 111_195.0
    squeeze = 111_195.0 * np.cos(np.radians(latitude))
    longitude = demand.longitude[point] + east / np.maximum(squeeze, 1.0)
    at_home = rng.random(count) < assumptions.at_home
    floor = np.where(at_home, rng.integers(0, assumptions.top_floor + 1, count), 0)
    bystander = rng.random(count) < assumptions.bystander_cpr
    order = np.argsort(at_s, kind="stable")
    order = order[at_s[order] < years * YEAR_S] if years * YEAR_S > 7 * DAY_S else order
    return Incidents(
        at_s[order],
        latitude[order],
        longitude[order],
        at_home[order],
        floor[order].astype(np.int64),
        bystander[order],
    )
