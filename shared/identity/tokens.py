"""Signed tokens: a JWT with one role, checked with a public key and no further service.

Ed25519 (EdDSA) is the only algorithm accepted, so that neither ``none`` nor a public key used as
an HMAC secret gets in. Services hold the public key only. Claims: ``iss``, ``aud``, ``sub``,
``role``, ``station`` (for the station role), ``ses`` (the session that a rescuer's phone signed in
to), ``in`` (written by the gateway for the services behind it), ``iat``, ``exp``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from shared.identity.roles import Role

ISSUER: Final = "lifering"
ALGORITHM: Final = "EdDSA"
CLOCK_SKEW_S: Final = 30.0
"""How far the clocks of issuer and service may differ, seconds (our choice)."""


class InvalidToken(Exception):  # noqa: N818 (says what is the matter)
    """The token is not one of ours, or not valid now; the message says why, without its content."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking."""

    role: Role
    subject: str
    station: str | None = None
    """The station that somebody with the station role belongs to."""
    session: str | None = field(default=None, compare=False)
    """The session of a phone that signed in; None for a token from the command line."""
    passed_on: bool = field(default=False, compare=False)
    """Whether the gateway has looked whether the session goes on, and made this token of it."""
    expires_at: datetime | None = field(default=None, compare=False)
    """Until when the token is valid, aware UTC."""

    @property
    def actor(self) -> str:
        """How it is written in timelines and audits, such as ``dispatcher:alice``."""
        return f"{self.role.value}:{self.subject}"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 key pair, both PEM."""

    private_pem: str
    public_pem: str


def make_key_pair() -> KeyPair:
    """A fresh key pair."""
    private = Ed25519PrivateKey.generate()
    return KeyPair(
        private_pem=private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode(),
        public_pem=private.public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    )


def issue(
    private_pem: str,
    *,
    role: Role,
    subject: str,
    now: datetime,
    lifetime_s: float,
    station: str | None = None,
    session: str | None = None,
    passed_on: bool = False,
) -> str:
    """A token for ``subject``, valid from ``now`` for ``lifetime_s`` seconds.

    Raises ``ValueError`` for an empty subject, a lifetime that is not positive, or a naive time.
    """
    if not subject:
        raise ValueError("subject: is empty; name who the token is for")
    if lifetime_s <= 0:
        raise ValueError("lifetime_s: must be positive")
    if now.tzinfo is None:
        raise ValueError("now: needs a time zone; use datetime(..., tzinfo=UTC)")
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": subject,
        "role": role.value,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=lifetime_s)).timestamp()),
    }
    if station is not None:
        claims["station"] = station
    if session is not None:
        claims["ses"] = session
    if passed_on:
        claims["in"] = True
    return jwt.encode(claims, private_pem, algorithm=ALGORITHM)


@lru_cache(maxsize=4096)
def _signed_claims(public_pem: str, token: str) -> Mapping[str, Any]:
    """The claims of a token with a good signature; its times are checked by the caller.

    Cached because a client sends the same token with every request, and a signature costs 0.1 ms.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            public_pem,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=ISSUER,
            options={
                "require": ["sub", "role", "iat", "exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise InvalidToken(f"the token cannot be accepted: {type(error).__name__}") from error
    return claims


def verify(public_pem: str, token: str, now: datetime) -> Identity:
    """Who the token says is asking, at ``now``.

    Raises :class:`InvalidToken` when it is malformed, signed by another key, expired, not yet
    valid, or names a role that does not exist.
    """
    claims = _signed_claims(public_pem, token)
    try:
        issued = datetime.fromtimestamp(float(claims["iat"]), UTC)
        expires = datetime.fromtimestamp(float(claims["exp"]), UTC)
        role = Role(claims["role"])
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise InvalidToken("the token's role or times cannot be read") from error
    skew = timedelta(seconds=CLOCK_SKEW_S)
    if now >= expires + skew:
        raise InvalidToken("the token has expired; sign in again")
    if now < issued - skew:
        raise InvalidToken("the token is not valid yet; compare the clocks")
    subject, station, session = claims["sub"], claims.get("station"), claims.get("ses")
    if not isinstance(subject, str) or not subject:
        raise InvalidToken("the token names nobody")
    if station is not None and not isinstance(station, str):
        raise InvalidToken("the token's station cannot be read")
    if session is not None and not isinstance(session, str):
        raise InvalidToken("the token's session cannot be read")
    return Identity(
        role=role,
        subject=subject,
        station=station,
        session=session,
        passed_on=claims.get("in") is True,
        expires_at=expires,
    )
