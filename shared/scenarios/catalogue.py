"""The scenarios that come with the software, and the way to anyone's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shared.scenarios.scenario import Scenario, Text


@dataclass(frozen=True, slots=True)
class Listed:
    """A built-in scenario as the list shows it, without making it."""

    name: str
    title: Text
    counts: dict[str, int]
    synthetic: dict[str, bool]
    seed: int
    attribution: tuple[str, ...] = ()
    """What the licences of its data ask to be shown."""


LISTED = (
    Listed(
        "sanming",
        Text(
            en="Sanming, Fujian: generated from published figures",
            zh="福建三明：按公开数据生成的情景",
        ),
        {"stations": 159, "units": 63, "aeds": 339, "rescuers": 32_400},
        {"aeds": True, "rescuers": True, "stations": True, "units": True},
        350400,
        (
            "Places: GeoNames (geonames.org), CC BY 4.0",
            "Figures as published by the municipality, late 2023",
        ),
    ),
    Listed(
        "takamatsu",
        Text(
            en="Takamatsu, Kagawa: the city's open data, made-up rescuers",
            zh="日本香川县高松市：城市开放数据与虚构的救护员",
        ),
        {"stations": 84, "units": 30, "aeds": 450, "rescuers": 6_000},
        {"aeds": False, "rescuers": True, "stations": False, "units": True},
        372013,
        (
            "AEDs, fire stations and medical facilities: Takamatsu City Open Data "
            "(高松市オープンデータ), CC BY 4.0, abridged",
        ),
    ),
    Listed(
        "helsinki",
        Text(
            en="Central Helsinki: real streets (OpenStreetMap), made-up devices and people",
            zh="芬兰赫尔辛基市中心：真实街道（OpenStreetMap），设备与人员均为虚构",
        ),
        {"stations": 9, "units": 6, "aeds": 60, "rescuers": 1_500},
        {"aeds": True, "rescuers": True, "stations": True, "units": True},
        91,
        ("© OpenStreetMap contributors, ODbL",),
    ),
)
"""Held against what is really made by the tests: a list must not take a second to answer."""


def names() -> list[str]:
    """The built-in scenarios."""
    return [listed.name for listed in LISTED]


def load(name_or_dir: str | Path, *, today: date, seed: int | None = None) -> Scenario:
    """A built-in scenario by name, or anyone's own by its directory.

    ``today`` is the day that a built-in one's certificates, checks and expiry dates are relative
    to; ``seed`` (built-in only) gives another city of the same kind. Raises
    :class:`shared.scenarios.files.ScenarioError`, naming file, row and field, with the mend.
    """
    from shared.scenarios.files import ScenarioError, read_directory

    maker = _maker(str(name_or_dir))
    if maker is not None:
        return maker(today) if seed is None else maker(today, seed)
    path = Path(name_or_dir)
    if not path.exists() and path.parent == Path():
        raise ScenarioError(
            f"no scenario {str(name_or_dir)!r}: there are {', '.join(names())}, or give a directory"
        )
    if seed is not None:
        raise ScenarioError(f"{path}: a directory's rows are as they are; leave out the seed")
    return read_directory(path)


def roads_of(name: str) -> Path | None:
    """The streets that come with a built-in scenario (an ``.osm.pbf`` file); None for most.

    Raises :class:`shared.scenarios.files.ScenarioError` when they should be there and are not.
    """
    if name != "helsinki":
        return None
    from shared.scenarios.extracts import helsinki_extract

    return helsinki_extract()


def write(scenario: Scenario, directory: str | Path) -> None:
    """Writes a scenario as a directory that :func:`load` reads again."""
    from shared.scenarios.files import write_directory

    write_directory(scenario, Path(directory))


def _maker(name: str) -> Callable[..., Scenario] | None:
    if name == "sanming":
        from shared.scenarios.sanming import sanming

        return sanming
    if name == "takamatsu":
        from shared.scenarios.takamatsu import takamatsu

        return takamatsu
    if name == "helsinki":
        from shared.scenarios.helsinki import helsinki

        return helsinki
    return None
