"""What goes to a browser's push service, and to whose: nothing personal, and only to known hosts.

RFC 8030 (delivery), RFC 8291 (encryption), RFC 8292 (VAPID).
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

DEFAULT_HOSTS: Final = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "web.push.apple.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""The push services of Chrome (and those built on it), Firefox, Safari and Edge [B]."""

MOST_CONTENT_BYTES: Final = 3_993
"""What a push service must take, before encryption (RFC 8291 §4: 4,096 octets with the header)."""
PADDED_BYTES: Final = 128
"""Contents are filled up to a multiple of this, so that their length does not tell a stand-down
from an alert (our choice)."""
MOST_ENDPOINT: Final = 1_024
"""Characters of an endpoint (our choice; those in use have up to some 700)."""
_TOPIC_BYTES: Final = 24
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that a rescuer wants to be woken on."""

    subscription_id: str
    rescuer_id: str
    endpoint: str
    p256dh: str
    auth: str
    language: str
    user_agent: str | None
    vapid_key: str
    """Our public key that it was made with; the push service takes no other."""
    expires_at: datetime | None
    created_at: datetime
    last_delivered_at: datetime | None = None
    """When the device last said that a push had arrived."""
    last_failed_at: datetime | None = None
    last_failure: str | None = None
    session_id: str | None = None
    """The session of the phone; None for a token from the command line."""


@dataclass(frozen=True, slots=True)
class EndpointRules:
    """Which endpoints are taken: we send requests to them, so not just any."""

    hosts: Sequence[str] = DEFAULT_HOSTS
    """Names, or ``*.`` and a name for all below it."""
    insecure: bool = False
    """Takes http, any port and private addresses as well: for tests with a service of their own."""

    def fault(self, endpoint: str) -> str | None:
        """What is wrong with an endpoint, in words; None when it is taken."""
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname, parts.port
        except ValueError:
            return "is not an address"
        if host is None or not endpoint.isascii() or any(c.isspace() for c in endpoint):
            return "is not an address"
        if parts.username is not None or parts.password is not None or parts.fragment:
            return "has a user, a password or a fragment in it"
        if not self.insecure and (parts.scheme != "https" or port not in (None, 443)):
            return "is not https on its own port"
        if parts.scheme not in ("https", "http"):
            return "is not https"
        if not any(_matches(host, pattern) for pattern in self.hosts):
            return "is not at a push service that this deployment knows"
        return None


def content(kind: str, message_id: str) -> bytes:
    """What is in a push: its kind and the message's id. The app fetches the rest itself."""
    text = json.dumps({"kind": kind, "message_id": message_id}, separators=(",", ":")).encode()
    size = math.ceil(len(text) / PADDED_BYTES) * PADDED_BYTES
    if size > MOST_CONTENT_BYTES:
        raise ValueError(f"message_id: makes a push of {size} bytes; {MOST_CONTENT_BYTES} at most")
    return text.ljust(size)


def topic(incident_id: str, rescuer_id: str) -> str:
    """The push's Topic: a newer one of the same incident replaces an older that still waits.

    A digest, so that the push service learns no id and cannot tell that two rescuers have the same
    incident; at most 32 characters of the base64url alphabet (RFC 8030 §5.4).
    """
    digest = hashlib.sha256(f"{incident_id}\n{rescuer_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:_TOPIC_BYTES]).decode()


def ttl_s(expires_at: datetime, now: datetime) -> int:
    """How long the push service may keep it, whole seconds: the message's remaining life."""
    return max(math.floor((expires_at - now).total_seconds()), 0)


def audience(endpoint: str) -> str:
    """The origin of an endpoint, which a VAPID token is for (RFC 8292 §2)."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def key_fault(p256dh: str, auth: str) -> tuple[str, str] | None:
    """The name of the key that is none, and what it ought to be; None when both are."""
    point = _decoded(p256dh)
    if point is None or len(point) != _POINT_BYTES or not _on_curve(point):
        return "p256dh", "an uncompressed point of P-256, 65 bytes in base64url"
    secret = _decoded(auth)
    if secret is None or len(secret) != _AUTH_BYTES:
        return "auth", "16 bytes in base64url"
    return None


def _decoded(text: str) -> bytes | None:
    try:
        stripped = text.rstrip("=")
        padded = stripped + "=" * (-len(stripped) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError:
        return None


def _on_curve(point: bytes) -> bool:
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        return False
    return True


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern
