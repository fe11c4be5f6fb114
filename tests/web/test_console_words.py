"""Every code that dispatch can send has its words in the console's catalogue."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from shared.contracts.words import (
    AlertState,
    Gate,
    IncidentState,
    OrderState,
    Task,
    Tier,
    TimelineEvent,
    UnitKind,
)
from shared.decision.model import Closed, Reason
from shared.geometry.datum import Datum

CATALOGUE = Path(__file__).resolve().parents[2] / "services/web/src/console/codes.en.ts"


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("alert", AlertState),
        ("gate", Gate),
        ("gate", Closed),
        ("incident", IncidentState),
        ("order", OrderState),
        ("task", Task),
        ("tier", Tier),
        ("event", TimelineEvent),
        ("unit", UnitKind),
        ("reason", Reason),
        ("datum", Datum),
    ],
)
def test_every_code_has_words(prefix: str, codes: type[StrEnum]) -> None:
    # The Chinese catalogue has the same keys, or it does not compile.
    known = set(re.findall(rf'^  "{prefix}\.(\w+)":', CATALOGUE.read_text("utf-8"), re.MULTILINE))
    assert {code.value for code in codes} - known == set()
