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


def require_reach(path: Path, user: SystemUser | None, mend: str) -> None:
    """Fails with one line when a folder on the way to a path is closed to the user."""
    if user is None:
        return
    for folder in [path, *path.parents]:
        found = folder.stat()
        closed = not found.st_mode & stat.S_IXOTH
        if closed and found.st_uid != user.uid:
            raise UserError(
                f"PostgreSQL runs as user {user.name} here and cannot enter {folder}: {mend}"
            )
