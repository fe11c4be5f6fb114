"""The built web pages, held in memory: a few files, each with what a browser may keep of it."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGES: Final = ("console", "rescuer", "station", "registry", "planning", "locate")
"""Each is ``/NAME/``, a folder of the build with an ``index.html``."""
_ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""Made at build time; the first that the client takes is sent."""
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATED: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file of the build in each encoding that it has."""

    bodies: Mapping[str, bytes]
    """By content coding; ``identity`` is always there."""
    media_type: str
    etag: str
    cache_control: str

    def negotiate(self, accept_encoding: str) -> tuple[str, bytes]:
        """The coding and the bytes for an ``Accept-Encoding`` header."""
        accepted = {
            coding.strip().lower(): quality.strip().replace(" ", "")
            for coding, _, quality in (each.partition(";") for each in accept_encoding.split(","))
        }
        for coding in _ENCODINGS:
            if coding in self.bodies and accepted.get(coding, "q=0") not in ("q=0", "q=0.0"):
                return coding, self.bodies[coding]
        return "identity", self.bodies["identity"]


class WebPages:
    """The files under a folder, by their path from the root such as ``console/index.html``."""

    def __init__(self, folder: Path | None) -> None:
        """Reads the folder; one that is not there, or None, holds nothing."""
        self.files: dict[str, WebFile] = {}
        if folder is None or not folder.is_dir():
            return
        for file in _plain_files(folder):
            self.files[file.relative_to(folder).as_posix()] = _read(file, folder)

    def file(self, path: str) -> WebFile | None:
        """A file, or None."""
        return self.files.get(path)


def _plain_files(folder: Path) -> Iterator[Path]:
    coded = tuple(_ENCODINGS.values())
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.name.startswith(".") and file.suffix not in coded:
            yield file


def _read(file: Path, folder: Path) -> WebFile:
    body = file.read_bytes()
    bodies = {"identity": body}
    for coding, suffix in _ENCODINGS.items():
        coded = file.with_name(file.name + suffix)
        if coded.is_file():
            bodies[coding] = coded.read_bytes()
    hashed = file.relative_to(folder).parts[0] == "assets"
    guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return WebFile(
        bodies=bodies,
        media_type=_TYPES.get(file.suffix, guessed),
        etag=f'"{hashlib.sha256(body).hexdigest()[:24]}"',
        # Names of assets carry their content's hash; a page must ask each time.
        cache_control=IMMUTABLE if hashed else REVALIDATED,
    )
