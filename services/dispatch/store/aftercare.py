"""Past alerts of a rescuer, surveys and debriefs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.dispatch.domain.models import Alert
from services.dispatch.store import Connection

# A call-off ends the rescuers' part; whoever accepted may be asked after that, too.
_OVER_AT = """CASE WHEN i.state IN ('closed', 'merged') THEN i.closed_at
                   WHEN i.state = 'called_off' THEN a.ended_at END"""

_PAST = f"""
SELECT a.*, {_OVER_AT} AS over_at, s.answers AS answers, s.answered_at AS survey_at
FROM alerts a JOIN incidents i ON i.id = a.incident_id LEFT JOIN surveys s ON s.alert_id = a.id
"""  # noqa: S608 - fixed words above


_NOT_FOLLOWED_UP = f"""{_PAST}
WHERE a.ended_at > $1 AND a.answered_at IS NOT NULL AND s.alert_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.alert_id = a.id)
  AND {_OVER_AT} > $1 AND {_OVER_AT} <= $2
  AND a.state NOT IN ('declined', 'timed_out', 'undelivered')
ORDER BY a.ended_at LIMIT $3
"""  # noqa: S608 - fixed words above


@dataclass(frozen=True, slots=True)
class PastAlert:
    """An alert, when its incident was over, and what its rescuer said about it."""

    alert: Alert
    over_at: datetime | None
    answers: dict[str, Any] | None
    survey_at: datetime | None


def _past(row: Any) -> PastAlert:
    return PastAlert(Alert.from_row(row), row["over_at"], row["answers"], row["survey_at"])


async def past_of(
    connection: Connection,
    rescuer_id: str,
    *,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[PastAlert]:
    """A rescuer's alerts that have ended, newest first, strictly before the cursor."""
    rows = await connection.fetch(
        _PAST
        + """WHERE a.rescuer_id = $1 AND a.ended_at IS NOT NULL
               AND ($2::timestamptz IS NULL OR (a.sent_at, a.id) < ($2, $3))
             ORDER BY a.sent_at DESC, a.id DESC LIMIT $4""",
        rescuer_id,
        None if before is None else before[0],
        None if before is None else before[1],
        limit,
    )
    return [_past(row) for row in rows]


async def past_since(connection: Connection, rescuer_id: str, since: datetime) -> list[PastAlert]:
    """A rescuer's alerts that have ended and were sent since then, newest first."""
    rows = await connection.fetch(
        _PAST
        + """WHERE a.rescuer_id = $1 AND a.ended_at IS NOT NULL AND a.sent_at >= $2
             ORDER BY a.sent_at DESC, a.id DESC LIMIT 200""",
        rescuer_id,
        since,
    )
    return [_past(row) for row in rows]


async def past(connection: Connection, alert_id: str) -> PastAlert | None:
    """One alert; None when there is none. Its row is locked against a second answer."""
    row = await connection.fetchrow(_PAST + "WHERE a.id = $1 FOR UPDATE OF a", alert_id)
    return None if row is None else _past(row)


async def not_followed_up(
    connection: Connection, *, over_after: datetime, over_before: datetime, limit: int
) -> list[PastAlert]:
    """What was over in between and answered by a rescuer who has said nothing about it and was not
    asked either; the oldest first."""
    rows = await connection.fetch(_NOT_FOLLOWED_UP, over_after, over_before, limit)
    return [_past(row) for row in rows]


async def note_follow_up(connection: Connection, alert_id: str, now: datetime) -> bool:
    """Notes that somebody is asked how it was; False when they were already."""
    found = await connection.fetchval(
        """INSERT INTO follow_ups (alert_id, sent_at) VALUES ($1, $2)
           ON CONFLICT (alert_id) DO NOTHING RETURNING true""",
        alert_id,
        now,
    )
    return bool(found)


async def sent_since(connection: Connection, rescuer_id: str, since: datetime) -> list[datetime]:
    """When a rescuer was alerted since then, in all incidents."""
    rows = await connection.fetch(
        "SELECT sent_at FROM alerts WHERE rescuer_id = $1 AND sent_at >= $2", rescuer_id, since
    )
    return [row["sent_at"] for row in rows]


async def is_held(connection: Connection, rescuer_id: str) -> bool:
    """Whether an active incident holds a rescuer."""
    found: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT 1 FROM claims
           WHERE kind = 'rescuer' AND entity_id = $1 AND released_at IS NULL)""",
        rescuer_id,
    )
    return found


async def keep_survey(
    connection: Connection, alert: Alert, answers: dict[str, Any], now: datetime
) -> None:
    """Keeps what somebody said; the newest counts."""
    await connection.execute(
        """INSERT INTO surveys (alert_id, rescuer_id, answered_at, answers)
           VALUES ($1, $2, $3, $4)
           ON CONFLICT (alert_id) DO UPDATE SET answered_at = excluded.answered_at,
               answers = excluded.answers""",
        alert.id,
        alert.rescuer_id,
        now,
        answers,
    )


async def forget_words(connection: Connection, before: datetime) -> None:
    """Empties what was said in words long ago; every new survey pays for it."""
    await connection.execute(
        """UPDATE surveys SET answers = answers - 'note'
           WHERE answered_at < $1 AND answers ? 'note'""",
        before,
    )
    await connection.execute(
        "UPDATE debriefs SET note = NULL WHERE state_at < $1 AND note IS NOT NULL", before
    )


async def ask_for_debrief(
    connection: Connection, alert: Alert, because: list[str], now: datetime
) -> None:
    """Somebody should be talked to, or (without a reason) need not be any more.

    A talk that has begun stays what it is.
    """
    if because:
        await connection.execute(
            """INSERT INTO debriefs (alert_id, rescuer_id, asked_at, because, state, state_at)
               VALUES ($1, $2, $3, $4, 'open', $3)
               ON CONFLICT (alert_id) DO UPDATE SET because = excluded.because""",
            alert.id,
            alert.rescuer_id,
            now,
            because,
        )
    else:
        await connection.execute(
            "DELETE FROM debriefs WHERE alert_id = $1 AND state = 'open'", alert.id
        )


@dataclass(frozen=True, slots=True)
class Debrief:
    """Somebody to talk to."""

    alert_id: str
    rescuer_id: str
    incident_id: str
    asked_at: datetime
    because: list[str]
    state: str
    state_at: datetime
    by: str | None
    note: str | None
    answers: dict[str, Any]


_DEBRIEF = """
SELECT d.alert_id, d.rescuer_id, a.incident_id, d.asked_at, d.because, d.state, d.state_at, d.by,
       d.note, s.answers
FROM debriefs d JOIN alerts a ON a.id = d.alert_id JOIN surveys s ON s.alert_id = d.alert_id
"""


async def debriefs(
    connection: Connection,
    *,
    state: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[Debrief]:
    """Debriefs, newest first, strictly before the cursor (asked_at, alert id)."""
    rows = await connection.fetch(
        _DEBRIEF
        + """WHERE ($1::text IS NULL OR d.state = $1)
               AND ($2::timestamptz IS NULL OR (d.asked_at, d.alert_id) < ($2, $3))
             ORDER BY d.asked_at DESC, d.alert_id DESC LIMIT $4""",
        state,
        None if before is None else before[0],
        None if before is None else before[1],
        limit,
    )
    return [Debrief(**row) for row in rows]


async def move_debrief(
    connection: Connection, alert_id: str, state: str, note: str | None, by: str, now: datetime
) -> Debrief | None:
    """Says where a talk is; None when there is none for this alert. Without a note it stays."""
    found = await connection.fetchval(
        """UPDATE debriefs SET state = $2, note = coalesce($3, note), by = $4, state_at = $5
           WHERE alert_id = $1 RETURNING true""",
        alert_id,
        state,
        note,
        by,
        now,
    )
    if not found:
        return None
    row = await connection.fetchrow(_DEBRIEF + "WHERE d.alert_id = $1", alert_id)
    return None if row is None else Debrief(**row)
