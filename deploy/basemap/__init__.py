"""A map to look at from one's own data: vector tiles and a search index out of an extract.

``DATA/streets/<version>/basemap/`` holds both beside the graph that was built from the same file,
so that whoever takes that version of the streets takes the map that belongs to them.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.errors import UserError

if TYPE_CHECKING:
    from deploy.roads.reading import Progress

KEPT = 4
"""Maps that stay in the user's cache; the one used longest ago goes."""
_CODE = ("coast", "cutting", "index", "names", "pieces", "reading", "rules", "writing")


def add_map(file: Path, version: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Puts the map of an extract into the folder of the streets built from it; what it says.

    A map that was built before is copied. Raises :class:`UserError` when the file is no extract.
    """
    from shared.basemap import FOLDER, BasemapError, read_basemap

    folder = version / FOLDER
    kept = _kept(file, progress)
    known = json.loads((kept / "basemap.json").read_text("utf-8"))
    try:
        if read_basemap(folder) == known:
            return dict(known)
    except BasemapError:
        pass
    beside = version / f".{FOLDER}.{os.getpid()}.{secrets.token_hex(4)}"
    shutil.copytree(kept, beside)
    try:
        if folder.exists():
            folder.rename(beside.with_name(beside.name + ".old"))
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(beside.with_name(beside.name + ".old"), ignore_errors=True)
    return dict(known)


def _kept(file: Path, progress: Progress | None) -> Path:
    """The folder in the cache with the map of an extract, built where it is not there yet."""
    from deploy.basemap.writing import build_map
    from deploy.prepare import cache_dir
    from deploy.roads.reading import check_pbf
    from shared.basemap import BasemapError, read_basemap

    check_pbf(file)
    with file.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    cache = cache_dir() / "basemaps"
    folder = cache / f"{digest[:24]}-{_code_hash()}"
    try:
        read_basemap(folder)
        os.utime(folder)
        return folder
    except (BasemapError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    beside = cache / f".{folder.name}.{os.getpid()}.{secrets.token_hex(4)}"
    beside.mkdir()
    try:
        build_map(file, beside, progress)
        beside.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # somebody else may have been first
            raise UserError(f"the map cannot be kept in {cache}: {error.strerror}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _forget(cache)
    return folder


def _code_hash() -> str:
    """Of all code that decides what the map of a file is."""
    here = Path(__file__).parent
    files = [Path(__file__), *(here / f"{name}.py" for name in _CODE)]
    from shared.basemap import words

    files.append(Path(words.__file__))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:8]


def _forget(cache: Path) -> None:
    kept = sorted(
        (each for each in cache.iterdir() if each.is_dir() and not each.name.startswith(".")),
        key=lambda each: each.stat().st_mtime,
        reverse=True,
    )
    for old in kept[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
