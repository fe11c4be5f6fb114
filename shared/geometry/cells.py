"""H3 cells and the shards made of them.

Idle places are resolution-10 cells (about 65 m to an edge's far corner), never coordinates. A
resolution-6 parent (about 36 km²) is the unit of sharding: it hashes to one of 64 virtual shards,
and a shard maps to a partition. The number of shards is fixed for good: changing it would move
every record.
"""

from __future__ import annotations

import zlib

import h3

IDLE_RESOLUTION = 10
SHARD_RESOLUTION = 6
SHARDS = 64


def cell_of(latitude: float, longitude: float, resolution: int = IDLE_RESOLUTION) -> str:
    """The H3 cell (hexadecimal string) of a WGS-84 place."""
    return str(h3.latlng_to_cell(latitude, longitude, resolution))


def centre_of(cell: str) -> tuple[float, float]:
    """The centre of a cell as WGS-84 (latitude, longitude)."""
    latitude, longitude = h3.cell_to_latlng(cell)
    return latitude, longitude


def is_idle_cell(cell: str) -> bool:
    """Whether the string is a valid H3 cell of the resolution for idle places."""
    return bool(h3.is_valid_cell(cell)) and h3.get_resolution(cell) == IDLE_RESOLUTION


def shard_of_cell(cell: str) -> int:
    """The virtual shard (0–63) of a cell of resolution 6 or finer."""
    parent = h3.cell_to_parent(cell, SHARD_RESOLUTION)
    return zlib.crc32(parent.encode()) % SHARDS


def shard_of_place(latitude: float, longitude: float) -> int:
    """The virtual shard (0–63) of a WGS-84 place."""
    return shard_of_cell(cell_of(latitude, longitude, SHARD_RESOLUTION))


def partition_of_shard(shard: int, partitions: int) -> int:
    """The partition of a shard: neighbours in number share one, so ranges move together."""
    return shard * partitions // SHARDS
