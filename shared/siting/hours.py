"""The week as siting sees it: stretches of time with the same open sites, and who is where then.

A site that is closed at night covers the day only (Sun et al. 2016, doi 10.1016/j.jacc.2016.06.020,
whose three periods these are). The week is cut wherever a site opens or closes, to the minute;
minutes with the same open sites and the same period are one class, and a demand counts in each
class with its weight of that period, by the class's share of the period's minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from shared.siting.answer import Bool, Float64

PERIODS = {"day": (8, 16), "evening": (16, 24), "night": (0, 8)}
"""Hours of each period, the last one not included."""
WEEK = date(2026, 3, 2)
"""A Monday; the week without public holidays that opening hours are read for."""
MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Times of the week that are told apart."""

    weights: Float64
    """(demands, classes) what each demand weighs; the classes of a demand add up to its weight."""
    site_open: Bool
    """(classes, sites)"""
    existing_open: Bool
    """(classes, existing)"""

    @property
    def count(self) -> int:
        """How many classes there are."""
        return int(self.weights.shape[1])


def open_minutes(hours: str) -> Bool:
    """(10080,) the minutes of the week in which it is open, Monday first.

    Hours are read as local time; unknown is not open. Raises ``ValueError`` for hours that do not
    parse.
    """
    from shared.hours import OpeningState, opening_at  # takes a while, and most questions have none

    begin = datetime(WEEK.year, WEEK.month, WEEK.day, tzinfo=UTC)
    minutes = np.zeros(MINUTES, np.bool_)
    at = 0
    while at < MINUTES:
        opening = opening_at(hours, "UTC", None, begin + timedelta(minutes=at))
        until = MINUTES
        if opening.until is not None:
            until = min(MINUTES, int((opening.until - begin).total_seconds() // 60))
        until = max(until, at + 1)
        minutes[at:until] = opening.state is OpeningState.OPEN
        at = until
    return minutes


def classes_of(
    periods: Float64, site_hours: Sequence[str | None], existing_hours: Sequence[str | None]
) -> Classes:
    """The classes of a week.

    ``periods`` (demands, 3) are the weights by day, evening and night. None as hours: always open.
    """
    texts = sorted({each for each in (*site_hours, *existing_hours) if each is not None})
    known = {text: k for k, text in enumerate(texts)}
    table = np.ones((len(texts) + 1, MINUTES), np.bool_)  # the last row is always open
    for text, k in known.items():
        table[k] = open_minutes(text)
    hour = np.arange(MINUTES) // 60 % 24
    period = np.zeros(MINUTES, np.int64)
    for k, (first, last) in enumerate(PERIODS.values()):
        period[(hour >= first) & (hour < last)] = k
    keys = np.concatenate([table, period[None, :]]).T
    kinds, index, minutes = np.unique(keys, axis=0, return_index=True, return_counts=True)
    of = period[index]
    share = minutes / np.bincount(period, minlength=len(PERIODS))[of]
    rows = [known.get(each, len(texts)) if each is not None else len(texts) for each in site_hours]
    old = [
        known.get(each, len(texts)) if each is not None else len(texts) for each in existing_hours
    ]
    at = kinds[:, :-1].astype(np.bool_)
    return Classes(periods[:, of] * share[None, :], at[:, rows], at[:, old])
