"""spopt with PuLP and its CBC, in an environment of its own: one file in, one JSON line out.

Run by itself, never imported: `python spopt_peer.py instance.npz`. Imports are not timed.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
import time

import numpy as np


def main(path: str) -> None:
    """Builds and solves the instance of that file."""
    locate, pulp = importlib.import_module("spopt.locate"), importlib.import_module("pulp")
    given = np.load(path)
    cost, weights = given["cost_m"], given["weights"]
    began = time.perf_counter()
    model = locate.MCLP.from_cost_matrix(
        cost, weights, float(given["radius_m"]), p_facilities=int(given["p"])
    )
    built = time.perf_counter()
    model = model.solve(pulp.PULP_CBC_CMD(msg=False))
    ended = time.perf_counter()
    print(
        json.dumps(
            {
                "build_s": built - began,
                "solve_s": ended - built,
                "objective": float(pulp.value(model.problem.objective)),
                "status": str(pulp.LpStatus[model.problem.status]),
                "versions": {name: importlib.metadata.version(name) for name in ("spopt", "pulp")},
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
