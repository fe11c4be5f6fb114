"""How other processes speak to a running launcher: one JSON line each way, on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from deploy.datadir import DataDir
from deploy.errors import UserError

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
# The kernel's bound on a socket's path is 108 bytes, 104 on other systems.
_LONGEST_PATH = 100
_LIMIT_BYTES = 1024 * 1024


@asynccontextmanager
async def control_server(data: DataDir, handle: Handler) -> AsyncIterator[Path]:
    """Serves requests; yields the socket's path, which lies elsewhere if the folder's is long."""
    folder = None
    path = data.path / "control.sock"
    if len(str(path).encode()) > _LONGEST_PATH:
        folder = tempfile.mkdtemp(prefix="lifering-")
        path = Path(folder) / "control.sock"
    path.unlink(missing_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
            request = json.loads(await reader.readline())
            try:
                answer = await handle(request)
            except UserError as error:
                answer = {"error": str(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path, limit=_LIMIT_BYTES)
    path.chmod(0o600)
    try:
        yield path
    finally:
        server.close()
        path.unlink(missing_ok=True)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def ask(data: DataDir, request: dict[str, Any], timeout_s: float = 120.0) -> dict[str, Any]:
    """Asks the launcher of a data directory; UserError when none runs or it refuses."""
    path = data.read_state().get("control")
    not_running = UserError(f"Lifering is not running on {data.path}: start it with ./lifering up")
    if not path or not data.is_locked():
        raise not_running
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(path)
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer: dict[str, Any] = json.loads(answers.readline())
        except TimeoutError as error:
            raise UserError(
                f"the launcher does not answer: see {data.logs}/launcher.log"
            ) from error
        except (OSError, ValueError) as error:
            raise not_running from error
    if "error" in answer:
        raise UserError(str(answer["error"]))
    return answer
