"""What runs may be asked, what scenarios count, and what their files hold."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from arro3.io import read_parquet
from pydantic import TypeAdapter, ValidationError

from services.planning.domain.runs import RunIn, State
from services.planning.domain.scenarios import Sites, counts_after
from services.planning.domain.targets import TARGETS
from services.planning.domain.words import WORDS
from services.planning.work.exporting import do

RUN: Any = TypeAdapter(RunIn)
A, B = ({"id": k, "latitude": 26.0, "longitude": 117.0} for k in "ab")
MOVED: dict[str, Any] = {
    "model": "relocate", "status": "optimal", "objective": 2.0, "bound": 2.0, "gap": 0.0,
    "sites": [A, B], "covered_weight": 2.0, "total_weight": 4.0, "candidates": 9, "elapsed_s": 1.0,
    "kept": [], "new": [A], "moved": [{"from": {**A, "id": "old"}, "to": B}],
    "attribution": ["© somebody"], "synthetic": {"aeds": True},
}  # fmt: skip
SIDE = {"p_cpr": 0.5, "p_shock": 0.25, "alerts": 3, "cpr_s": 200.0, "shock_s": None, "ems_s": 400.0}
REPLAYED: dict[str, Any] = {
    "policy": "k-nearest/1",
    "incidents": [
        {
            "incident_id": "inc-1", "made_at": "2026-03-02T02:00:00Z", "cell": "8941a34ea07ffff",
            "policy": "target/1", "same_streets": True,
            "was": {**SIDE, "rescuers": []}, "would": {**SIDE, "rescuers": []},
        }
    ],
    "sums": {"was": SIDE, "would": SIDE},
}  # fmt: skip


def file_of(kind: str, result: dict[str, Any], format: str, language: str = "en") -> bytes:
    run = {
        "id": "run-1", "kind": kind, "scenario_id": "live", "made_by": "planner:p", "changes": [],
        "made_at": "2026-03-02T02:00:00Z", "parameters": {"p": 2},
    }  # fmt: skip
    job = {"run": run, "format": format, "language": language, "made_at": "2026-03-02T02:00:00Z"}
    return do(job, [json.dumps(result).encode()], lambda *_: None)[1][0]


@pytest.mark.parametrize(
    "parameters",
    [
        {"model": "mclp", "p": 2},
        {"model": "mclp", "radius_m": 300},
        {"model": "mclp", "radius_m": 300, "within_s": 60, "p": 2},
        {"model": "mexclp", "radius_m": 300, "p": 2},
        {"model": "lscp", "radius_m": 300, "busy_fraction": 0.2},
    ],
)
def test_a_question_that_lacks_something_is_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RUN.validate_python({"kind": "site", "scenario_id": "live", "parameters": parameters})


def test_times_of_a_replay_are_in_order() -> None:
    times = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}
    with pytest.raises(ValidationError, match="until is before since"):
        RUN.validate_json(
            json.dumps({"kind": "replay", "parameters": {"policy": "target", **times}})
        )


def test_states_end_once() -> None:
    assert [state for state in State if not state.ended] == [State.WAITING, State.RUNNING]


def test_counts_after_changes() -> None:
    before = {"aeds": 2, "rescuers": 5, "stations": 1, "units": 1}
    changes: list[dict[str, Any]] = [
        {"kind": "add_aed"}, {"kind": "remove_aed"}, {"kind": "move_aed"},
        {"kind": "add_station", "units": [{}, {}]}, {"kind": "add_recruits", "count": 7},
    ]  # fmt: skip
    after = {"aeds": 2, "rescuers": 12, "stations": 2, "units": 3}
    assert counts_after(before, changes) == after
    assert Sites().bounds() is None


def test_files_of_what_was_found() -> None:
    table = read_parquet(io.BytesIO(file_of("relocate", MOVED, "parquet"))).read_all()
    assert table.num_rows == 2
    assert table["moved_from"].to_pylist() == [None, "old"]
    features = json.loads(file_of("replay", REPLAYED, "geojson"))["features"]
    ring = features[0]["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert 117 < ring[0][0] < 118  # longitude first
    for language in WORDS:
        for kind, result in (("relocate", MOVED), ("replay", REPLAYED)):
            page = file_of(kind, result, "html", language).decode()
            assert WORDS[language][kind] in page


def test_both_languages_have_the_same_words_and_targets_their_sources() -> None:
    assert WORDS["en"].keys() == WORDS["zh-CN"].keys()
    assert all(target.source and target.zh for target in TARGETS)
    assert len({target.id for target in TARGETS}) == len(TARGETS)
