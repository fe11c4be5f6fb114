"""Migrations: numbered SQL files, each applied once, in one transaction, under a lock.

A folder ``<owner>/migrations`` holds ``NNNN_name.sql``; its owner's name (``messaging``,
``registry``, ``dispatch``) keeps the numbers of different folders apart. What every service has
(outbox and inbox) is applied first. A file that was applied must not change any more: its checksum
is remembered and another one refused. Nothing here needs more than owning the schema.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

log = logging.getLogger(__name__)

SHARED: Final = Path(__file__).parents[1] / "messaging" / "migrations"
FILE_NAME: Final = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
LOCK_CLASS: Final = 0x6D_69_67_72  # "migr"
TIMEOUT_S: Final = 300.0

CREATE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    owner      text        NOT NULL,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, name)
)
"""


class MigrationError(Exception):
    """A migration cannot be applied; says which one and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    owner: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, whatever its line ends."""
        return hashlib.sha256(self.sql.replace("\r\n", "\n").encode()).hexdigest()


def read_folder(folder: Path) -> list[Migration]:
    """A folder's migrations, in order; raises MigrationError for a bad or doubled number."""
    migrations: list[Migration] = []
    numbers: dict[str, str] = {}
    for path in sorted(folder.glob("*.sql")):
        match = FILE_NAME.match(path.name)
        if match is None:
            raise MigrationError(f"{path.name}: call it NNNN_name.sql, in small letters")
        number = match.group(1)
        if number in numbers:
            raise MigrationError(f"{path.name}: number {number} is taken by {numbers[number]}")
        numbers[number] = path.name
        migrations.append(Migration(folder.parent.name, path.name, path.read_text("utf-8")))
    return migrations


async def apply(
    database: asyncpg.Pool[Any] | str, schema: str, folders: Sequence[Path] = ()
) -> list[str]:
    """Brings a schema up to date; returns the names of what was applied now, ``owner/name``.

    ``database`` is a pool or a DSN. The schema is made when it is missing and the role may make it.
    Several processes may do this at the same time: one applies, the others wait.
    """
    migrations = [each for folder in [SHARED, *folders] for each in read_folder(folder)]
    if isinstance(database, str):
        connection = await asyncpg.connect(database, timeout=10)
        try:
            return await _apply(connection, schema, migrations)
        finally:
            await connection.close()
    async with database.acquire() as pooled:
        return await _apply(pooled, schema, migrations)


async def _apply(connection: Any, schema: str, migrations: Sequence[Migration]) -> list[str]:
    key = (LOCK_CLASS, schema)
    await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", *key, timeout=TIMEOUT_S)
    try:
        quoted = '"' + schema.replace('"', '""') + '"'
        if not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema
        ):
            await connection.execute(f"CREATE SCHEMA {quoted}")
        async with connection.transaction():
            await connection.execute(f"SET LOCAL search_path = {quoted}")
            await connection.execute(CREATE_TABLE)
        return await _apply_missing(connection, quoted, migrations)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", *key)


async def _apply_missing(
    connection: Any, quoted_schema: str, migrations: Sequence[Migration]
) -> list[str]:
    applied_now: list[str] = []
    rows = await connection.fetch(
        f"SELECT owner, name, checksum FROM {quoted_schema}.schema_migrations"  # noqa: S608
    )
    known = {(row["owner"], row["name"]): row["checksum"] for row in rows}
    _refuse_changed(migrations, known)
    for migration in migrations:
        if (migration.owner, migration.name) in known:
            continue
        async with connection.transaction():
            await connection.execute(f"SET LOCAL search_path = {quoted_schema}")
            try:
                await connection.execute(migration.sql, timeout=TIMEOUT_S)
            except asyncpg.PostgresError as error:
                raise MigrationError(f"{migration.owner}/{migration.name}: {error}") from error
            await connection.execute(
                "INSERT INTO schema_migrations (owner, name, checksum) VALUES ($1, $2, $3)",
                migration.owner,
                migration.name,
                migration.checksum,
            )
        applied_now.append(f"{migration.owner}/{migration.name}")
        log.info("applied %s", applied_now[-1])
    return applied_now


def _refuse_changed(migrations: Sequence[Migration], known: dict[tuple[str, str], str]) -> None:
    for migration in migrations:
        checksum = known.get((migration.owner, migration.name))
        if checksum is not None and checksum != migration.checksum:
            raise MigrationError(
                f"{migration.owner}/{migration.name} was changed after it had been applied; "
                "restore it and write the change as a new file"
            )
