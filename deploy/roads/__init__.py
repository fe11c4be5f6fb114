"""Streets for this machine: built from an extract, kept by version, pointed at by one file.

``DATA/streets/<version>/`` holds a graph, ``DATA/streets/current`` names the version that services
take when they start. ``LIFERING_STREETS`` may name either a version's folder or ``DATA/streets``:
then a service that is restarted takes what was imported meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.datadir import DataDir, write_private

if TYPE_CHECKING:
    from deploy.roads.built import Built

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and how many there are (0: not known)."""


def build(file: Path, data_dir: Path | DataDir, progress: Progress | None = None) -> Path:
    """Builds streets and map of an extract into a data directory, points ``current`` at them.

    Returns the folder of the version; a file that was built before is only looked up. Raises
    :class:`deploy.errors.UserError` when the file is no extract or has no streets.
    """
    from deploy.roads.built import built_of

    return install(built_of(file, progress), data_dir, file, progress)


def install(
    built: Built, data_dir: Path | DataDir, file: Path, progress: Progress | None = None
) -> Path:
    """Keeps streets and their map in a data directory; points ``current`` at both at once.

    Returns the version's folder.
    """
    from shapely.errors import ShapelyError

    from deploy.basemap import add_map
    from shared.streets.graph import POINTER

    folder = streets_dir(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    version = built.keep_in(folder)
    # Before the pointer: streets and map are switched together. Ways count more than their
    # picture: a shape that the map stumbles over must not keep anybody from being routed.
    try:
        add_map(file, version, progress)
    except (OSError, RuntimeError, ValueError, ShapelyError) as error:
        print(f"lifering: no map of {file.name} ({error}): the streets are there", file=sys.stderr)
    write_private(folder / POINTER, version.name + "\n")
    return version


def current(data_dir: Path | DataDir) -> Path | None:
    """The folder of the streets that services of a data directory take; None without streets."""
    from shared.streets.graph import MANIFEST, pointed

    folder = streets_dir(data_dir)
    version = pointed(folder)
    return version if version != folder and (version / MANIFEST).is_file() else None


def streets_dir(data_dir: Path | DataDir) -> Path:
    """Where a data directory keeps its streets."""
    return (data_dir.path if isinstance(data_dir, DataDir) else data_dir) / "streets"
