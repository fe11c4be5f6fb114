"""Who we are to a push service: VAPID, RFC 8292."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException

from services.alerting.domain.push import audience

TOKEN_S: Final = 12 * 3_600
"""How long a token is valid, seconds; at most 24 h (RFC 8292 §2)."""
RENEW_S: Final = 6 * 3_600
"""How long one is used, seconds: push services keep the check of a known token (RFC 8292 §5)."""


class Vapid:
    """The key that our pushes are signed with."""

    def __init__(self, private_key: str, subject: str) -> None:
        """``private_key``: 32 bytes or DER in base64url, or PEM; ``subject``: mailto: or https:.

        Raises ``ValueError`` naming what is wrong.
        """
        try:
            pem = "-----BEGIN" in private_key
            key = private_key.strip()
            self._key = Vapid02.from_pem(key.encode()) if pem else Vapid02.from_string(key)
            point = self._key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        except Exception as error:  # the library lets everything through that can go wrong
            raise ValueError(
                "vapid_private_key: is no private key of P-256; give 32 bytes in base64url or PEM"
            ) from error
        self._subject = subject
        self._tokens: dict[str, tuple[datetime, str]] = {}
        self.public_key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        """What a browser subscribes with (``applicationServerKey``), base64url."""
        try:
            self._signed("https://push.example.org", 1)
        except VapidException as error:
            raise ValueError(
                "vapid_subject: is no address for push services to write to; "
                "give mailto:somebody@example.org or an https address"
            ) from error

    def authorization(self, endpoint: str, now: datetime) -> str:
        """The header for a push to an endpoint."""
        origin = audience(endpoint)
        made_at, token = self._tokens.get(origin, (None, ""))
        if made_at is None or not timedelta(0) <= now - made_at < timedelta(seconds=RENEW_S):
            token = self._signed(origin, int(now.timestamp()) + TOKEN_S)
            self._tokens[origin] = (now, token)
        return token

    def _signed(self, origin: str, expires: int) -> str:
        claims = {"aud": origin, "sub": self._subject, "exp": expires}
        header: str = self._key.sign(claims)["Authorization"]
        return header
