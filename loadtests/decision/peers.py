"""Both peers with the same world in them, as far as the machine has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.decision import postgis
from loadtests.decision import world as w
from loadtests.decision.postgis import Postgis
from loadtests.decision.question import Question
from loadtests.decision.redis_peer import RedisPeer
from loadtests.decision.resp import Redis
from loadtests.decision.servers import Children, Found, start_postgis, start_redis


@dataclass(frozen=True, slots=True)
class Sockets:
    """Where the servers that were started listen; None: not on this machine."""

    postgis: Path | None
    redis: Path | None


@dataclass(frozen=True, slots=True)
class Peers:
    """Ready to be asked."""

    postgis: Postgis | None
    redis: RedisPeer | None


def start(running: Children, found: Found) -> Sockets:
    """Starts what the machine has."""
    return Sockets(
        start_postgis(running, found.postgis) if found.postgis else None,
        start_redis(running, found.redis) if found.redis else None,
    )


@asynccontextmanager
async def filled(
    sockets: Sockets, world: w.World, question: Question, say: Callable[[str], None]
) -> AsyncIterator[Peers]:
    """The peers holding that world and no other; connections are closed at the end."""
    async with AsyncExitStack() as stack:
        sql: Postgis | None = None
        geo: RedisPeer | None = None
        if sockets.postgis is not None:
            say("filling PostGIS")
            connection = await postgis.connect(sockets.postgis)
            stack.push_async_callback(connection.close)
            sql = Postgis(connection, world, question)
            await sql.load()
        if sockets.redis is not None:
            say("filling Redis")
            client = Redis(sockets.redis)
            stack.callback(client.close)
            geo = RedisPeer(client, world, question)
            geo.load()
        yield Peers(sql, geo)
