"""A Chromium for the tests: the machine's own, or one from npm that needs no root."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from deploy.web import node, packages

HERE = Path(__file__).parent
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--font-render-hinting=none",
)


_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <dir>{more}</dir>
  <cachedir>{fonts}/cache</cachedir>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program and the environment that it starts in."""

    path: str
    environment: dict[str, str] = field(default_factory=dict)


def chromium() -> Chromium:
    """``LIFERING_CHROMIUM``, else an installed one, else the one of our npm lock."""
    named = os.environ.get("LIFERING_CHROMIUM")
    if named == "npm":
        return _from_npm()
    found = named or next(filter(None, map(shutil.which, INSTALLED)), None)
    return Chromium(found) if found else _from_npm()


def axe() -> str:
    """The source of axe-core, which is run inside a page."""
    folder = packages(HERE, "web-tests")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def _from_npm() -> Chromium:
    folder = packages(HERE, "web-tests")
    unpacked = folder / "unpacked"
    unpacked.mkdir(exist_ok=True)
    with (unpacked / ".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        done = subprocess.run(
            [str(node()[0]), str(HERE / "unpack.mjs"), str(folder)],
            check=False,
            env={**os.environ, "TMPDIR": str(unpacked)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"the browser cannot be unpacked:\n{done.stderr[-2000:]}"
        found = json.loads(done.stdout)
        # Its own list of folders is of another system, and it brings no Chinese font.
        fonts = unpacked / "own-fonts"
        fonts.mkdir(exist_ok=True)
        for weight in ("400Regular", "700Bold"):
            name = f"NotoSansSC_{weight}.ttf"
            source = folder / "node_modules" / "@expo-google-fonts" / "noto-sans-sc" / weight
            shutil.copyfile(source / name, fonts / name)
        (fonts / "fonts.conf").write_text(
            _FONTS.format(fonts=fonts, more=unpacked / "fonts"), encoding="utf-8"
        )
    environment = {**found["environment"], "FONTCONFIG_PATH": str(fonts)}
    return Chromium(found["path"], environment)
