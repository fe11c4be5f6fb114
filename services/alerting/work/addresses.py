"""Whether a host is on the internet: a push service is, what is inside the house is not."""

from __future__ import annotations

import asyncio
import ipaddress
import socket


async def is_inside(host: str) -> bool:
    """Whether any address of a host is private, local or otherwise not of the internet.

    A name that cannot be resolved here is left to the request itself: it fails, or a proxy of the
    deployment resolves it. The list of known hosts is the real gate; this is the second one, for
    a name in it that points inside.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(address[0]).is_global for *_, address in found)
