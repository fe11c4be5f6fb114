"""The order of channels comes from the environment, and nonsense is refused at the start."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from services.alerting.domain.order import DEFAULT_ORDER, ChannelTurn
from services.alerting.settings import Settings

KEY = "IBW2ANTJhK6vn4ECChlfJXuxOVGlp3PCh_Vdf1rE1bE"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHANNELS", "VAPID_PRIVATE_KEY", "VAPID_SUBJECT", "TIME_ZONE", "PUSH_HOSTS"):
        monkeypatch.delenv(f"LIFERING_{name}", raising=False)


def test_without_a_key_the_default_is_the_app_alone() -> None:
    assert Settings().order == DEFAULT_ORDER


def test_with_a_key_web_push_begins_together_with_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFERING_VAPID_PRIVATE_KEY", KEY)
    monkeypatch.setenv("LIFERING_VAPID_SUBJECT", "mailto:centre@example.org")
    assert [t.name for t in Settings().order.at(datetime(2030, 1, 1, tzinfo=UTC))[0]] == [
        "in_app",
        "web_push",
    ]


@pytest.mark.parametrize(
    ("key", "subject", "named"),
    [
        ("no key", "mailto:centre@example.org", "vapid_private_key"),
        (KEY[:-4], "mailto:centre@example.org", "vapid_private_key"),
        (KEY, "", "vapid_subject"),
        (KEY, "centre", "vapid_subject"),
    ],
)
def test_a_wrong_key_or_subject_is_named_at_the_start(
    monkeypatch: pytest.MonkeyPatch, key: str, subject: str, named: str
) -> None:
    monkeypatch.setenv("LIFERING_VAPID_PRIVATE_KEY", key)
    monkeypatch.setenv("LIFERING_VAPID_SUBJECT", subject)
    with pytest.raises(ValidationError, match=named) as raised:
        Settings()
    assert KEY not in str(raised.value)


def test_web_push_alone_without_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFERING_CHANNELS", '[{"channel": "web_push"}]')
    with pytest.raises(ValidationError, match="LIFERING_VAPID_PRIVATE_KEY"):
        Settings()


QUIET = (
    '[{"channel": "in_app"}, {"channel": "voice", "url": "https://provider.example/voice",'
    ' "secret": "0123456789abcdef", "quiet_hours": {"from": "22:00", "to": "07:00"%s}}]'
)


def test_quiet_hours_are_told_in_the_deployments_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFERING_CHANNELS", QUIET % ', "then": "skip"')
    with pytest.raises(ValidationError, match="time_zone"):
        Settings()
    monkeypatch.setenv("LIFERING_TIME_ZONE", "Asia/Shanghai")
    order = Settings().order
    night, day = datetime(2030, 1, 1, 18, tzinfo=UTC), datetime(2030, 1, 1, 6, tzinfo=UTC)
    assert [[t.name for t in group] for group in order.at(night)] == [["in_app"]]
    assert [[t.name for t in group] for group in order.at(day)] == [["in_app"], ["voice"]]


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
        '[{"channel": "web_push", "url": "https://provider.example/push"}]',
        '[{"channel": "in_app", "quiet_hours": {"from": "22:00", "to": "22:00"}}]',
        '[{"channel": "in_app", "quiet_hours": {"from": "22:00+08:00", "to": "07:00"}}]',
        '[{"channel": "in_app", "quiet_hours": {"from": "22:00"}}]',
    ],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIFERING_CHANNELS", text)
    with pytest.raises(ValidationError, match="channels"):
        Settings()
