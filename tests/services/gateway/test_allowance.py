"""How often somebody may ask."""

from __future__ import annotations

import pytest

from services.gateway.domain.allowance import Allowance, Meter


def test_all_at_once_then_steadily() -> None:
    meter = Meter(Allowance.parse("rate", "3/minute"))
    assert [meter.hit("a", 100.0) for _ in range(3)] == [None, None, None]
    assert meter.hit("a", 100.0) == 20
    assert meter.hit("a", 119.0) == 1
    assert meter.hit("a", 120.0) is None
    assert meter.hit("a", 120.0) == 20


def test_one_client_does_not_use_up_the_other_s() -> None:
    meter = Meter(Allowance.parse("rate", "1/second"))
    assert meter.hit("a", 0.0) is None
    assert meter.hit("b", 0.0) is None
    assert meter.hit("a", 0.5) == 1


def test_who_waits_as_told_gets_in() -> None:
    meter = Meter(Allowance.parse("rate", "7/hour"))
    now = 0.0
    for _ in range(50):
        wait = meter.hit("a", now)
        if wait is not None:
            now += wait
            assert meter.hit("a", now) is None


def test_the_memory_is_bounded_and_the_longest_silent_goes_first() -> None:
    meter = Meter(Allowance.parse("rate", "1/hour"), keys=2)
    meter.hit("a", 0.0)
    meter.hit("b", 1.0)
    meter.hit("c", 2.0)
    assert len(meter) == 2
    assert meter.hit("b", 3.0) is not None
    assert meter.hit("a", 3.0) is None


@pytest.mark.parametrize("text", ["", "0/second", "5", "5/day", "-1/second", "many"])
def test_an_allowance_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="rate_per_subject"):
        Allowance.parse("rate_per_subject", text)


def test_an_allowance_prints_as_it_is_written() -> None:
    assert str(Allowance.parse("rate", " 600/minute ")) == "600/minute"
