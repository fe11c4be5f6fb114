"""Reports written to the files that people name."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.errors import UserError


def write_page(path: Path, page: str) -> None:
    """Writes it, whole or not at all; raises :class:`UserError`."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(page, encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105  (the path of the part is thrown away)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"--report {path}: cannot be written ({error.strerror})") from None
