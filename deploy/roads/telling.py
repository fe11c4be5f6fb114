"""How far the building of streets and their map is, on standard error."""

from __future__ import annotations

import sys


def say(what: str, done: int, total: int) -> None:
    """One line for each step; ``total`` 0: not known yet."""
    if what == "streets":
        line = "lifering: joining the streets"
    elif what == "names":
        line = "lifering: making the names searchable"
    elif total:
        line = f"lifering: {done:,} of {total:,} {what}"
    else:
        line = f"lifering: {done:,} {what}"
    print(line, file=sys.stderr, flush=True)
