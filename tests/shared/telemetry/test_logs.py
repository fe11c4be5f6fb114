"""Every line is one JSON object that can be found again, and gives nothing private away."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared.telemetry.logs import about_incident, logger, setup_logs
from shared.telemetry.traces import current_trace_id, current_traceparent, setup_traces, span_from

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    setup_logs("dispatch", "2", "info", stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def last(stream: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(stream.getvalue().splitlines()[-1])
    return line


def test_a_line_says_who_when_and_what(lines: io.StringIO) -> None:
    logger("x").info("plan made", plan_id="plan-1")
    line = last(lines)
    assert (line["service"], line["instance"], line["level"]) == ("dispatch", "2", "info")
    assert (line["event"], line["plan_id"]) == ("plan made", "plan-1")
    assert line["timestamp"].endswith("Z")
    assert "trace_id" not in line


def test_incident_and_trace_are_on_the_line(lines: io.StringIO) -> None:
    setup_traces("dispatch", "2")
    with about_incident("inc-1"), span_from(TRACEPARENT, "handle"):
        logger("x").warning("late")
    line = last(lines)
    assert line["incident_id"] == "inc-1"
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    logger("x").warning("after")
    assert "incident_id" not in last(lines)


def test_other_libraries_go_the_same_way(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started %s", "it")
    assert last(lines)["event"] == "Started it"
    assert last(lines)["service"] == "dispatch"
    before = lines.getvalue()
    logging.getLogger("aiokafka").info("chatter")
    logger("x").debug("chatter")
    assert lines.getvalue() == before


def test_an_exception_is_one_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        logger("x").exception("failed")
    assert "ValueError: bad" in last(lines)["exception"]
    assert len(lines.getvalue().splitlines()) == 1


def test_what_is_private_is_withheld(lines: io.StringIO) -> None:
    logger("x").info("oops", token="abc", latitude=26.2, phone="123", aed_id="a")
    line = last(lines)
    assert line["aed_id"] == "a"
    assert [line[name] for name in ("token", "latitude", "phone")] == ["(withheld)"] * 3


def test_a_trace_goes_on_or_begins() -> None:
    setup_traces("dispatch", "2")
    assert current_traceparent() is None
    with span_from(TRACEPARENT, "handle"):
        assert current_trace_id() == "0af7651916cd43dd8448eb211c80319c"
        made = current_traceparent()
        assert made is not None
        assert made.startswith("00-0af7651916cd43dd8448eb211c80319c-")
        assert made != TRACEPARENT
    for missing in (None, "", "nonsense"):
        with span_from(missing, "handle"):
            assert current_trace_id() not in (None, "0af7651916cd43dd8448eb211c80319c")
