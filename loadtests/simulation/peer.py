"""SimPy, of a lock of its own: no part of what is installed, fetched when it is measured beside."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

from deploy.errors import UserError
from deploy.prepare import PrepareError, cache_dir, install_apart

LOCK = Path(__file__).with_name("peers.lock")


def simpy() -> Any:
    """The module, installed into a folder of the cache on first use; raises :class:`UserError`."""
    if importlib.util.find_spec("simpy") is None:
        digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
        folder = cache_dir() / "peers" / f"simpy-{digest}"
        try:
            install_apart(Path(sys.prefix), LOCK, folder, "SimPy, to measure beside")
        except PrepareError as error:
            raise UserError(str(error)) from None
        sys.path.append(str(folder))
        importlib.invalidate_caches()
    return importlib.import_module("simpy")
