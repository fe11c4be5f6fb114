"""Messages and streams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from services.alerting.domain.intake import Known
from services.alerting.domain.message import Message, Send, Step
from services.alerting.store import Connection
from shared.contracts.words import MessageKind, Task

_COLUMNS: Final = tuple(field.name for field in fields(Message))
_NAMES: Final = ", ".join(_COLUMNS)
_INSERT: Final = (
    f"INSERT INTO messages ({_NAMES}) VALUES "  # noqa: S608 - our own column names
    f"({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 1))})"
)
_CHANGEABLE: Final = (
    "sends",
    "due_at",
    "delivered_at",
    "delivered_by",
    "seen_at",
    "failed_at",
    "failure",
    "voided_at",
)
_UPDATE: Final = (
    "UPDATE messages SET "  # noqa: S608 - our own column names
    + ", ".join(f"{name} = ${n}" for n, name in enumerate(_CHANGEABLE, start=2))
    + " WHERE message_id = $1"
)
_UNSETTLED: Final = "delivered_at IS NULL AND failed_at IS NULL AND voided_at IS NULL"


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """How far a rescuer's stream has come."""

    rescuer_id: str
    last_sequence: int


async def lock_streams(connection: Connection, rescuer_ids: Iterable[str]) -> dict[str, int]:
    """Locks the streams of these rescuers until the end of the transaction; returns their ends.

    In the order of their ids, so that two batches with the same rescuers cannot deadlock.
    """
    rows = await connection.fetch(
        """INSERT INTO streams (rescuer_id) SELECT unnest($1::text[])
           ON CONFLICT (rescuer_id) DO UPDATE SET last_sequence = streams.last_sequence
           RETURNING rescuer_id, last_sequence""",
        sorted(set(rescuer_ids)),
    )
    return {row["rescuer_id"]: row["last_sequence"] for row in rows}


async def known(
    connection: Connection, message_ids: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> list[Known]:
    """The kept messages with these ids, and all of these pairs of incident and rescuer."""
    rows = await connection.fetch(
        f"""SELECT message_id, incident_id, rescuer_id, sequence, NOT ({_UNSETTLED}) AS settled
           FROM messages
           WHERE message_id = ANY($1::text[]) OR (incident_id, rescuer_id) IN
               (SELECT * FROM unnest($2::text[], $3::text[]))""",  # noqa: S608 - ours
        message_ids,
        [incident_id for incident_id, _ in pairs],
        [rescuer_id for _, rescuer_id in pairs],
    )
    return [Known(**dict(row)) for row in rows]


async def add(
    connection: Connection, messages: Sequence[Message], stream_ends: Mapping[str, int]
) -> None:
    """Keeps new messages and moves the ends of the streams that they are on."""
    await connection.executemany(_INSERT, [_values(message, _COLUMNS) for message in messages])
    await connection.executemany(
        "UPDATE streams SET last_sequence = $2 WHERE rescuer_id = $1", list(stream_ends.items())
    )


async def make_void(connection: Connection, message_ids: Sequence[str], now: datetime) -> None:
    """Marks messages that a newer one has overtaken, unless they are settled."""
    await connection.execute(
        f"""UPDATE messages SET voided_at = $2, due_at = NULL
           WHERE message_id = ANY($1::text[]) AND {_UNSETTLED}""",  # noqa: S608 - ours
        message_ids,
        now,
    )


async def save(connection: Connection, message: Message) -> None:
    """Writes what may change of a message whose row is locked."""
    await connection.execute(_UPDATE, message.message_id, *_values(message, _CHANGEABLE))


async def get_locked(connection: Connection, message_id: str) -> Message | None:
    """One message, locked until the end of the transaction; None when there is none."""
    row = await connection.fetchrow(
        f"SELECT {_NAMES} FROM messages WHERE message_id = $1 FOR UPDATE",  # noqa: S608 - ours
        message_id,
    )
    return None if row is None else _message(row)


async def on_stream(
    connection: Connection, rescuer_id: str, *, after: int, now: datetime, limit: int
) -> list[Message]:
    """A rescuer's valid messages after a number on the stream, in their order."""
    rows = await connection.fetch(
        f"""SELECT {_NAMES} FROM messages
           WHERE rescuer_id = $1 AND stream_sequence > $2
             AND voided_at IS NULL AND expires_at > $3
           ORDER BY stream_sequence LIMIT $4""",  # noqa: S608 - ours
        rescuer_id,
        after,
        now,
        limit,
    )
    return [_message(row) for row in rows]


async def stream_end(connection: Connection, rescuer_id: str) -> int:
    """The number of the last message on a rescuer's stream, 0 when there was none."""
    end: int | None = await connection.fetchval(
        "SELECT last_sequence FROM streams WHERE rescuer_id = $1", rescuer_id
    )
    return end or 0


async def stream_ends(connection: Connection, rescuer_ids: Sequence[str]) -> list[StreamEnd]:
    """How far the streams of these rescuers have come."""
    rows = await connection.fetch(
        "SELECT rescuer_id, last_sequence FROM streams WHERE rescuer_id = ANY($1::text[])",
        rescuer_ids,
    )
    return [StreamEnd(**dict(row)) for row in rows]


async def of_rescuer(
    connection: Connection, rescuer_id: str, *, before: int | None, limit: int
) -> list[Message]:
    """A rescuer's messages, the newest on the stream first; void and expired arrivals are not."""
    rows = await connection.fetch(
        f"""SELECT {_NAMES} FROM messages
           WHERE rescuer_id = $1 AND stream_sequence IS NOT NULL
             AND ($2::bigint IS NULL OR stream_sequence < $2)
           ORDER BY stream_sequence DESC LIMIT $3""",  # noqa: S608 - ours
        rescuer_id,
        before,
        limit,
    )
    return [_message(row) for row in rows]


async def claim_due(connection: Connection, now: datetime, limit: int) -> list[Message]:
    """Messages that are due, locked; those that another worker has are left to it."""
    rows = await connection.fetch(
        f"""SELECT {_NAMES} FROM messages WHERE due_at <= $1
           ORDER BY due_at, message_id LIMIT $2 FOR UPDATE SKIP LOCKED""",  # noqa: S608 - ours
        now,
        limit,
    )
    return [_message(row) for row in rows]


async def next_due(connection: Connection) -> datetime | None:
    """When the next message is due; None when all are settled."""
    due_at: datetime | None = await connection.fetchval("SELECT min(due_at) FROM messages")
    return due_at


async def tell(connection: Connection, channel: str, rescuer_ids: Iterable[str]) -> None:
    """Tells the other instances at commit whose streams have grown (NOTIFY)."""
    await connection.execute(
        "SELECT pg_notify($1, id) FROM unnest($2::text[]) AS id", channel, sorted(rescuer_ids)
    )


def _values(message: Message, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(_value(getattr(message, name)) for name in names)


def _value(value: Any) -> Any:
    if isinstance(value, MessageKind | Task):
        return value.value
    if isinstance(value, tuple):
        return [_send_out(send) for send in value]
    return value


def _send_out(send: Send) -> dict[str, Any]:
    """As it is kept; what is absent is left out."""
    kept = {field.name: getattr(send, field.name) for field in fields(Send)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in kept.items()
        if value not in (None, ())
    }


def _send_in(kept: Mapping[str, Any]) -> Send:
    return Send(
        channel=kept["channel"],
        step=Step(kept["step"]),
        give_up_at=datetime.fromisoformat(kept["give_up_at"]),
        due_at=_moment(kept.get("due_at")),
        tries=kept.get("tries", 0),
        sent_at=_moment(kept.get("sent_at")),
        taken_by=tuple(kept.get("taken_by", ())),
        reason=kept.get("reason"),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _message(row: Mapping[str, Any]) -> Message:
    values = dict(row)
    values["kind"] = MessageKind(values["kind"])
    values["task"] = None if values["task"] is None else Task(values["task"])
    values["sends"] = tuple(_send_in(kept) for kept in values["sends"])
    return Message(**values)
