"""The environment is all that a service is told."""

import pytest

from shared.identity.tokens import make_key_pair
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    service: str = "dispatch"
    units: str = "ours"


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIFERING_SERVICE", "KAFKA_BOOTSTRAP", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_everything_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key_pair().public_pem
    for name, value in {
        "LIFERING_INSTANCE": "2",
        "LIFERING_PORT": "8123",
        "LIFERING_UNITS": "external",
        "LIFERING_TOKEN_PUBLIC_KEY": key.replace("\n", "\\n"),
        "KAFKA_BOOTSTRAP": "kafka:9092",
        "DATABASE_URL": "postgresql://x/y",
        "LIFERING_URL_AED_REGISTRY": "http://a:1/, http://b:2",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.service, settings.instance, settings.port) == ("dispatch", "2", 8123)
    assert (settings.units, settings.kafka_bootstrap) == ("external", "kafka:9092")
    assert (settings.database_url, settings.token_public_key) == ("postgresql://x/y", key)
    assert settings.url_of("aed_registry") == ["http://a:1", "http://b:2"]
    assert (settings.database_schema, settings.source) == ("dispatch", "lifering/dispatch")


def test_a_missing_url_names_its_variable() -> None:
    with pytest.raises(LookupError, match="LIFERING_URL_GATEWAY"):
        Settings(urls={}).url_of("gateway")


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings(service_token="s3cret", database_url="postgresql://u:p4ss@h/d"))
    assert "s3cret" not in shown
    assert "p4ss" not in shown


@pytest.mark.parametrize("change", [{"port": 65_536}, {"log_level": "loud"}, {"drain_s": 0}])
def test_nonsense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        Settings(**change)  # type: ignore[arg-type]
