"""Streets for this machine: built from an extract, kept by version, pointed at by one file.

``DATA/streets/<version>/`` holds a graph, ``DATA/streets/current`` names the version that services
take when they start (the launcher hands it to them as ``LIFERING_STREETS``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from deploy.datadir import DataDir, write_private

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and how many there are (0: not known)."""

_VERSION = re.compile(r"[0-9a-f]{8,64}")


def build(file: Path, data_dir: Path | DataDir, progress: Progress | None = None) -> Path:
    """Builds the streets of an extract into a data directory and points ``current`` at them.

    Returns the folder of the version; a file that was built before is only looked up. Raises
    :class:`deploy.errors.UserError` when the file is no extract or has no streets.
    """
    from deploy.roads.built import built_of

    folder = streets_dir(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    version = built_of(file, progress).keep_in(folder)
    write_private(folder / "current", version.name + "\n")
    return version


def current(data_dir: Path | DataDir) -> Path | None:
    """The folder of the streets that services of a data directory take; None without streets."""
    folder = streets_dir(data_dir)
    try:
        name = (folder / "current").read_text("utf-8").strip()
    except OSError:
        return None
    version = folder / name
    return version if _VERSION.fullmatch(name) and (version / "manifest.json").is_file() else None


def streets_dir(data_dir: Path | DataDir) -> Path:
    """Where a data directory keeps its streets."""
    return (data_dir.path if isinstance(data_dir, DataDir) else data_dir) / "streets"
