"""Cursors of lists that are in the order of time, newest first."""

from __future__ import annotations

from datetime import datetime

from shared.http.paging import PageParams, encode_cursor
from shared.http.problems import invalid


def before_of(page: PageParams) -> tuple[datetime, str] | None:
    """The (time, id) before which a page begins; None for the first. A forged one is a 422."""
    after = page.after(str, str)
    if after is None:
        return None
    try:
        moment = datetime.fromisoformat(after[0])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(
            "cursor", "is not one of ours", "send next_cursor of the page before", where="query"
        )
    return moment, after[1]


def cursor_of(at: datetime, entity_id: str) -> str:
    """The cursor of the last item on a page."""
    return encode_cursor(at.isoformat(), entity_id)
