"""Shortest-path trees that are kept: to every AED, from every station.

A tree says what it costs to get from each junction around to a place (or from the place to each
junction), up to a bound. Places that are asked for again and again have one, so that a way becomes
two look-ups instead of a search; a tree gives the very same numbers as a search, to the bit.

Junctions near each other have numbers near each other, so a tree is kept in *pages* of 64 junctions
that are found over two small tables, as an operating system finds memory. All trees share one pool
of pages of a stated size; when it is full, those that were not used for longest go.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.compiled import inlined, leaf
from shared.streets.chains import NONE, CostArray, Whole
from shared.streets.search import ENTRIES, NEVER, Desk, IntArray, Network, search, wipe

PAGE = 64
"""Junctions of a page; pages of a table."""
PAGE_BITS, TABLE_BITS = 6, 12
PAGE_BYTES = PAGE * 8

FREE_PAGES, FREE_TABLES, FREE_SLOTS, NOW, MADE, DROPPED = 0, 1, 2, 3, 4, 5
"""Columns of a pool's state."""
PROFILE, NODE, USED = 0, 1, 2
"""Columns of a tree: whose it is, and when it was used last (0: no tree)."""

SlotArray = npt.NDArray[np.int32]
TableArray = npt.NDArray[np.uint32]


class Pool(NamedTuple):
    """Room for trees of one direction."""

    slot_of: SlotArray
    """(profiles, n): the slot of a node's tree + 1."""
    trees: IntArray
    """(t, 3): see ``PROFILE``."""
    roots: TableArray
    """(t, ·): the table of each 4,096 junctions; 0 is an empty one."""
    tables: TableArray
    """(·, 64): the page of each 64 junctions; 0 is one without ways."""
    pages: CostArray
    """(·, 64)"""
    free_pages: SlotArray
    free_tables: SlotArray
    free_slots: SlotArray
    state: IntArray
    """(8,): see ``FREE_PAGES``."""


def pool_for(network: Network, memory_bytes: int) -> Pool:
    """An empty pool; memory is taken as trees come, up to about ``memory_bytes``."""
    profiles, nodes = network.nodes.shape[:2]
    junctions = network.first.shape[1] - 1
    pages = max(memory_bytes // (PAGE_BYTES + 64), 64)
    slots = max(pages // 16, 64)  # a walker's tree has about 20 pages
    tables = pages // 4 + slots
    costs = np.empty((pages + 1, PAGE), np.uint64)
    costs[0] = NEVER
    return Pool(
        slot_of=np.zeros((profiles, nodes), np.int32),
        trees=np.zeros((slots, 3), np.int64),
        roots=np.zeros((slots, (junctions >> TABLE_BITS) + 1), np.uint32),
        tables=np.zeros((tables + 1, PAGE), np.uint32),
        pages=costs,
        free_pages=np.arange(pages, 0, -1, dtype=np.int32),
        free_tables=np.arange(tables, 0, -1, dtype=np.int32),
        free_slots=np.arange(slots, dtype=np.int32)[::-1].copy(),
        state=np.array([pages, tables, slots, 0, 0, 0, 0, 0], np.int64),
    )


@inlined
def looked_up(
    roots: TableArray, tables: TableArray, pages: CostArray, slot: Whole, junction: Whole
) -> Whole:
    """The cost of a junction in a tree; ``NEVER`` beyond its bound."""
    at = np.uint64(junction)  # unsigned: no check for counting from the end
    table = roots[slot, at >> np.uint64(TABLE_BITS)]
    page = tables[table, (at >> np.uint64(PAGE_BITS)) & np.uint64(PAGE - 1)]
    return pages[page, at & np.uint64(PAGE - 1)]


@leaf
def drop(pool: Pool, slot: Whole) -> None:
    """Gives a tree's pages back."""
    state = pool.state
    for r in range(pool.roots.shape[1]):
        table = np.int64(pool.roots[slot, r])
        if table == 0:
            continue
        for t in range(PAGE):
            page = np.int64(pool.tables[table, t])
            if page > 0:
                pool.free_pages[state[FREE_PAGES]] = page
                state[FREE_PAGES] += 1
                pool.tables[table, t] = 0
        pool.free_tables[state[FREE_TABLES]] = table
        state[FREE_TABLES] += 1
        pool.roots[slot, r] = 0
    pool.slot_of[pool.trees[slot, PROFILE], pool.trees[slot, NODE]] = 0
    pool.trees[slot, USED] = 0
    pool.free_slots[state[FREE_SLOTS]] = slot
    state[FREE_SLOTS] += 1
    state[DROPPED] += 1


@leaf
def _make_room(pool: Pool, column: Whole) -> bool:
    """Until there is a free page, table or slot: drops what was not used for longest."""
    while pool.state[column] == 0:
        oldest, when = -1, pool.state[NOW]
        for slot in range(pool.trees.shape[0]):
            if 0 < pool.trees[slot, USED] < when:
                oldest, when = slot, pool.trees[slot, USED]
        if oldest < 0:
            return False  # everything is in use right now
        drop(pool, oldest)
    return True


@leaf
def _keep(pool: Pool, desk: Desk, profile: Whole, node: Whole) -> Whole:
    """Keeps what the desk holds as a tree; its slot, or -1 where there is no room at all."""
    state = pool.state
    if not _make_room(pool, FREE_SLOTS):
        return -1
    state[FREE_SLOTS] -= 1
    slot = np.int64(pool.free_slots[state[FREE_SLOTS]])
    pool.trees[slot, PROFILE] = profile
    pool.trees[slot, NODE] = node
    pool.trees[slot, USED] = state[NOW]
    pool.slot_of[profile, node] = slot + 1
    for entry in range(desk.state[ENTRIES]):
        junction = np.int64(desk.entries[entry, 1] & np.uint64(NONE))
        table = np.int64(pool.roots[slot, junction >> TABLE_BITS])
        if table == 0:
            if not _make_room(pool, FREE_TABLES):
                drop(pool, slot)
                return -1
            state[FREE_TABLES] -= 1
            table = np.int64(pool.free_tables[state[FREE_TABLES]])
            pool.roots[slot, junction >> TABLE_BITS] = table
        at = (junction >> PAGE_BITS) & (PAGE - 1)
        page = np.int64(pool.tables[table, at])
        if page == 0:
            if not _make_room(pool, FREE_PAGES):
                drop(pool, slot)
                return -1
            state[FREE_PAGES] -= 1
            page = np.int64(pool.free_pages[state[FREE_PAGES]])
            pool.tables[table, at] = page
            pool.pages[page, :] = np.uint64(NEVER)
        pool.pages[page, junction & (PAGE - 1)] = desk.cost[junction]
    state[MADE] += 1
    return slot


@leaf
def tree_of(
    network: Network,
    desk: Desk,
    pool: Pool,
    direction: Whole,
    profile: Whole,
    node: Whole,
    within: Whole,
) -> Whole:
    """The slot of a node's tree, made now where there is none.

    -1 where it cannot be kept: then the desk holds the costs, and the caller wipes it.
    """
    slot = np.int64(pool.slot_of[profile, node]) - 1
    if slot >= 0:
        pool.trees[slot, USED] = pool.state[NOW]
        return slot
    search(network, desk, direction, profile, node, within)
    slot = _keep(pool, desk, profile, node)
    if slot >= 0:
        wipe(desk)
    return slot
