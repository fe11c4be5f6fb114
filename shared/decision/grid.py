"""A compiled grid of moving points: who stands where, updated in microseconds, searched in rings.

The globe is cut into rows of latitude, each row into squares of about ``side_m`` metres; a square
that holds anybody has a block of entries in one pool, so that a search reads memory in order. A
square is found by hashing its number (open addressing). An *entry* is one place of one owner: the
point on the unit sphere, the owner's number and which of their places it is. Distances are chords
of the unit sphere, which grow with great-circle distance: :func:`metres_of` turns them.

The searches are exact at the poles and on the antimeridian: the box around a circle of radius ``d``
is latitude ± d and longitude ± asin(sin d ÷ cos latitude), all longitudes where it holds a pole.
"""

from __future__ import annotations

from math import asin, cos, floor, pi, radians, sin
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.compiled import compiled, inlined, leaf
from shared.geometry.distance import EARTH_RADIUS_M

ENTRY = np.dtype(
    [("x", "f8"), ("y", "f8"), ("z", "f8"), ("owner", "i4"), ("place", "i4")], align=True
)
BLOCK = np.dtype([("start", "i4"), ("count", "i4"), ("room", "i4"), ("spare", "i4")], align=True)
FULL = 0.5
"""The hash table doubles when so much of it is in use."""
FIRST_ROOM = 4
"""Entries that a new square has room for; it doubles when full."""
LONGEST = 2 * pi

Entries = npt.NDArray[Any]
Blocks = npt.NDArray[Any]
Keys = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]


@inlined
def columns_of(row: int, step: float) -> int:
    """How many squares a row has; ``step`` is the side of a square in radians."""
    middle = -pi / 2 + (row + 0.5) * step
    count = int(LONGEST * cos(middle) / step)
    return max(count, 1)


@inlined
def square_of(latitude: float, longitude: float, step: float) -> int:
    """The number (from 1) of the square that holds a place, degrees."""
    row = floor((radians(latitude) + pi / 2) / step)
    columns = columns_of(row, step)
    column = floor((radians(longitude) + pi) / LONGEST * columns) % columns
    return (row << 32) + column + 1


@inlined
def slot_of(keys: Keys, key: int) -> int:
    """Where a key is in the hash table, or where it would go."""
    mask = len(keys) - 1
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    slot = np.int64(mixed >> np.uint64(20)) & mask
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) & mask
    return int(slot)


@compiled
def grown(keys: Keys, values: Numbers) -> tuple[Keys, Numbers]:
    """The same table with twice the room."""
    new_keys = np.zeros(len(keys) * 2, dtype=np.int64)
    new_values = np.zeros(len(keys) * 2, dtype=np.int32)
    for i in range(len(keys)):
        if keys[i] != 0:
            slot = slot_of(new_keys, keys[i])
            new_keys[slot] = keys[i]
            new_values[slot] = values[i]
    return new_keys, new_values


@compiled
def added(
    keys: Keys,
    values: Numbers,
    blocks: Blocks,
    pool: Entries,
    used: Keys,
    where: tuple[float, float, float],
    owner: int,
    place: int,
) -> bool:
    """Puts an entry into its square; False when ``blocks`` or ``pool`` must grow first.

    ``used`` is (blocks, pool entries, keys) in use; ``where`` is latitude, longitude, step.
    """
    latitude, longitude, step = where
    key = square_of(latitude, longitude, step)
    slot = slot_of(keys, key)
    if keys[slot] == 0:
        if used[0] >= len(blocks) or used[1] + FIRST_ROOM > len(pool):
            return False
        number = used[0]
        keys[slot] = key
        values[slot] = number
        used[2] += 1
        used[0] += 1
        blocks[number].start = used[1]
        blocks[number].count = 0
        blocks[number].room = FIRST_ROOM
        used[1] += FIRST_ROOM
    number = values[slot]
    count = blocks[number].count
    room = blocks[number].room
    if count == room:
        if used[1] + 2 * room > len(pool):
            return False
        start = blocks[number].start
        for i in range(count):
            pool[used[1] + i] = pool[start + i]
        blocks[number].start = used[1]
        blocks[number].room = 2 * room
        used[1] += 2 * room
    at = blocks[number].start + count
    phi, lam = radians(latitude), radians(longitude)
    pool[at].x = cos(phi) * cos(lam)
    pool[at].y = cos(phi) * sin(lam)
    pool[at].z = sin(phi)
    pool[at].owner = owner
    pool[at].place = place
    blocks[number].count = count + 1
    return True


@compiled
def taken(
    keys: Keys,
    values: Numbers,
    blocks: Blocks,
    pool: Entries,
    where: tuple[float, float, float],
    owner: int,
    place: int,
) -> bool:
    """Takes an entry out of its square; False when it was not there."""
    latitude, longitude, step = where
    slot = slot_of(keys, square_of(latitude, longitude, step))
    if keys[slot] == 0:
        return False
    number = values[slot]
    start = blocks[number].start
    last = start + blocks[number].count - 1
    for i in range(start, last + 1):
        if pool[i].owner == owner and pool[i].place == place:
            pool[i] = pool[last]
            blocks[number].count -= 1
            return True
    return False


@compiled
def compacted(blocks: Blocks, pool: Entries, used: Keys) -> Entries:
    """A pool without the holes that moved blocks left, and with room for any of them to double."""
    total = 0
    for b in range(used[0]):
        total += blocks[b].room
    size = 64
    while size < 3 * total + FIRST_ROOM:
        size *= 2
    fresh = np.empty(size, dtype=pool.dtype)
    at = 0
    for b in range(used[0]):
        start = blocks[b].start
        for i in range(blocks[b].count):
            fresh[at + i] = pool[start + i]
        blocks[b].start = at
        at += blocks[b].room
    used[1] = at
    return fresh


@leaf
def ring(
    keys: Keys,
    values: Numbers,
    blocks: Blocks,
    seen: npt.NDArray[np.int64],
    found: Numbers,
    where: tuple[float, float, float],
    radius: float,
) -> int:
    """Squares within ``radius`` (radians) of a place that no earlier ring held; how many.

    ``seen`` is (rows, 2): the columns visited per row, kept between the rings of one search (fill
    it with (1, 0) first; its middle row is the place's). ``found`` gets the numbers of the blocks;
    it must have room for all blocks.
    """
    latitude, longitude, step = where
    phi, lam = radians(latitude), radians(longitude)
    rows = int(pi / step) + 1
    middle = floor((phi + pi / 2) / step)
    low = max(0, floor((phi - radius + pi / 2) / step))
    high = min(rows - 1, floor((phi + radius + pi / 2) / step))
    whole = abs(phi) + radius >= pi / 2
    half = pi if whole else asin(min(1.0, sin(radius) / cos(phi)))
    offset = len(seen) // 2 - middle
    count = 0
    for row in range(low, high + 1):
        columns = columns_of(row, step)
        first = floor((lam - half + pi) / LONGEST * columns)
        last = floor((lam + half + pi) / LONGEST * columns)
        old_first, old_last = seen[row + offset, 0], seen[row + offset, 1]
        fresh = old_last < old_first
        if fresh:
            old_first, old_last = first, first - 1
        if last - first + 1 >= columns:
            first, last = old_first, old_first + columns - 1
        seen[row + offset, 0] = first
        seen[row + offset, 1] = last
        for column in range(first, last + 1):
            if old_first <= column <= old_last:
                continue
            key = (row << 32) + column % columns + 1
            slot = slot_of(keys, key)
            if keys[slot] != 0 and blocks[values[slot]].count > 0:
                found[count] = values[slot]
                count += 1
    return count


@inlined
def arcsine(value: float) -> float:
    """The arcsine; up to 0.02 (255 km) by its series, there exact to 1e-15 and much quicker."""
    if value > 0.02:
        return float(np.arcsin(min(1.0, value)))
    square = value * value
    return value * (1 + square * (1 / 6 + square * (3 / 40 + square * (5 / 112))))


@inlined
def metres_of(chord_squared: float) -> float:
    """Great-circle metres of a squared chord of the unit sphere."""
    return float(2.0 * EARTH_RADIUS_M * arcsine(0.5 * np.sqrt(chord_squared)))


@inlined
def chord_squared_of(metres: float) -> float:
    """The squared chord of the unit sphere for a great-circle distance."""
    half = sin(min(metres / EARTH_RADIUS_M, pi) / 2.0)
    return 4.0 * half * half


class PointGrid:
    """Places of owners, by square; every change is O(1)."""

    __slots__ = ("arrays", "side_m", "step", "used")

    def __init__(self, side_m: float) -> None:
        self.side_m = side_m
        self.step = side_m / EARTH_RADIUS_M
        self.used = np.zeros(3, dtype=np.int64)
        self.arrays: tuple[Keys, Numbers, Blocks, Entries] = (
            np.zeros(16, dtype=np.int64),
            np.zeros(16, dtype=np.int32),
            np.zeros(8, dtype=BLOCK),
            np.zeros(64, dtype=ENTRY),
        )
        """Hash keys and values, blocks, entries: what the compiled searches take. Another tuple
        when one of them is replaced, and only then."""

    def add(self, latitude: float, longitude: float, owner: int, place: int) -> None:
        """Puts a place of an owner where it is."""
        where = (latitude, longitude, self.step)
        keys, values, blocks, pool = self.arrays
        while not added(keys, values, blocks, pool, self.used, where, owner, place):
            if self.used[0] >= len(blocks):
                blocks = np.concatenate([blocks, np.zeros_like(blocks)])
            pool = compacted(blocks, pool, self.used)
            self.arrays = (keys, values, blocks, pool)
        if self.used[2] > FULL * len(keys):
            keys, values = grown(keys, values)
            self.arrays = (keys, values, blocks, pool)

    def take(self, latitude: float, longitude: float, owner: int, place: int) -> None:
        """Takes it away from there; raises ``KeyError`` when it was not there."""
        keys, values, blocks, pool = self.arrays
        if not taken(keys, values, blocks, pool, (latitude, longitude, self.step), owner, place):
            raise KeyError(f"owner {owner} has no place {place} at {latitude}, {longitude}")
