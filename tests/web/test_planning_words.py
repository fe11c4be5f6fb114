"""Every code that planning can send has its words in the planning page's catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest

from services.planning.domain import runs
from shared.contracts.words import Tier
from shared.coverage.words import TARGETS
from shared.simulation.survival import CURVES
from shared.siting.answer import Status
from shared.siting.problem import Model

CATALOGUE = Path(__file__).resolve().parents[2] / "services/web/src/planning/words.en.ts"


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("tier", get_args(runs.Tier)),
        ("tierIn", get_args(runs.Tier)),
        ("stationTier", Tier),
        ("policy", get_args(runs.Policy)),
        ("model", [model.value for model in Model]),
        ("status", Status),
        ("runState", runs.State),
        ("tab", runs.Kind),
        ("target", TARGETS),
        ("curveName", CURVES),
    ],
)
def test_every_code_has_words(prefix: str, codes: Iterable[str]) -> None:
    known = set(re.findall(rf'"{prefix}\.([^"]+)"', CATALOGUE.read_text(encoding="utf-8")))
    assert {str(code) for code in codes} <= known
