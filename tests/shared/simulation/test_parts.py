"""Draws by key, the demand surface, survival curves and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from shared.simulation.assumptions import DEFAULT, HOUR_BLOCKS, SOURCES, told
from shared.simulation.demand import Demand, drawn
from shared.simulation.keyed import Purpose, key_in, key_of, normal, uniform
from shared.simulation.statistics import interval, t_quantile
from shared.simulation.survival import CURVES


def test_survival_curves_at_the_published_check() -> None:
    cpr, shock, als = np.array([4.0]), np.array([6.0]), np.array([10.0])
    values = [round(float(curve(cpr, shock, als)[0]), 3) for curve in CURVES.values()]
    assert values == [0.302, 0.269, 0.111, 0.095]


def test_survival_never_leaves_its_bounds_nor_rises_with_delay() -> None:
    early, late = np.array([0.0]), np.array([600.0])
    for curve in CURVES.values():
        assert 0.0 <= curve(late, late, late)[0] < curve(early, early, early)[0] <= 1.0


def test_draws_by_key_are_uniform_and_independent() -> None:
    keys = [key_in(7, incident, key_of(f"res-{n}")) for incident in range(40) for n in range(250)]
    a = np.array([uniform(key, Purpose.ACCEPT) for key in keys])
    b = np.array([uniform(key, Purpose.TURNOUT) for key in keys])
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    assert stats.kstest(b, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.04
    assert abs(np.corrcoef(a[:-1], a[1:])[0, 1]) < 0.04
    z = [normal(key, Purpose.ANSWER) for key in keys]
    assert stats.kstest(z, "norm").pvalue > 1e-3
    assert uniform(keys[0], Purpose.ACCEPT) == a[0]


def test_keys_are_the_same_on_every_machine() -> None:
    assert key_of("res-sm-00001") == int.from_bytes(bytes.fromhex(KEY), "little")
    assert key_in(1, 2, 3) != key_in(1, 3, 2)


KEY = __import__("hashlib").blake2b(b"res-sm-00001", digest_size=8).hexdigest()


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 10, 29, 99])
@pytest.mark.parametrize("p", [0.6, 0.95, 0.975, 0.995])
def test_quantiles_of_t(p: float, degrees: int) -> None:
    assert t_quantile(p, degrees) == pytest.approx(float(stats.t.ppf(p, degrees)), rel=1e-7)


def test_intervals_hold_the_mean_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(2_000):
        found = interval(list(rng.normal(10.0, 3.0, 5)))
        assert found is not None
        hits += found[0] <= 10.0 <= found[1]
    assert 0.935 < hits / 2_000 < 0.965
    assert interval([1.0]) is None


def demand(**changes: object) -> Demand:
    whole: dict[str, object] = {
        "latitude": np.array([26.0, 26.5]),
        "longitude": np.array([117.0, 117.5]),
        "weight": np.array([1.0, 3.0]),
        "population": 1e6,
    }
    return Demand(**{**whole, **changes})  # type: ignore[arg-type]


def test_incidents_follow_the_surface_the_rate_and_the_hours() -> None:
    found = drawn(demand(), 20_000.0, 1.0, 9, 0, Purpose.INCIDENTS, DEFAULT)
    assert abs(len(found) - 20_000) < 600
    assert (np.diff(found.at_s) >= 0).all()
    assert abs((found.latitude > 26.2).mean() - 0.75) < 0.02
    blocks = np.bincount((found.at_s % 86_400 // 21_600).astype(int), minlength=4)
    assert np.allclose(blocks / blocks.sum(), np.array(HOUR_BLOCKS) / sum(HOUR_BLOCKS), atol=0.02)
    assert abs(found.at_home.mean() - DEFAULT.at_home) < 0.02
    assert (found.floor[~found.at_home] == 0).all()
    again = drawn(demand(), 20_000.0, 1.0, 9, 0, Purpose.INCIDENTS, DEFAULT)
    assert (again.at_s == found.at_s).all()
    others = drawn(demand(), 20_000.0, 1.0, 9, 0, Purpose.OTHER_CALLS, DEFAULT)
    assert len(others) != len(found) or (others.at_s != found.at_s).any()


@pytest.mark.parametrize(
    "changes",
    [{"weight": np.array([0.0, 0.0])}, {"weight": np.array([-1.0, 2.0])}, {"hours": np.ones(24)}],
)
def test_a_demand_that_cannot_be(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="demand"):
        demand(**changes)


def test_every_assumption_says_where_it_comes_from() -> None:
    assert {each["name"] for each in told(DEFAULT)} == set(SOURCES)
