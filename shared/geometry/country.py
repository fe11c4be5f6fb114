"""Which country a time zone belongs to, by the tz database's own ``zone.tab``.

Good enough for which public holidays a door keeps: a zone is assigned to the country of its city.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH

_TABLE = "zone.tab"


def _table() -> str:
    """The text of ``zone.tab``: the machine's, else that of the package ``tzdata``."""
    for folder in TZPATH:
        path = Path(folder, _TABLE)
        if path.is_file():
            return path.read_text(encoding="utf-8")
    try:
        return resources.files("tzdata.zoneinfo").joinpath(_TABLE).read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return ""


@cache
def _countries() -> Mapping[str, str]:
    rows = (line.split("\t") for line in _table().splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows if len(row) > 2}


def country_of_time_zone(time_zone: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of an IANA zone's country; None at sea and for old names."""
    return _countries().get(time_zone)
