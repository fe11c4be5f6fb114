"""Scripts of ours on packages from npm, run by the Node of a Python wheel."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deploy.web import node, packages


def installed(folder: Path) -> Path:
    """The folder with the `node_modules` of a folder's lock, in the user's cache."""
    return packages(folder, f"{folder.name}-tests")


def run(script: Path, stdin: str) -> str:
    """What a script of ours prints for a text.

    The packages are those of the script's own folder; it finds them by its first argument.
    """
    done = subprocess.run(
        [str(node()[0]), str(script), str(installed(script.parent))],
        check=False,
        input=stdin,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
