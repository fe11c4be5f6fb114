"""Who PostgreSQL runs as: it refuses root, so root lends it a system user of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import UserError

NAME = "lifering"


@dataclass(frozen=True)
class SystemUser:
    """A user to drop to."""

    name: str
    uid: int
    gid: int


def _lookup(name: str) -> SystemUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def unprivileged_user() -> SystemUser | None:
    """The user that PostgreSQL drops to: None when we are not root and nothing is to drop."""
    if os.geteuid() != 0:
        return None
    user = _lookup(NAME)
    if user is None and (useradd := shutil.which("useradd", path=os.defpath + ":/usr/sbin:/sbin")):
        command = [useradd, "--system", "--no-create-home", "--user-group"]
        # It may lose a race with another start: what counts is that the user exists now.
        subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", NAME], capture_output=True, check=False
        )
        user = _lookup(NAME)
    user = user or _lookup("nobody")
    if user is None:
        raise UserError("PostgreSQL refuses root, and there is no other user: run useradd lifering")
    return user


def closed_folder(path: Path, user: SystemUser | None) -> Path | None:
    """The first folder on the way to a path that the user cannot enter; None: the way is open."""
    if user is None:
        return None
    for folder in reversed([path, *path.parents]):
        found = folder.stat()
        if not found.st_mode & stat.S_IXOTH and found.st_uid != user.uid:
            return folder
    return None


def require_reach(path: Path, user: SystemUser | None, mend: str) -> None:
    """Fails with one line when a folder on the way to a path is closed to the user."""
    folder = closed_folder(path, user)
    if user is not None and folder is not None:
        raise UserError(
            f"PostgreSQL runs as user {user.name} here and cannot enter {folder}: {mend}"
        )


def open_handle(folder: Path, user: SystemUser | None) -> int | None:
    """A descriptor to hand to the user's processes when the way to a folder of its own is closed.

    They reach the folder as `/proc/self/fd/NUMBER`, past its parents: so a data directory inside
    a root-only folder (as `mktemp -d` makes them) works. None: the path itself will do.
    """
    if closed_folder(folder, user) is None:
        return None
    if not Path("/proc/self/fd").exists():
        require_reach(folder, user, "choose another --data-dir, or chmod o+x it")
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
