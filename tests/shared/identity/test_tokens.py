"""Only what we signed, for now, for a role that exists, gets in."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from shared.identity.roles import Role
from shared.identity.tokens import (
    CLOCK_SKEW_S,
    Identity,
    InvalidToken,
    issue,
    make_key_pair,
    verify,
)

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEYS = make_key_pair()


def token(**change: Any) -> str:
    values: dict[str, Any] = {
        "role": Role.DISPATCHER,
        "subject": "alice",
        "now": NOW,
        "lifetime_s": 60,
    }
    return issue(KEYS.private_pem, **(values | change))


def signed(claims: dict[str, Any]) -> str:
    good = {
        "iss": "lifering",
        "aud": "lifering",
        "sub": "a",
        "role": "dispatcher",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 60,
    }
    kept = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(kept, KEYS.private_pem, algorithm="EdDSA")


@pytest.mark.parametrize("role", list(Role))
def test_what_was_issued_is_verified(role: Role) -> None:
    identity = verify(KEYS.public_pem, token(role=role, station="st-1"), NOW)
    assert identity == Identity(role, "alice", "st-1")
    assert identity.actor == f"{role}:alice"


def test_it_ends_when_its_lifetime_does() -> None:
    made = token(lifetime_s=60)
    verify(KEYS.public_pem, made, NOW + timedelta(seconds=60 + CLOCK_SKEW_S - 1))
    with pytest.raises(InvalidToken, match="expired"):
        verify(KEYS.public_pem, made, NOW + timedelta(seconds=60 + CLOCK_SKEW_S))


def test_it_begins_when_it_is_issued_but_for_the_clocks() -> None:
    made = token()
    verify(KEYS.public_pem, made, NOW - timedelta(seconds=CLOCK_SKEW_S))
    with pytest.raises(InvalidToken, match="not valid yet"):
        verify(KEYS.public_pem, made, NOW - timedelta(seconds=CLOCK_SKEW_S + 1))


def test_another_key_is_refused() -> None:
    with pytest.raises(InvalidToken):
        verify(make_key_pair().public_pem, token(), NOW)


def test_a_changed_claim_is_refused() -> None:
    head, body, signature = token(role=Role.RESCUER).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["role"] = "administrator"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(InvalidToken):
        verify(KEYS.public_pem, f"{head}.{forged}.{signature}", NOW)


def test_no_algorithm_is_refused() -> None:
    claims = jwt.decode(token(), options={"verify_signature": False})
    with pytest.raises(InvalidToken):
        verify(KEYS.public_pem, jwt.encode(claims, "", algorithm="none"), NOW)


def test_the_public_key_as_a_secret_is_refused() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "a"}).encode()).decode().rstrip("=")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    with pytest.raises(InvalidToken):
        verify(KEYS.public_pem, f"{head}.{claims}.AAAA", NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "god"},
        {"role": None},
        {"role": ["dispatcher"]},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"exp": 1e30},
        {"iss": "another"},
        {"aud": "another"},
        {"station": 7},
    ],
    ids=str,
)
def test_claims_that_say_nothing_are_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        verify(KEYS.public_pem, signed(claims), NOW)


@pytest.mark.parametrize("nonsense", ["", "a", "a.b.c", "ä.ö.ü", "." * 100, "\x00"])
def test_nonsense_is_refused(nonsense: str) -> None:
    with pytest.raises(InvalidToken):
        verify(KEYS.public_pem, nonsense, NOW)


def test_the_message_does_not_repeat_the_token() -> None:
    with pytest.raises(InvalidToken) as refused:
        verify(KEYS.public_pem, token()[:-4] + "AAAA", NOW)
    assert token()[:20] not in str(refused.value)


@pytest.mark.parametrize(
    "change", [{"subject": ""}, {"lifetime_s": 0}, {"now": NOW.replace(tzinfo=None)}], ids=str
)
def test_what_makes_no_sense_is_not_issued(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        token(**change)
