"""What-if changes from a file: a JSON list, as the planning page keeps them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.errors import UserError
from shared.snapshots import Known
from shared.whatif import CHANGES_MOST, ChangeError, read_changes, within


def changed(known: Known, path: Path | None) -> Known:
    """What is known with a file's changes made; raises :class:`UserError` naming the change."""
    if path is None:
        return known
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"--changes {path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UserError(f"--changes {path}: is not JSON in UTF-8 ({error})") from None
    if isinstance(told, dict):
        told = told.get("changes")
    if not isinstance(told, list) or len(told) > CHANGES_MOST:
        raise UserError(
            f"--changes {path}: write a list of at most {CHANGES_MOST:,} changes, such as "
            '[{"kind": "add_aed", "latitude": 26.25, "longitude": 117.62}]'
        )
    try:
        return within(known, read_changes(told))
    except ChangeError as error:
        raise UserError(f"--changes {path}: {error}") from None
