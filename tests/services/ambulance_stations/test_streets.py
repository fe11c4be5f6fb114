"""Which streets circles are worked out on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.ambulance_stations.settings import Settings
from services.ambulance_stations.work.streets import load_streets
from shared.decision.policy import default_policy
from shared.streets.graph import MANIFEST, POINTER

POLICY = default_policy()


def test_those_of_the_folder_or_of_what_it_points_to(streets_folder: Path) -> None:
    for folder in (streets_folder, streets_folder.parent):
        (streets_folder.parent / POINTER).write_text(streets_folder.name)
        with capture_logs() as logs:
            router = load_streets(str(folder), POLICY)
        assert router is not None
        assert router.version == streets_folder.name
        assert [line["version"] for line in logs] == [streets_folder.name]


def test_none_is_no_matter_to_tell() -> None:
    with capture_logs() as logs:
        assert load_streets("", POLICY) is None
    assert logs == []


@pytest.mark.parametrize("broken", ["missing", "no manifest", "format", "array"])
def test_a_folder_that_cannot_be_used_is_told_in_one_line(
    broken: str, streets_folder: Path
) -> None:
    folder = streets_folder
    if broken == "missing":
        folder = folder / "not there"
    elif broken == "no manifest":
        (folder / MANIFEST).unlink()
    elif broken == "format":
        manifest = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps({**manifest, "format": -1}))
    else:
        file = folder / "latitude.npy"
        file.write_bytes(file.read_bytes()[:-8])
    with capture_logs() as logs:
        assert load_streets(str(folder), POLICY) is None
    (line,) = logs
    assert line["log_level"] == "warning"
    assert "H3 grid" in line["event"]
    assert str(folder) in line["why"]


def test_settings_name_the_streets_and_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFERING_STREETS", "some/where")
    monkeypatch.setenv("LIFERING_POLICY", "k-nearest")
    settings = Settings()
    assert (settings.streets, settings.policy) == ("some/where", "k-nearest")
