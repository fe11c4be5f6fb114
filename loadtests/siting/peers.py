"""The peers: HiGHS on the textbook's model, and spopt with PuLP."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from deploy.errors import UserError
from deploy.prepare import PrepareError, cache_dir, environment_of
from loadtests.siting.world import Instance
from shared.siting.answer import Patience
from shared.siting.highs import Program, solve

LOCK = Path(__file__).with_name("peers.lock")


def plain_highs(instance: Instance, limit_s: float | None) -> dict[str, Any]:
    """Every demand a row and a variable, nothing merged, nothing left out; built and solved."""
    began = time.perf_counter()
    covers = instance.cost_m <= instance.radius_m
    rows, sites = covers.shape
    demand, site = np.nonzero(covers)
    degree = covers.sum(1)
    first = np.zeros(rows + 2, np.int64)
    np.cumsum(np.append(degree + 1, sites), out=first[1:])
    column, value = np.empty(first[-1], np.int64), np.ones(first[-1])
    column[np.arange(len(site)) + demand] = site
    column[first[1:-1] - 1] = sites + np.arange(rows)
    value[first[1:-1] - 1] = -1
    column[first[-2] :] = np.arange(sites)
    outcome = solve(
        Program(
            cost=np.concatenate([np.zeros(sites), -instance.weights]),
            upper=np.ones(sites + rows),
            whole=np.arange(sites + rows) < sites,
            first=first,
            column=column,
            value=value,
            least=np.append(np.zeros(rows), -np.inf),
            most=np.append(np.full(rows, np.inf), float(instance.p)),
        ),
        Patience.of(limit_s),
        grain=1.0,
    )
    seconds = time.perf_counter() - began
    objective = None
    if outcome.values is not None:
        chosen = outcome.values[:sites] > 0.5
        objective = float(instance.weights[covers[:, chosen].any(1)].sum())
    return {
        "seconds": round(seconds, 3),
        "objective": objective,
        "bound": -outcome.bound,
        "proven": outcome.proven,
    }


def spopt(instance: Instance, say: Callable[[str], None]) -> dict[str, Any]:
    """spopt and PuLP's CBC, installed on first use by a lock of their own."""
    try:
        python = environment_of(cache_dir(), LOCK, "spopt, to measure beside")
    except PrepareError as error:
        raise UserError(str(error)) from None
    say("spopt with PuLP")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "instance.npz"
        np.savez(
            file, cost_m=instance.cost_m, weights=instance.weights,
            radius_m=instance.radius_m, p=instance.p,
        )  # fmt: skip
        peer = subprocess.run(
            [str(python), "-I", str(Path(__file__).with_name("spopt_peer.py")), str(file)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if peer.returncode:
        raise UserError(f"spopt ended with an error: {peer.stderr.strip().splitlines()[-1:]}")
    found: dict[str, Any] = json.loads(peer.stdout.strip().splitlines()[-1])
    return {**found, "seconds": round(found["build_s"] + found["solve_s"], 3)}
