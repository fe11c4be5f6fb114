"""Everything that is reached from a place, or that reaches it, within a bound."""

from __future__ import annotations

import numpy as np

from shared.compiled import compiled
from shared.streets.chains import (
    COUNT,
    END,
    FIRST,
    IS_JUNCTION,
    NONE,
    PLACE,
    START,
    CostArray,
    UIntArray,
    Whole,
)
from shared.streets.search import (
    ENTRIES,
    NEVER,
    Desk,
    Network,
    from_end,
    from_start,
    search,
    wipe,
    within_chain,
)


@compiled
def reach(
    network: Network,
    chain_nodes: UIntArray,
    junction_node: UIntArray,
    chains_first: UIntArray,
    chains_at: UIntArray,
    desk: Desk,
    direction: Whole,
    profile: Whole,
    origin: Whole,
    within: Whole,
    nodes: UIntArray,
    costs: CostArray,
) -> Whole:
    """Writes the nodes within the bound and what each costs; how many there are.

    ``nodes`` and ``costs`` have room for all nodes of the profile.
    """
    search(network, desk, direction, profile, origin, within)
    limit = (np.uint64(within) << np.uint64(32)) | np.uint64(NONE)
    count = 0
    own = network.nodes[profile, origin, PLACE]
    if own != NONE and own & np.uint32(IS_JUNCTION) == 0:
        count = _chain(
            network, chain_nodes, desk, direction, profile, origin, np.int64(own), limit,
            nodes, costs, count,
        )  # fmt: skip
    for entry in range(desk.state[ENTRIES]):
        junction = np.int64(desk.entries[entry, 1] & np.uint64(NONE))
        if desk.wanted[junction]:
            continue  # it was better than thought, and stands among the entries twice
        desk.wanted[junction] = 1
        nodes[count] = junction_node[junction]
        costs[count] = desk.cost[junction]
        count += 1
        for c in range(np.int64(chains_first[junction]), np.int64(chains_first[junction + 1])):
            chain = np.int64(chains_at[c])
            start = np.int64(network.chains[chain, START])
            if chain == np.int64(own) or (
                junction != start and desk.cost[start] < np.uint64(NEVER)
            ):
                continue  # it is told from its start
            count = _chain(
                network, chain_nodes, desk, direction, profile, origin, chain, limit,
                nodes, costs, count,
            )  # fmt: skip
    for entry in range(desk.state[ENTRIES]):
        desk.wanted[np.int64(desk.entries[entry, 1] & np.uint64(NONE))] = 0
    wipe(desk)
    return count


@compiled
def _chain(
    network: Network,
    chain_nodes: UIntArray,
    desk: Desk,
    direction: Whole,
    profile: Whole,
    origin: Whole,
    chain: Whole,
    limit: Whole,
    nodes: UIntArray,
    costs: CostArray,
    count: Whole,
) -> Whole:
    """Adds the nodes of one chain that are within the limit."""
    first = np.int64(network.chains[chain, FIRST])
    start = desk.cost[np.int64(network.chains[chain, START])]
    end = desk.cost[np.int64(network.chains[chain, END])]
    every, chains = network.nodes, network.chains
    for i in range(first, first + np.int64(chains[chain, COUNT])):
        node = np.int64(chain_nodes[i])
        cost = min(
            start + from_start(every, profile, node, direction),
            end + from_end(every, chains, profile, node, direction),
        )
        cost = min(cost, within_chain(every, direction, profile, origin, node))
        if cost <= limit:
            nodes[count] = node
            costs[count] = cost
            count += 1
    return count
