"""Push subscriptions, and the test pushes of their rescuers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from services.alerting.domain.push import Subscription
from services.alerting.store import Connection

_COLUMNS: Final = tuple(field.name for field in fields(Subscription))
_NAMES: Final = ", ".join(_COLUMNS)
_INSERT: Final = (
    f"INSERT INTO push_subscriptions ({_NAMES}) VALUES "  # noqa: S608 - our own column names
    f"({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 1))})"
)


async def lock_rescuer(connection: Connection, rescuer_id: str) -> None:
    """One change of a rescuer's subscriptions after the other, until the transaction ends."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('push:' || $1, 0))", rescuer_id
    )


async def of_endpoint(connection: Connection, endpoint: str) -> Subscription | None:
    """The subscription of an endpoint, locked; None when there is none."""
    row = await connection.fetchrow(
        f"SELECT {_NAMES} FROM push_subscriptions WHERE endpoint = $1 FOR UPDATE",  # noqa: S608
        endpoint,
    )
    return None if row is None else _subscription(row)


async def of_rescuer(
    connection: Connection, rescuer_id: str, *, vapid_key: str, now: datetime
) -> list[Subscription]:
    """A rescuer's subscriptions that a push can be sent to, the newest first."""
    rows = await connection.fetch(
        f"""SELECT {_NAMES} FROM push_subscriptions
           WHERE rescuer_id = $1 AND vapid_key = $2 AND (expires_at IS NULL OR expires_at > $3)
           ORDER BY created_at DESC, subscription_id DESC""",  # noqa: S608 - ours
        rescuer_id,
        vapid_key,
        now,
    )
    return [_subscription(row) for row in rows]


async def with_devices(connection: Connection, rescuer_ids: Collection[str]) -> set[str]:
    """Those of the rescuers who have a device at all, usable or not."""
    rows = await connection.fetch(
        "SELECT DISTINCT rescuer_id FROM push_subscriptions WHERE rescuer_id = ANY($1::text[])",
        list(rescuer_ids),
    )
    return {row["rescuer_id"] for row in rows}


async def add(connection: Connection, subscription: Subscription) -> bool:
    """Keeps a new subscription; False when somebody else has just kept its endpoint."""
    done: str = await connection.execute(
        _INSERT + " ON CONFLICT (endpoint) DO NOTHING",
        *(getattr(subscription, name) for name in _COLUMNS),
    )
    return done.endswith("1")


async def renew(connection: Connection, subscription: Subscription) -> None:
    """Writes what a browser may say anew about an endpoint."""
    await connection.execute(
        """UPDATE push_subscriptions
           SET language = $2, user_agent = $3, vapid_key = $4, expires_at = $5,
               p256dh = $6, auth = $7, session_id = $8
           WHERE subscription_id = $1""",
        subscription.subscription_id,
        subscription.language,
        subscription.user_agent,
        subscription.vapid_key,
        subscription.expires_at,
        subscription.p256dh,
        subscription.auth,
        subscription.session_id,
    )


async def drop(connection: Connection, subscription_ids: Sequence[str]) -> None:
    """Forgets subscriptions that are gone."""
    await connection.execute(
        "DELETE FROM push_subscriptions WHERE subscription_id = ANY($1::text[])", subscription_ids
    )


async def drop_of_sessions(connection: Connection, session_ids: Sequence[str]) -> int:
    """Forgets the devices of sessions that have ended; how many there were."""
    done: str = await connection.execute(
        "DELETE FROM push_subscriptions WHERE session_id = ANY($1::text[])", session_ids
    )
    return int(done.rpartition(" ")[2])


async def drop_own(connection: Connection, rescuer_id: str, subscription_id: str) -> bool:
    """Forgets one of a rescuer's subscriptions; False when the rescuer has no such one."""
    done: str = await connection.execute(
        "DELETE FROM push_subscriptions WHERE rescuer_id = $1 AND subscription_id = $2",
        rescuer_id,
        subscription_id,
    )
    return done.endswith("1")


async def drop_unusable(
    connection: Connection, rescuer_id: str, *, keep: int, vapid_key: str, now: datetime
) -> None:
    """Forgets a rescuer's expired subscriptions, those of an old key, and the oldest too many."""
    await connection.execute(
        """DELETE FROM push_subscriptions WHERE rescuer_id = $1 AND (
               vapid_key <> $3 OR expires_at <= $4 OR subscription_id NOT IN (
                   SELECT subscription_id FROM push_subscriptions
                   WHERE rescuer_id = $1 AND vapid_key = $3
                     AND (expires_at IS NULL OR expires_at > $4)
                   ORDER BY coalesce(last_delivered_at, created_at) DESC, subscription_id DESC
                   LIMIT $2))""",
        rescuer_id,
        keep,
        vapid_key,
        now,
    )


async def note_failure(
    connection: Connection, subscription_id: str, reason: str, now: datetime
) -> None:
    """Remembers why the push service did not take a push for it."""
    await connection.execute(
        """UPDATE push_subscriptions SET last_failed_at = $3, last_failure = $2
           WHERE subscription_id = $1""",
        subscription_id,
        reason,
        now,
    )


async def note_delivery(
    connection: Connection, rescuer_id: str, subscription_ids: Sequence[str], at: datetime
) -> None:
    """Remembers that pushes have arrived on a rescuer's devices."""
    await connection.execute(
        """UPDATE push_subscriptions
           SET last_delivered_at = greatest(last_delivered_at, $3)
           WHERE rescuer_id = $1 AND subscription_id = ANY($2::text[])""",
        rescuer_id,
        subscription_ids,
        at,
    )


async def begin_test(
    connection: Connection, rescuer_id: str, message_id: str, *, every_s: float, now: datetime
) -> bool:
    """Notes a test push; False when the rescuer's last one was less than ``every_s`` ago."""
    begun: str | None = await connection.fetchval(
        """INSERT INTO push_tests (rescuer_id, message_id, sent_at) VALUES ($1, $2, $3)
           ON CONFLICT (rescuer_id) DO UPDATE
               SET message_id = $2, sent_at = $3, received_at = NULL
               WHERE push_tests.sent_at <= $4
           RETURNING message_id""",
        rescuer_id,
        message_id,
        now,
        now - timedelta(seconds=every_s),
    )
    return begun is not None


async def end_test(connection: Connection, rescuer_id: str, message_id: str, now: datetime) -> bool:
    """Notes that a test push has arrived; False when it was not the rescuer's last one."""
    done: str = await connection.execute(
        """UPDATE push_tests SET received_at = coalesce(received_at, $3)
           WHERE rescuer_id = $1 AND message_id = $2""",
        rescuer_id,
        message_id,
        now,
    )
    return done.endswith("1")


def _subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(**dict(row))
