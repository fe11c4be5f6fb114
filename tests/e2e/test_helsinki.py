"""The whole story on real streets, and the plan that the next call there would get."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.demo.story import EVENTS
from deploy.errors import UserError
from deploy.extracts import provide
from tests.e2e.lifering import lifering, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CALL = ("--at", "60.1728,24.9493", "--floor", "3")
OSM = "© OpenStreetMap contributors, ODbL"


@pytest.fixture(scope="module", autouse=True)
def _extract() -> None:
    try:
        provide("helsinki")
    except UserError as error:
        pytest.skip(f"needs the streets of central Helsinki: {error}")


def test_the_whole_story_and_the_next_call(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with running(data_dir, "demo", "--json", "--scenario", "helsinki") as demo:
        document = demo.document()
        assert {entry["event"] for entry in document["timeline"]} >= set(EVENTS)
        assert document["attribution"] == [OSM]
        basis = document["plan"]["basis"]
        assert basis["routing"] == "streets"
        assert basis["streets"] == document["streets"]["version"]
        assert document["streets"]["attribution"] == OSM
        demo.wait_for(lambda: "everything stays up" in demo.said())
        assert OSM in demo.said()
        status = demo.status()
        assert status["streets"]["version"] == basis["streets"]
        assert status["policy"] is None

        kept = tmp_path / "kept.json"
        live = lifering(
            data_dir, "plan", "decide", "--live", *CALL, "--snapshot-to", str(kept), "--json"
        )
        assert live.returncode == 0, live.stderr
        plan = json.loads(live.stdout)
        assert plan["snapshot"]["records"]["rescuers"] == 1_500
        assert plan["basis"]["streets"] == basis["streets"]
        assert plan["rescuers"]
        again = lifering(data_dir, "plan", "decide", "--snapshot", str(kept), *CALL, "--json")
        assert again.stdout == live.stdout
        # The next call finds the incident over and everybody free, but lately alerted.
        stopped = lifering(data_dir, "down")
        assert stopped.returncode == 0, stopped.stderr
    gone = lifering(data_dir, "plan", "decide", "--live", *CALL)
    assert gone.returncode == 1
    assert "nothing runs" in gone.stderr
