"""The pages' own sources: types, rules, format, and their unit tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.web import CONTRACTS, SOURCES, node, packages


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources beside their packages, with the clients generated."""
    installed = packages(SOURCES, "web", tools=True)
    folder = tmp_path_factory.mktemp("sources") / "web"
    ignored = shutil.ignore_patterns("node_modules", "dist", "generated")
    shutil.copytree(SOURCES, folder, ignore=ignored)
    (folder / "node_modules").symlink_to(installed / "node_modules")
    run(folder, "scripts/generate-api.mjs", str(CONTRACTS))
    return folder


def run(folder: Path, *arguments: str) -> None:
    """Runs a script with Node; fails with what it said."""
    program = node()[0]
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, "CI": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("node_modules/typescript/bin/tsc", "--noEmit"), id="types"),
        pytest.param(("node_modules/eslint/bin/eslint.js", "."), id="rules"),
        pytest.param(("node_modules/prettier/bin/prettier.cjs", "--check", "."), id="format"),
        pytest.param(("node_modules/vitest/vitest.mjs", "run"), id="units"),
    ],
)
def test_sources(workspace: Path, arguments: tuple[str, ...]) -> None:
    run(workspace, *arguments)
