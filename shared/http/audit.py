"""Who looked at or did what, where the law or common sense wants to know.

Reading somebody's place, a cabinet code, an address or a name is written down in the same
transaction as the read. The table comes with ``shared/registry/migrations``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.messaging.inbox import AnyConnection


async def audit(
    connection: AnyConnection,
    *,
    actor: str,
    action: str,
    subject: str,
    now: datetime,
    detail: Mapping[str, str | int | float | bool | None] | None = None,
) -> None:
    """Writes one line: ``actor`` (``dispatcher:alice``) did ``action`` to ``subject``.

    ``detail`` holds ids and reasons, never the thing that was read.
    """
    await connection.execute(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)",
        now,
        actor,
        action,
        subject,
        dict(detail or {}),
    )


async def audited(
    connection: AnyConnection, subject: str, limit: int = 100
) -> list[dict[str, Any]]:
    """What was done to ``subject``, newest first."""
    rows = await connection.fetch(
        "SELECT at, actor, action, subject, detail FROM audit"
        " WHERE subject = $1 ORDER BY id DESC LIMIT $2",
        subject,
        limit,
    )
    return [dict(row) for row in rows]
