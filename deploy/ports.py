"""Which port everything listens on: remembered for each data directory, free when handed out.

Two launchers that start at the same moment see the same ports free, and must not both take them:
so each claims its ports for as long as it lives, by names in the abstract socket namespace. That
namespace is Linux's, belongs to the network as ports do, is open to all users, and forgets a
launcher that was killed. On other systems a port that is free is taken without a claim.
"""

from __future__ import annotations

import json
import socket
import sys
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

    def __init__(self, file: Path) -> None:
        """`file`: where they are remembered."""
        self._file = file
        self._held: dict[int, socket.socket] = {}
        self._known: dict[str, int] = read_json(file)

    def __enter__(self) -> Ports:
        return self

    def __exit__(self, *_: object) -> None:
        for claim in self._held.values():
            claim.close()
        self._held.clear()

    def take(self, name: str, exactly: int | None = None) -> int:
        """A port for a name such as `dispatch-1`: the one it had, or else the next free one.

        `exactly` is a person's own choice: when it is taken that is said, not mended.
        """
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
        if port in self._held:
            return False
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            if sys.platform == "linux":
                claim.bind(f"\0lifering-port-{port}")
            if is_free(port):
                self._held[port] = claim
                return True
        except OSError:
            pass  # another launcher's
        claim.close()
        return False

    def _remember(self, name: str, port: int) -> int:
        if self._known.get(name) != port:
            self._known[name] = port
            write_private(self._file, json.dumps(self._known, indent=1))
        return port
