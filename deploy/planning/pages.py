"""Reports and tables written to the files that people name."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.errors import UserError


def write_text(option: str, path: Path, text: str) -> None:
    """Writes it, whole or not at all; raises :class:`UserError` that names the option."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105  (the path of the part is thrown away)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"{option} {path}: cannot be written ({error.strerror})") from None


def write_page(path: Path, page: str) -> None:
    """A report; see :func:`write_text`."""
    write_text("--report", path, page)
