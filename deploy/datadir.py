"""The data directory: everything that one Lifering on this machine keeps, and its lock."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.errors import UserError


def default_data_dir() -> Path:
    """LIFERING_HOME, or the user's data folder; root's is one that other users can reach."""
    if home := os.environ.get("LIFERING_HOME"):
        return Path(home).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/lifering")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "lifering"


@dataclass(frozen=True)
class DataDir:
    """One data directory."""

    path: Path

    def make(self) -> None:
        """Makes the folders, in a new or empty one; root's can be entered by PostgreSQL's user."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            marker = self.path / ".lifering"
            if not marker.exists():
                # Somebody's home or /tmp, given by mistake, must not get our permissions.
                if any(self.path.iterdir()):
                    raise UserError(
                        f"{self.path} has other things in it: choose an empty or new --data-dir"
                    )
                self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
                marker.touch()
            for folder in (self.logs, self.keys):
                folder.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError as error:
            raise UserError(f"{self.path} is not a folder: choose another --data-dir") from error
        except PermissionError as error:
            raise UserError(
                f"{self.path} cannot be written: choose another --data-dir or LIFERING_HOME"
            ) from error

    @property
    def logs(self) -> Path:
        """One log for each process."""
        return self.path / "logs"

    @property
    def keys(self) -> Path:
        """The key pair that tokens are signed with."""
        return self.path / "keys"

    @property
    def state(self) -> Path:
        """What is running: written by the launcher, gone when it stopped in order."""
        return self.path / "run.json"

    def lock(self, wait_s: float = 10.0) -> int:
        """Takes the directory for this process; returns the descriptor that holds the lock.

        A launcher that was killed leaves its reaper holding the lock for the seconds in which it
        ends the children: those are waited for.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                alive = is_alive(self.read_state().get("pid"))
                if alive or time.monotonic() > end:
                    os.close(descriptor)
                    raise UserError(
                        f"Lifering already runs on {self.path}: stop it with "
                        f"`./lifering down --data-dir {self.path}`, or choose another --data-dir"
                    ) from None
                time.sleep(0.1)
            else:
                return descriptor

    def is_locked(self) -> bool:
        """Whether a launcher (or its reaper, for some seconds) holds the directory."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def read_state(self) -> dict[str, Any]:
        """What the launcher last wrote; empty when nothing runs."""
        return read_json(self.state)

    def write_state(self, state: dict[str, Any]) -> None:
        """Says what is running (it holds passwords: for the owner only)."""
        write_private(self.state, json.dumps(state, indent=1))

    def passwords(self, roles: list[str]) -> dict[str, str]:
        """The database's password for each role, made on first use."""
        from deploy.embedded.postgres import new_password

        file = self.path / "passwords.json"
        known: dict[str, str] = read_json(file)
        missing = {role: new_password() for role in roles if role not in known}
        if missing:
            known |= missing
            write_private(file, json.dumps(known, indent=1))
        return known


def is_alive(pid: object) -> bool:
    """Whether a process of this id runs."""
    if not isinstance(pid, int):
        return False
    with contextlib.suppress(OSError):
        # Ended, but not yet waited for by its parent: the name in parentheses may hold anything.
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty when there is none."""
    with contextlib.suppress(FileNotFoundError):
        found = json.loads(path.read_text())
        if isinstance(found, dict):
            return found
    return {}


def write_private(path: Path, text: str) -> None:
    """Replaces a file whole, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    temporary.replace(path)


def disk_full(error: OSError) -> bool:
    """Whether an error means that no space is left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
