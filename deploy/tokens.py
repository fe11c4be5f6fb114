"""The key pair of a data directory, and tokens signed with it.

Only the launcher and `./lifering token` read the private key; of the services the gateway alone is
given it, because phones sign in there, and all others get the public one.
"""

from __future__ import annotations

import fcntl

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
