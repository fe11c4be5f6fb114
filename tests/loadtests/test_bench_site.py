"""The benchmark of siting: the same optimum for all, ratios of what was measured."""

from __future__ import annotations

import json

import pytest

from deploy.commands import bench
from loadtests.siting.peers import plain_highs
from loadtests.siting.run import Options, ours, run
from loadtests.siting.world import instance


def test_the_plain_model_has_the_same_optimum() -> None:
    given = instance(400, 120, seed=5)
    plain = plain_highs(given, None)
    assert plain["proven"]
    mine = ours(given, repeats=1)
    assert (mine["status"], mine["gap"]) == ("optimal", 0.0)
    assert mine["objective"] == plain["objective"]


def test_ratios_are_of_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "loadtests.siting.run.spopt",
        lambda given, say: {"seconds": 8.0, "objective": ours(given, 1)["objective"]},
    )
    document = run(Options(small=300, large=400, sites=100, repeats=1), lambda _: None)
    assert document["same_optimum"] == {"spopt": True, "highs": True}
    for name, part, peer in (("spopt", "small", "spopt"), ("highs", "large", "highs")):
        mine, theirs = document[part]["ours"]["seconds"], document[part][peer]["seconds"]
        assert document[f"ratio_{name}"] == round(mine / theirs, 5)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "site",
        "--small",
        "100",
        "--large",
        "120",
        "--sites",
        "60",
        "--no-peers",
        "--json",
    ]
    assert bench.main(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ratio_spopt"] is None
    assert document["large"]["ours"]["status"] == "optimal"
