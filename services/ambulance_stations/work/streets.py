"""The streets that circles are worked out on, where there are some."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.decision.circle import prepare_circles
from shared.decision.policy import Policy
from shared.streets.graph import GraphError, load
from shared.streets.router import StreetRouter
from shared.telemetry.logs import logger

log = logger(__name__)

TREE_BYTES: Final = 1 << 20
"""Trees are for ways between places that recur; circles are searched once and kept as they are."""


def load_streets(folder: str, policy: Policy) -> StreetRouter | None:
    """The street network of a folder, ready for circles; None when there is none to be used.

    Takes seconds for a million nodes: for a thread. A folder that is missing or broken is told in
    one line and stops nothing: circles are then worked out on the grid, and say so.
    """
    if not folder:
        return None
    try:
        graph = load(Path(folder))
        router = StreetRouter(graph, policy.streets, policy.travel, tree_bytes=TREE_BYTES)
    except (GraphError, OSError, ValueError) as error:
        log.warning("no streets: circles are worked out on the H3 grid", why=str(error))
        return None
    prepare_circles(router, policy)
    log.info("circles are worked out on streets", version=router.version)
    return router
