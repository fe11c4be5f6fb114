"""Commands that may be sent twice and happen once.

A client that is not sure whether its command arrived sends it again with the same
``Idempotency-Key``. The key, the answer and the command's effects commit together, so the second
one gets the first one's answer; while the first is still at work the second waits for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Header
from pydantic import BaseModel

from shared.http.problems import Problem
from shared.identity.tokens import Identity
from shared.messaging.inbox import AnyConnection

M = TypeVar("M", bound=BaseModel)

KEPT_FOR: Final = timedelta(days=7)
"""Longer than any phone stays offline in the middle of an incident."""

_SWEPT_AT_ONCE: Final = 20

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$",
        description="Chosen by the client, one for each command; repeat it when sending again",
        examples=["0197c6a0-4f1e-7c1b-a8f5-6f3f6d1c2b3a"],
    ),
]
"""Parameter type of a command: ``idempotency_key: IdempotencyKey = None``."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[M]):
    """What a command was answered."""

    body: M
    status: int
    repeated: bool
    """Whether this is the stored answer of an earlier request."""


async def once(
    connection: AnyConnection,
    *,
    key: str | None,
    who: Identity,
    request: str,
    body: BaseModel | None,
    model: type[M],
    now: datetime,
    work: Callable[[], Awaitable[M]],
    status: int = 200,
) -> Answer[M]:
    """Does ``work`` unless this client did it before under ``key``, in the caller's transaction.

    ``request`` names method and path (``POST /calls``); ``model`` is what ``work`` returns. Without
    a key there is nothing to remember. Raises a 422 problem when the key named another command.
    """
    if key is None:
        return Answer(await work(), status, repeated=False)
    digest = hashlib.sha256(b"" if body is None else body.model_dump_json().encode()).digest()
    first = await connection.fetchval(
        "INSERT INTO idempotency (actor, key, request, request_hash, created_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true",
        who.actor,
        key,
        request,
        digest,
        now,
    )
    if not first:
        return await _stored(
            connection, key=key, who=who, request=request, digest=digest, model=model
        )
    answer = await work()
    await connection.execute(
        "UPDATE idempotency SET status = $3, response = $4::text::jsonb"
        " WHERE actor = $1 AND key = $2",
        who.actor,
        key,
        status,
        answer.model_dump_json(),
    )
    await _sweep(connection, now)
    return Answer(answer, status, repeated=False)


async def _stored(
    connection: AnyConnection,
    *,
    key: str,
    who: Identity,
    request: str,
    digest: bytes,
    model: type[M],
) -> Answer[M]:
    row = await connection.fetchrow(
        "SELECT request, request_hash, status, response::text AS response"
        " FROM idempotency WHERE actor = $1 AND key = $2",
        who.actor,
        key,
    )
    if row is None or row["request"] != request or row["request_hash"] != digest:
        raise Problem(
            422,
            "idempotency-key-reused",
            "This Idempotency-Key was used for another command",
            "Use a new key for every new command, and the same one only to send it again.",
        )
    return Answer(model.model_validate_json(row["response"]), row["status"], repeated=True)


async def _sweep(connection: AnyConnection, now: datetime) -> None:
    """Forgets a few old answers; every new one pays for it, so nothing has to run by the clock."""
    await connection.execute(
        "DELETE FROM idempotency WHERE (actor, key) IN (SELECT actor, key FROM idempotency"
        " WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        now - KEPT_FOR,
        _SWEPT_AT_ONCE,
    )
