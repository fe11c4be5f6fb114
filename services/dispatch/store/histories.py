"""What became of each rescuer's alerts, counted in one query."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.store import Connection
from shared.decision.history import History

# Who said yes: a stand-down keeps no other trace of it than the answer's time.
_ACCEPTED = """(state IN ('accepted', 'aed_collected', 'arrived', 'withdrawn')
                OR (state = 'stood_down' AND answered_at IS NOT NULL))"""
# Called off before an answer says nothing about the rescuer.
_ASKED = f"({_ACCEPTED} OR state IN ('declined', 'timed_out', 'undelivered'))"
# A task that ended otherwise was stood down on its way: neither a success nor a failure.
_ARRIVED = "arrived_at IS NOT NULL"
_FAILED = (
    "arrived_at IS NULL AND (state = 'withdrawn' OR (moved_at IS NULL AND stalled_at IS NOT NULL))"
)
_NIGHT = """CASE WHEN $3::int > $2::int THEN local_hour >= $3 OR local_hour < $2
                 ELSE local_hour >= $3 AND local_hour < $2 END"""

_QUERY = f"""
SELECT rescuer_id,
       count(*) FILTER (WHERE asked AND NOT night) AS asked_day,
       count(*) FILTER (WHERE yes AND NOT night) AS accepted_day,
       count(*) FILTER (WHERE asked AND night) AS asked_night,
       count(*) FILTER (WHERE yes AND night) AS accepted_night,
       count(*) FILTER (WHERE yes AND (came OR failed)) AS accepted,
       count(*) FILTER (WHERE yes AND came) AS arrived
FROM (SELECT rescuer_id, {_ASKED} AS asked, {_ACCEPTED} AS yes, {_ARRIVED} AS came,
             {_FAILED} AS failed, {_NIGHT} AS night
      FROM alerts
      WHERE ended_at IS NOT NULL AND local_hour IS NOT NULL AND sent_at >= $1
        AND ($4::timestamptz IS NULL
             OR rescuer_id IN (SELECT rescuer_id FROM alerts WHERE ended_at >= $4))) AS told
GROUP BY rescuer_id
"""  # noqa: S608 - fixed words above


async def read(
    connection: Connection,
    since: datetime,
    *,
    day_from: int,
    night_from: int,
    ended_since: datetime | None = None,
) -> dict[str, History]:
    """The histories of alerts sent since then, by rescuer.

    ``day_from`` and ``night_from`` are hours on the rescuer's own clock. With ``ended_since`` only
    of those with an alert that has ended since that moment, counted in full all the same.
    """
    rows = await connection.fetch(_QUERY, since, day_from, night_from, ended_since)
    return {
        row["rescuer_id"]: History(**{name: row[name] for name in History.__slots__})
        for row in rows
    }
