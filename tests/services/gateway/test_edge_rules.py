"""Headers that go on, instances that are asked, requests that may be repeated."""

from __future__ import annotations

import pytest

from services.gateway.domain.headers import to_client, to_upstream
from services.gateway.domain.retrying import may_repeat
from services.gateway.domain.upstreams import Upstreams


def test_hop_by_hop_headers_stop_here_also_those_that_connection_names() -> None:
    sent = [
        (b"Host", b"outside"),
        (b"Connection", b"close, X-Secret-Hop"),
        (b"X-Secret-Hop", b"1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"X-Forwarded-For", b"6.6.6.6"),
        (b"Authorization", b"Bearer t"),
        (b"If-Match", b'"3"'),
        (b"Last-Event-ID", b"17"),
        (b"Idempotency-Key", b"k"),
    ]
    assert to_upstream(sent, []) == [
        (b"Authorization", b"Bearer t"),
        (b"If-Match", b'"3"'),
        (b"Last-Event-ID", b"17"),
        (b"Idempotency-Key", b"k"),
    ]


def test_our_own_headers_take_the_place_of_the_client_s() -> None:
    sent = [(b"Traceparent", b"theirs"), (b"Accept", b"*/*")]
    assert to_upstream(sent, []) == sent
    assert to_upstream(sent, [(b"traceparent", b"ours")]) == [
        (b"Accept", b"*/*"),
        (b"traceparent", b"ours"),
    ]


def test_answers_keep_what_is_theirs() -> None:
    got = [
        (b"ETag", b'"3"'),
        (b"Server", b"uvicorn"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Content-Length", b"7"),
        (b"Vary", b"a"),
        (b"Vary", b"b"),
    ]
    assert to_client(got) == [
        (b"etag", b'"3"'),
        (b"content-length", b"7"),
        (b"vary", b"a"),
        (b"vary", b"b"),
    ]


def test_instances_take_turns() -> None:
    upstreams = Upstreams({"dispatch": ["a", "b", "c"]})
    assert [upstreams.order("dispatch", 0.0) for _ in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]
    assert upstreams.order("planning", 0.0) == []


def test_an_instance_that_failed_is_asked_last_for_a_while() -> None:
    upstreams = Upstreams({"dispatch": ["a", "b"]}, rest_s=2.0)
    upstreams.failed("a", 10.0)
    assert upstreams.order("dispatch", 11.0) == ["b", "a"]
    assert upstreams.order("dispatch", 11.9) == ["b", "a"]
    assert upstreams.order("dispatch", 12.0) == ["a", "b"]
    upstreams.failed("b", 12.0)
    upstreams.answered("b")
    assert upstreams.order("dispatch", 12.1) == ["b", "a"]


@pytest.mark.parametrize(
    ("method", "reached", "key", "allowed"),
    [
        ("GET", True, False, True),
        ("POST", False, False, True),
        ("POST", True, True, True),
        ("POST", True, False, False),
        ("PUT", True, False, False),
        ("DELETE", True, False, False),
    ],
)
def test_a_command_is_repeated_only_when_that_is_safe(
    method: str, reached: bool, key: bool, allowed: bool
) -> None:
    assert may_repeat(method, reached=reached, idempotency_key=key) is allowed
