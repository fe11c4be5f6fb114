"""Means over replications with confidence intervals, and paired differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=256)
def t_quantile(p: float, degrees: int) -> float:
    """The quantile of Student's t; ``p`` in (0.5, 1), ``degrees`` at least 1.

    By bisection on the distribution function, which for whole degrees of freedom is a finite sum
    (Abramowitz & Stegun 26.7.3 and 26.7.4).
    """
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        if _within(middle, degrees) < 2 * p - 1:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _within(t: float, degrees: int) -> float:
    """P(-t < T < t)."""
    theta = math.atan2(t, math.sqrt(degrees))
    sine, cosine = math.sin(theta), math.cos(theta)
    term, total = 1.0, 1.0
    if degrees % 2:
        if degrees == 1:
            return 2 * theta / math.pi
        total = term = cosine
        for k in range(3, degrees - 1, 2):
            term *= cosine * cosine * (k - 1) / k
            total += term
        return 2 / math.pi * (theta + sine * total)
    for k in range(2, degrees - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return sine * total


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float] | None:
    """The confidence interval of the mean of independent replications; None for fewer than two."""
    n = len(values)
    if n < 2:
        return None
    mean = math.fsum(values) / n
    variance = math.fsum((v - mean) ** 2 for v in values) / (n - 1)
    half = t_quantile(0.5 + level / 2, n - 1) * math.sqrt(variance / n)
    return mean - half, mean + half
