"""Random numbers by key: the same question has the same answer under every policy.

A draw is a hash of (seed, replication, incident, who, purpose), so that neither the order of draws
nor their number matters: a person asked by two policies accepts under both or neither. The mixing
function is that of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
OOPSLA 2014), taken as a counter-based generator; streams of arrays come from numpy's Philox.
"""

from __future__ import annotations

import hashlib
import math
from enum import IntEnum
from statistics import NormalDist

import numpy as np

_ALL = (1 << 64) - 1
_NORMAL = NormalDist()


class Purpose(IntEnum):
    """What a draw is for; each is independent of the others."""

    ACCEPT = 1
    ANSWER = 2
    DECLINE = 3
    TURNOUT = 4
    ARRIVE = 5
    HOW_IT_FAILS = 6
    CHANNEL = 7
    AED = 8
    UNIT_DELAY = 9
    UNIT_COMES = 10
    ON_SCENE = 11
    TRANSPORT = 12
    AT_HOSPITAL = 13
    DENSITY = 14
    HOURS = 15
    INCIDENTS = 16
    OTHER_CALLS = 17


def mixed(value: int) -> int:
    """A 64-bit number scrambled (the finaliser of SplitMix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _ALL
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _ALL
    return value ^ (value >> 31)


def key_of(name: str) -> int:
    """The 64-bit key of an id, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def key_in(parent: int, *parts: int) -> int:
    """The key of something within something."""
    for part in parts:
        parent = mixed(parent ^ mixed(part & _ALL))
    return parent


def uniform(key: int, purpose: Purpose) -> float:
    """In (0, 1), never either end."""
    return ((mixed(key ^ (purpose * 0xD1342543DE82EF95 & _ALL)) >> 11) + 0.5) / 9007199254740992.0


def normal(key: int, purpose: Purpose) -> float:
    """Standard normal."""
    return _NORMAL.inv_cdf(uniform(key, purpose))


def lognormal(key: int, purpose: Purpose, median: float, spread: float) -> float:
    """With that median; ``spread`` is the standard deviation of the logarithm."""
    return median * math.exp(spread * normal(key, purpose))


def generator(key: int, purpose: Purpose) -> np.random.Generator:
    """Arrays of draws by a counter-based generator (Philox 4x64) of that key."""
    return np.random.Generator(np.random.Philox(key=[key, int(purpose)]))
