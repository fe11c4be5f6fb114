"""The map on a page of its own, behind a real gateway with its policy, without the whole city."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.basemap import add_map
from deploy.web import CONTRACTS, SOURCES, node, packages
from tests.services.gateway.world import gateway

HERE = Path(__file__).parent


def build_page(folder: Path) -> Path:
    """The pages with the console's program replaced by a bare map; the folder of the build."""
    work = folder / "web"
    shutil.copytree(
        SOURCES, work, ignore=shutil.ignore_patterns("node_modules", "dist", "generated")
    )
    (work / "node_modules").symlink_to(packages(SOURCES, "web") / "node_modules")
    shutil.copyfile(HERE / "map" / "main.tsx", work / "src" / "console" / "main.tsx")
    vite = work / "node_modules" / "vite" / "bin" / "vite.js"
    for arguments in (["scripts/generate-api.mjs", str(CONTRACTS)], [str(vite), "build"]):
        done = subprocess.run(
            [str(node()[0]), *arguments], cwd=work, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return work / "dist"


def with_map(extract: Path, folder: Path) -> Path:
    """A version's folder with the map of an extract, as the gateway's setting wants it."""
    version = folder / "streets"
    version.mkdir()
    add_map(extract, version)
    return version


@contextmanager
def served(pages: Path, basemap: str = "", boundaries: str = "") -> Iterator[str]:
    """The address of a gateway with these pages, in a thread of its own."""
    ready, stop = threading.Event(), asyncio.Event()
    found: dict[str, object] = {}

    async def run() -> None:
        found["loop"] = asyncio.get_running_loop()
        async with gateway({}, web=str(pages), basemap=basemap, boundaries=boundaries) as client:
            found["url"] = str(client.base_url).rstrip("/")
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield str(found["url"])
    finally:
        loop = found["loop"]
        assert isinstance(loop, asyncio.AbstractEventLoop)
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
