"""A bare client of Redis: commands down a Unix socket, replies as bytes, numbers and lists.

It does less for each reply than the usual client libraries do, which is in Redis's favour.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

Reply: TypeAlias = "bytes | int | list[Reply] | None"
Word: TypeAlias = "str | int | float | bytes"


GONE = "Redis has closed the connection"


class RedisError(Exception):
    """An error that Redis replied."""


def packed(command: Sequence[Word]) -> bytes:
    """A command on the wire."""
    parts = [b"*%d\r\n" % len(command)]
    for word in command:
        raw = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
    return b"".join(parts)


class Redis:
    """One connection. Members and values must hold no line ends (ours are numbers)."""

    def __init__(self, place: Path) -> None:
        """`place`: the server's Unix socket."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(place))
        self._lines: list[bytes] = []
        self._rest = b""

    def close(self) -> None:
        """Leaves."""
        self._socket.close()

    def ask(self, *commands: Sequence[Word]) -> list[Reply]:
        """Sends the commands in one go and returns their replies; raises `RedisError`."""
        return self.send(b"".join(packed(command) for command in commands), len(commands))

    def send(self, raw: bytes, count: int) -> list[Reply]:
        """Sends commands that are packed already; ``count`` replies are due."""
        try:
            self._socket.sendall(raw)
        except OSError as error:
            raise RedisError(GONE) from error
        return [self._reply() for _ in range(count)]

    def _line(self) -> bytes:
        while not self._lines:
            chunk = self._socket.recv(1 << 20)
            if not chunk:
                raise RedisError(GONE)
            *lines, self._rest = (self._rest + chunk).split(b"\r\n")
            lines.reverse()
            self._lines = lines
        return self._lines.pop()

    def _reply(self) -> Reply:
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self._line()
        if kind == b"*":
            return [self._reply() for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        if kind == b"-":
            raise RedisError(rest.decode())
        return rest
