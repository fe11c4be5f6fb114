"""The benchmark of the simulation: the same responses as SimPy, an honest document."""

from __future__ import annotations

import json

import numpy as np
import pytest

from deploy.commands import bench
from loadtests.simulation import run as bench_run
from loadtests.simulation.instance import town
from loadtests.simulation.peer import simpy
from loadtests.simulation.simpy_model import Model
from shared.simulation.replay import replay


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_simpy_gives_the_same_responses(seed: int) -> None:
    trace = town(1_500, ambulances=6, places=60, seed=seed)
    model = Model(simpy(), trace)
    model.run()
    found = replay(trace, quick=False)
    assert found.queued > 100
    assert np.array(model.chosen).tolist() == found.ambulance.tolist()
    assert np.abs(np.array(model.response) - found.response_min).max() < 1e-9


def test_one_document_with_its_aims(capsys: pytest.CaptureFixture[str]) -> None:
    small = ("--calls", "500", "--repeats", "2", "--arrests", "20", "--scenario", "takamatsu")
    assert bench.main(["simulate", "--json", *small]) == 0
    document = json.loads(capsys.readouterr().out)
    for name in ("ratio_simpy", "ratio_simpy_decision", "ratio_simpy_simulation"):
        assert document[name] > 0
    ours, peer = (document[name]["incidents_per_s"] for name in ("replay", "simpy"))
    assert document["ratio_simpy"] == ours / peer
    assert document["replay"]["agreement"]["same_ambulance"] == 1.0
    assert document["town"]["queued"] > 0
    assert document["decision"]["decisions"] >= document["decision"]["incidents"] >= 10
    assert document["simulation"]["decisions"] > document["simulation"]["incidents"]


def test_a_disagreement_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    def later(self: Model) -> None:
        self.response = [1e9] * len(self.response)

    monkeypatch.setattr(Model, "run", later)
    with pytest.raises(RuntimeError, match="responses differ"):
        bench_run.run(bench_run.Options(calls=100, repeats=1), lambda line: None)
