"""The order of channels comes from the environment, and nonsense is refused at the start."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.alerting.domain.order import DEFAULT_ORDER, ChannelTurn
from services.alerting.settings import Settings


def test_default_is_the_app_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFERING_CHANNELS", raising=False)
    assert Settings().order == DEFAULT_ORDER


def test_the_order_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "LIFERING_CHANNELS",
        '[{"channel": "in_app", "deadline_s": 8}, {"channel": "voice", "deadline_s": 30,'
        ' "url": "https://provider.example/voice", "secret": "0123456789abcdef"}]',
    )
    assert Settings().order.turns == (ChannelTurn("in_app", 8), ChannelTurn("voice", 30))


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '[{"channel": "in_app"}, {"channel": "in_app"}]',
        '[{"channel": "in_app", "deadline_s": 0}]',
        '[{"channel": "In App"}]',
        '[{"channel": "voice"}]',
        '[{"channel": "voice", "url": "https://provider.example/voice", "secret": "short"}]',
        '[{"channel": "in_app", "url": "https://provider.example/in_app"}]',
        '[{"channel": "in_app", "after": "sms"}]',
    ],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIFERING_CHANNELS", text)
    with pytest.raises(ValidationError, match="channels"):
        Settings()
