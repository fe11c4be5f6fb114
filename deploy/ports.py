"""Which port everything listens on: remembered for each data directory, free when handed out.

A port is claimed by a lock on a file in the user's cache for as long as the launcher lives: two
launchers that start at the same moment see the same ports free, and must not both take them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from pathlib import Path

from deploy.datadir import read_json, write_private
from deploy.errors import UserError

PREFERRED = {"gateway": 8120, "postgres": 15432, "kafka": 19092, "kafka-controller": 19093}
_OTHERS_FROM = 8130
_SPAN = 2000


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still ending is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Ports:
    """The ports of one data directory, claimed until `release`."""

    def __init__(self, file: Path, claims: Path) -> None:
        """`file`: where they are remembered; `claims`: the folder of locks, one for a user."""
        self._file = file
        self._claims = claims
        self._held: dict[int, int] = {}
        self._known: dict[str, int] = read_json(file)

    def __enter__(self) -> Ports:
        self._claims.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()

    def take(self, name: str, exactly: int | None = None) -> int:
        """A port for a name such as `dispatch-1`: the one it had, or else the next free one.

        `exactly` is a person's own choice: when it is taken that is said, not mended.
        """
        if self._known.get(name) in self._held and exactly in (None, self._known[name]):
            return self._known[name]
        if exactly is not None:
            if not 0 < exactly < 65536:
                raise UserError(f"--port {exactly} is not a port: choose one from 1 to 65535")
            if not self._claim(exactly):
                raise UserError(f"port {exactly} is taken: choose another --port, or leave it out")
            return self._remember(name, exactly)
        start = PREFERRED.get(name, _OTHERS_FROM)
        remembered = [self._known[name]] if name in self._known else []
        others = {port for other, port in self._known.items() if other != name}
        for port in [*remembered, *range(start, start + _SPAN)]:
            # Another's remembered port is left to it, as long as there are others.
            if (port not in others or port in remembered) and self._claim(port):
                return self._remember(name, port)
        raise UserError(f"no free port for {name} from {start} on: stop what uses them")

    def _claim(self, port: int) -> bool:
        descriptor = os.open(self._claims / f"{port}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_free(port):
                self._held[port] = descriptor
                return True
        except BlockingIOError:
            pass
        with contextlib.suppress(OSError):
            os.close(descriptor)
        return False

    def _remember(self, name: str, port: int) -> int:
        if self._known.get(name) != port:
            self._known[name] = port
            write_private(self._file, json.dumps(self._known, indent=1))
        return port
