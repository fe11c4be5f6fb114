"""Migrations on a real database, as the least privileged role that a service may have."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from shared.database.migrate import MigrationError, apply, read_folder

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dispatch" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_incidents.sql").write_text(
        "CREATE TABLE incidents (id text PRIMARY KEY);\nINSERT INTO incidents VALUES ('one');"
    )
    (folder / "0002_shard.sql").write_text("ALTER TABLE incidents ADD COLUMN shard integer;")
    return folder


@pytest.fixture
async def least(database_url: str, schema: str) -> AsyncIterator[str]:
    """DSN of a role that owns nothing but the schema and may not make others."""
    name, password = f"{schema}_role", secrets.token_hex(8)
    admin = await asyncpg.connect(database_url)
    database = await admin.fetchval("SELECT current_database()")
    await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
    await admin.execute(f"ALTER SCHEMA {schema} OWNER TO {name}")
    parts = urlsplit(database_url)
    host = parts.netloc.rsplit("@", 1)[-1]
    yield urlunsplit(parts._replace(netloc=f"{name}:{password}@{host}", path=f"/{database}"))
    await admin.execute(f"ALTER SCHEMA {schema} OWNER TO CURRENT_USER")
    await admin.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
    await admin.execute(f"DROP OWNED BY {name}")
    await admin.execute(f"DROP ROLE {name}")
    await admin.close()


async def test_two_at_once_apply_each_file_once(least: str, schema: str, folder: Path) -> None:
    applied = await asyncio.gather(*(apply(least, schema, [folder]) for _ in range(3)))
    once = [
        "messaging/0001_outbox.sql",
        "messaging/0002_inbox.sql",
        "dispatch/0001_incidents.sql",
        "dispatch/0002_shard.sql",
    ]
    assert sorted(applied, key=len) == [[], [], once]
    connection = await asyncpg.connect(least)
    try:
        assert await connection.fetchval(f"SELECT count(*) FROM {schema}.incidents") == 1
        await connection.execute(f"INSERT INTO {schema}.inbox VALUES ('c', 'e')")
    finally:
        await connection.close()


async def test_a_file_changed_after_it_was_applied_is_refused(
    least: str, schema: str, folder: Path
) -> None:
    await apply(least, schema, [folder])
    (folder / "0003_more.sql").write_text("CREATE TABLE more (id text);")
    (folder / "0001_incidents.sql").write_text("CREATE TABLE incidents (id uuid PRIMARY KEY);")
    with pytest.raises(MigrationError, match=r"dispatch/0001_incidents\.sql was changed"):
        await apply(least, schema, [folder])
    connection = await asyncpg.connect(least)
    try:
        assert await connection.fetchval("SELECT to_regclass($1)", f"{schema}.more") is None
    finally:
        await connection.close()


async def test_a_file_that_fails_leaves_nothing_and_is_named(
    least: str, schema: str, folder: Path
) -> None:
    (folder / "0003_bad.sql").write_text("CREATE TABLE half (id text); SELECT nonsense;")
    with pytest.raises(MigrationError, match=r"dispatch/0003_bad\.sql: .*nonsense"):
        await apply(least, schema, [folder])
    (folder / "0003_bad.sql").write_text("CREATE TABLE half (id text);")
    assert await apply(least, schema, [folder]) == ["dispatch/0003_bad.sql"]


async def test_a_missing_schema_is_made_by_who_may(
    database_url: str, least: str, folder: Path
) -> None:
    name = f"test_{secrets.token_hex(6)}"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await apply(least, name, [folder])
    await apply(database_url, name, [folder])
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval(f"SELECT count(*) FROM {name}.incidents") == 1
        await connection.execute(f"DROP SCHEMA {name} CASCADE")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("name", "message"),
    [("0002_again.sql", "number 0002 is taken"), ("3_short.sql", "NNNN_name.sql")],
)
def test_numbers_must_be_clear(folder: Path, name: str, message: str) -> None:
    (folder / name).write_text("SELECT 1;")
    with pytest.raises(MigrationError, match=message):
        read_folder(folder)
