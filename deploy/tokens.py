"""The keys of a data directory, and tokens signed with them.

Only the launcher and `./lifering token` read the private key; of the services the gateway alone is
given it, because phones sign in there, and all others get the public one.
"""

from __future__ import annotations

import base64
import fcntl
import os

from deploy.datadir import DataDir, write_private

HOUR_S = 3600
SERVICE_TOKEN_S = 365 * 24 * HOUR_S


def key_pair(data: DataDir) -> tuple[str, str]:
    """The directory's private and public key (PEM, Ed25519), made on first use."""
    from shared.identity.tokens import make_key_pair

    private_file, public_file = data.keys / "private.pem", data.keys / "public.pem"
    with (data.keys / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first starts must not each make a pair
        if not (private_file.exists() and public_file.exists()):
            pair = make_key_pair()
            write_private(public_file, pair.public_pem)
            write_private(private_file, pair.private_pem)
    return private_file.read_text(), public_file.read_text()


def push_key(data: DataDir) -> str:
    """The key that web pushes are signed with: `LIFERING_VAPID_PRIVATE_KEY`, else the directory's.

    A private key of P-256, 32 bytes in base64url (RFC 8292), made on first use and kept: browsers
    subscribe with its public half, and another key would cut all of them off.
    """
    if given := os.environ.get("LIFERING_VAPID_PRIVATE_KEY"):
        return given
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    file = data.keys / "push.key"
    with (data.keys / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            number = generate_private_key(SECP256R1()).private_numbers().private_value
            raw = base64.urlsafe_b64encode(number.to_bytes(32, "big"))
            write_private(file, raw.rstrip(b"=").decode())
    return file.read_text()


def make_token(
    private_key: str, role: str, subject: str, lifetime_s: int, station: str | None = None
) -> str:
    """A token signed with a private key (PEM), valid from now for a number of seconds."""
    from shared.clock import SystemClock
    from shared.identity.roles import Role
    from shared.identity.tokens import issue

    return issue(
        private_key,
        role=Role(role),
        subject=subject,
        now=SystemClock().now(),
        lifetime_s=lifetime_s,
        station=station,
    )
