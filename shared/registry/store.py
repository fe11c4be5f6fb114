"""All SQL of a register.

One write is one transaction: the entry, its history line and its outbox row. Writing what is
already there changes nothing: no version, no event. Retiring publishes a tombstone and keeps the
entry readable (``retired``: true), out of lists unless asked for; writing to a retired entry brings
it back. An entry whose shard moves to another partition leaves a tombstone on the old one first.

Every method takes ``connection`` to join the caller's transaction, or makes one of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Generic

import asyncpg

from shared.http.etag import IfMatch
from shared.http.paging import Bbox
from shared.http.problems import FieldError, Problem, invalid, not_found
from shared.messaging.inbox import AnyConnection
from shared.messaging.outbox import put_many
from shared.registry.changes import (
    events_of,
    first_version,
    is_same,
    next_version,
    retired_version,
)
from shared.registry.model import Change, D, Decided, Entry, HistoryLine, Kind, Located, id_of
from shared.registry.sql import COLUMNS, UPSERT, select_page
from shared.telemetry.metrics import REGISTRY_WRITES


class RegistryStore(Generic[D]):
    """The entries of one kind, in one service's schema."""

    def __init__(self, pool: asyncpg.Pool[Any], kind: Kind[D], *, source: str) -> None:
        """``source`` is the CloudEvents source (``settings.source``)."""
        self.pool = pool
        self.kind = kind
        self.source = source

    @asynccontextmanager
    async def transaction(
        self, connection: AnyConnection | None = None
    ) -> AsyncIterator[AnyConnection]:
        """The caller's transaction, or a new one."""
        if connection is not None:
            yield connection
            return
        async with self.pool.acquire() as own, own.transaction():
            yield own

    # -- reading -------------------------------------------------------------------------------

    async def find(
        self, entity_id: str, *, connection: AnyConnection | None = None, lock: bool = False
    ) -> Entry[D] | None:
        """The entry, retired or not; None when there never was one."""
        row = await (connection or self.pool).fetchrow(
            f"SELECT {COLUMNS} FROM {self.kind.table} WHERE id = $1"  # noqa: S608
            + (" FOR UPDATE" if lock else ""),
            entity_id,
        )
        return None if row is None else self.entry_of(row)

    async def get(
        self, entity_id: str, *, connection: AnyConnection | None = None, lock: bool = False
    ) -> Entry[D]:
        """The entry, retired or not; raises a 404 problem."""
        entry = await self.find(entity_id, connection=connection, lock=lock)
        if entry is None:
            raise not_found(self.kind.what, entity_id)
        return entry

    async def get_many(
        self, ids: Sequence[str], *, connection: AnyConnection | None = None, lock: bool = False
    ) -> dict[str, Entry[D]]:
        """Those of the entries that exist, by id; locked in the order of ids, against deadlocks."""
        rows = await (connection or self.pool).fetch(
            f"SELECT {COLUMNS} FROM {self.kind.table}"  # noqa: S608
            " WHERE id = ANY($1::text[]) ORDER BY id" + (" FOR UPDATE" if lock else ""),
            list(ids),
        )
        return {row["id"]: self.entry_of(row) for row in rows}

    async def page(
        self,
        *,
        after: str | None = None,
        limit: int = 100,
        bbox: Bbox | None = None,
        filters: Mapping[str, str | None] | None = None,
        include_retired: bool = False,
        connection: AnyConnection | None = None,
    ) -> tuple[list[Entry[D]], str | None]:
        """Entries in the order of their ids, and the id to go on after (None on the last page).

        ``after`` is such an id; a filter whose value is None does not filter.
        """
        text, values = select_page(
            self.kind,
            after=after,
            limit=limit + 1,
            bbox=bbox,
            filters=filters or {},
            include_retired=include_retired,
        )
        entries = [
            self.entry_of(row) for row in await (connection or self.pool).fetch(text, *values)
        ]
        if len(entries) <= limit:
            return entries, None
        return entries[:limit], entries[limit - 1].id

    async def history(
        self,
        entity_id: str,
        *,
        before_version: int | None = None,
        limit: int = 100,
        connection: AnyConnection | None = None,
    ) -> list[HistoryLine[D]]:
        """Its versions, newest first; raises a 404 problem."""
        rows = await (connection or self.pool).fetch(
            "SELECT version, change, by, at, document::text AS document"  # noqa: S608
            f" FROM {self.kind.table}_history WHERE id = $1 AND ($2::int IS NULL OR version < $2)"
            " ORDER BY version DESC LIMIT $3",
            entity_id,
            before_version,
            limit,
        )
        if not rows:
            await self.get(entity_id, connection=connection)
        return [
            HistoryLine(
                version=row["version"],
                change=Change(row["change"]),
                by=row["by"],
                at=row["at"],
                document=self.kind.document.model_validate_json(row["document"]),
            )
            for row in rows
        ]

    # -- writing -------------------------------------------------------------------------------

    async def create(
        self, document: D, *, by: str, now: datetime, connection: AnyConnection | None = None
    ) -> Entry[D]:
        """A new entry; raises a 409 problem when the id is taken (also by a retired entry)."""
        async with self.transaction(connection) as conn:
            located = await self._locate(conn, document)
            entry = first_version(document, located, now)
            written = await self.write(conn, [(entry, None, Change.CREATED)], by=by)
            if not written:
                raise Problem(
                    409,
                    "id-taken",
                    "This id is taken",
                    f"The {self.kind.what} {entry.id!r} is registered already; choose another id, "
                    "or change that one with PUT.",
                )
            return entry

    async def replace(
        self,
        entity_id: str,
        document: D,
        *,
        if_match: IfMatch,
        by: str,
        now: datetime,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[D], Change]:
        """The entry with another document; raises 404, 428, 412, or 422 when the ids differ."""
        if id_of(document) != entity_id:
            raise invalid("id", "is not the id in the path", "send the same id, it cannot change")
        async with self.transaction(connection) as conn:
            current = await self.get(entity_id, connection=conn, lock=True)
            if_match.check(current.version)
            return await self._put(conn, current, document, by=by, now=now)

    async def change(
        self,
        entity_id: str,
        alter: Callable[[D], D],
        *,
        by: str,
        now: datetime,
        if_match: IfMatch | None = None,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[D], Change]:
        """The entry as ``alter`` makes it, under its lock; raises 404, and 412/428 if asked."""
        async with self.transaction(connection) as conn:
            current = await self.get(entity_id, connection=conn, lock=True)
            if if_match is not None:
                if_match.check(current.version)
            return await self._put(conn, current, alter(current.document), by=by, now=now)

    async def retire(
        self,
        entity_id: str,
        *,
        if_match: IfMatch,
        by: str,
        now: datetime,
        connection: AnyConnection | None = None,
    ) -> tuple[Entry[D], Change]:
        """Takes the entry out of use; raises 404, 428, 412. One that is retired stays as it is."""
        async with self.transaction(connection) as conn:
            current = await self.get(entity_id, connection=conn, lock=True)
            if_match.check(current.version)
            if current.retired:
                return current, Change.UNCHANGED
            entry = retired_version(current, now)
            await self.write(conn, [(entry, current, Change.RETIRED)], by=by)
            return entry, Change.RETIRED

    async def write(
        self,
        connection: AnyConnection,
        changes: Sequence[Decided[D]],
        *,
        by: str,
    ) -> list[str]:
        """Writes entries (new, what was there before, change) with history and events, by id.

        Returns the ids that were written: one that somebody else has written since it was read is
        left out, and nothing of it is kept.
        """
        changes = sorted(changes, key=lambda change: change[0].id)
        entries = [entry for entry, _, _ in changes]
        documents = [entry.document.model_dump_json() for entry in entries]
        rows = await connection.fetch(
            UPSERT.format(table=self.kind.table),
            [entry.id for entry in entries],
            [entry.version for entry in entries],
            [entry.latitude for entry in entries],
            [entry.longitude for entry in entries],
            [entry.shard for entry in entries],
            [entry.retired for entry in entries],
            documents,
            [entry.created_at for entry in entries],
            [entry.updated_at for entry in entries],
            [change.value for _, _, change in changes],
            by,
        )
        written = {row["id"] for row in rows}
        await put_many(
            connection,
            self.kind.topic,
            [
                item
                for entry, before, _ in changes
                if entry.id in written
                for item in events_of(self.kind, entry, before)
            ],
            source=self.source,
        )
        counted = Counter(change for entry, _, change in changes if entry.id in written)
        for change, number in counted.items():
            REGISTRY_WRITES.labels(self.kind.table, change.value).inc(number)
        return [entry.id for entry in entries if entry.id in written]

    async def decide(
        self,
        connection: AnyConnection,
        documents: Sequence[D],
        *,
        now: datetime,
    ) -> list[Decided[D] | FieldError]:
        """What writing each document would do; the entries are locked. For bulk upserts."""
        current = await self.get_many(
            [id_of(document) for document in documents], connection=connection, lock=True
        )
        decided: list[Decided[D] | FieldError] = []
        places = await self.kind.locate(connection, documents)
        for document, located in zip(documents, places, strict=True):
            before = current.get(id_of(document))
            if isinstance(located, FieldError):
                decided.append(located)
            elif before is None:
                decided.append((first_version(document, located, now), None, Change.CREATED))
            elif is_same(before, document, located):
                decided.append((before, before, Change.UNCHANGED))
            else:
                change = Change.REVIVED if before.retired else Change.REPLACED
                decided.append((next_version(before, document, located, now), before, change))
        return decided

    # -- inside --------------------------------------------------------------------------------

    def entry_of(self, row: Mapping[str, Any]) -> Entry[D]:
        """An entry from a row with :data:`COLUMNS`."""
        return Entry(
            id=row["id"],
            version=row["version"],
            document=self.kind.document.model_validate_json(row["document"]),
            latitude=row["latitude"],
            longitude=row["longitude"],
            shard=row["shard"],
            retired=row["retired"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )

    async def _put(
        self, connection: AnyConnection, current: Entry[D], document: D, *, by: str, now: datetime
    ) -> tuple[Entry[D], Change]:
        located = await self._locate(connection, document)
        if is_same(current, document, located):
            return current, Change.UNCHANGED
        change = Change.REVIVED if current.retired else Change.REPLACED
        entry = next_version(current, document, located, now)
        await self.write(connection, [(entry, current, change)], by=by)
        return entry, change

    async def _locate(self, connection: AnyConnection, document: D) -> Located:
        located = (await self.kind.locate(connection, [document]))[0]
        if isinstance(located, FieldError):
            raise invalid(located.field, located.message, located.mend)
        return located
