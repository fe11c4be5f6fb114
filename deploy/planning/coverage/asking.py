"""What a person asks of coverage, made into a question on a ground."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from deploy.errors import UserError
from deploy.planning.changes import changed
from deploy.planning.coverage.demand_files import Read, read_areas, read_demand, read_incidents
from deploy.planning.question import YEARS, read_policy
from shared.contracts.records import AedRecord, StationRecord
from shared.coverage import DemandCells, Question, cells_of
from shared.coverage.question import TIERS, QuestionError
from shared.decision import Policy
from shared.decision.routing import Router
from shared.planning.counties import Counties, counties_of
from shared.planning.demand import of_base
from shared.planning.ground import DATE, noon
from shared.simulation.assumptions import DEFAULT
from shared.simulation.demand import Demand
from shared.snapshots import Known


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that it is put to."""

    known: Known
    demand: DemandCells
    router: Router | None
    question: Question
    told: dict[str, Any]
    """What the document tells of the ground besides: where it is from, what it assumes."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A registry and what is known of its place."""

    name: str
    base: str
    seed: int | None
    known: Known
    as_of: datetime
    time_zone: str
    centre: tuple[float, float]
    policy: Policy | None
    told: dict[str, Any]


def tiers_of(text: str) -> tuple[str, ...]:
    """Tiers by name, or all of them; raises :class:`UserError`."""
    names = [name.strip() for name in text.split(",")]
    if names == ["all"]:
        return TIERS
    unknown = [name for name in names if name not in TIERS]
    if unknown:
        raise UserError(f"--tier {unknown[0]}: choose from {', '.join(TIERS)}, or all")
    return tuple(dict.fromkeys(names))


def seconds_of(text: str) -> tuple[float, ...]:
    """Seconds, ascending; raises :class:`UserError`."""
    try:
        return tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError:
        raise UserError(f"--within-s {text}: write seconds such as 180,300,480,600") from None


def moment_of(text: str) -> datetime:
    """A moment with its zone; raises :class:`UserError`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"--at {text}: write a moment such as 2026-05-06T03:00:00+08:00") from None
    if at.tzinfo is None:
        raise UserError(f"--at {text}: has no time zone: add one, such as Z or +08:00")
    if not YEARS[0] <= at.year < YEARS[1]:
        raise UserError(f"--at {text}: choose a year from {YEARS[0]} to {YEARS[1] - 1}")
    return at


def asked_of(options: argparse.Namespace) -> Asked:
    """The question and its ground; raises :class:`UserError`."""
    tiers, within_s = tiers_of(options.tier), seconds_of(options.within_s)
    at = None if options.at is None else moment_of(options.at)
    policy = None if options.policy is None else read_policy(options.policy)
    place = _of_scenario(options, at) if options.scenario is not None else _kept(options, at)
    policy = policy or place.policy or read_policy(None)
    try:
        question = Question(
            as_of=place.as_of,
            time_zone=place.time_zone,
            scenario=place.name,
            tiers=tiers,
            within_s=within_s,
            at=at,
            by_hour=options.by_hour,
            gaps=options.gaps,
            policy=policy,
        )
    except QuestionError as error:
        field, _, problem = str(error).partition(": ")
        raise UserError(f"--{field.replace('_', '-')}: {problem}") from None
    demand = _demand(options, place)
    router, streets = _router(options, place, policy)
    told = {**place.told, "streets": streets}
    if streets is not None:
        told["attribution"] = [*told["attribution"], streets["attribution"]]
    # Changes move no people: the demand is of those who are there already.
    return Asked(changed(place.known, options.changes), demand, router, question, told)


def _of_scenario(options: argparse.Namespace, at: datetime | None) -> _Place:
    from deploy.extracts import provide
    from shared.scenarios import load
    from shared.scenarios.files import ScenarioError
    from shared.scenarios.records import known_of

    name = options.scenario
    provide(name)
    day = options.date or (DATE if at is None else at.astimezone(UTC).date())
    try:
        scenario = load(name, today=day)
    except ScenarioError as error:
        raise UserError(str(error)) from error
    manifest = scenario.manifest
    if options.date is None and at is None and manifest.today is not None:
        day = date.fromisoformat(manifest.today)
    as_of = at or noon(day)
    folder = Path(name)
    return _Place(
        name=folder.name if folder.is_dir() else name,
        base=manifest.name,
        seed=manifest.seed,
        known=known_of(scenario, as_of),
        as_of=as_of,
        time_zone=manifest.time_zone,
        centre=(manifest.centre.latitude, manifest.centre.longitude),
        policy=None,
        told={
            "source": f"scenario {manifest.name}",
            "synthetic": manifest.synthetic,
            "scenario_assumptions": [{"en": t.en, "zh-CN": t.zh} for t in manifest.assumptions],
            "attribution": [source.attribution for source in manifest.sources],
        },
    )


def _kept(options: argparse.Namespace, at: datetime | None) -> _Place:
    """What a running system knows now, or knew when its snapshot was kept."""
    from deploy.datadir import DataDir, default_data_dir
    from deploy.planning import live
    from deploy.planning.ground import decoded, read_snapshot

    file: Path | None = options.snapshot
    if file is None:
        document = live.take_snapshot(DataDir(default_data_dir()))
    else:
        document = read_snapshot(file)
    kept = decoded(document, file)
    known = kept.known
    sites: list[AedRecord | StationRecord] = [*known.stations, *known.aeds]
    if not sites:
        raise UserError(
            f"{file or '--live'}: the registry has no stations and no AEDs: import them first"
        )
    zones = Counter(site.time_zone for site in sites)
    middle = sorted(sites, key=lambda site: (site.latitude, site.longitude))[len(sites) // 2]
    return _Place(
        name="live" if file is None else file.stem,
        base="",
        seed=None,
        known=known,
        as_of=at or kept.taken_at,
        time_zone=max(sorted(zones), key=lambda zone: zones[zone]),
        centre=(middle.latitude, middle.longitude),
        policy=kept.policy,
        told={
            "source": kept.source,
            "snapshot": kept.id,
            "synthetic": {
                name: any(getattr(record, "synthetic", False) for record in known.table(name))
                for name in ("aeds", "rescuers", "stations", "units")
            },
            "scenario_assumptions": [],
            "attribution": list(kept.attribution),
        },
    )


def _demand(options: argparse.Namespace, place: _Place) -> DemandCells:
    read: Read | None = None
    if options.demand is not None:
        read = read_demand(options.demand, options.population)
        demand = read.demand
    else:
        demand = of_base(place.base, place.seed, place.known, DEFAULT, options.population)
    incidents = None
    if options.incidents is not None:
        incidents = read_incidents(options.incidents, place.time_zone)
        if incidents.hours is not None:
            demand = replace(demand, hours=incidents.hours)
    return cells_of(
        demand,
        incidents=incidents,
        cells=None if read is None else read.cells,
        counties=_counties(options, place, demand, read is not None),
    )


def _counties(
    options: argparse.Namespace, place: _Place, demand: Demand, by_file: bool
) -> Counties | None:
    """Areas that are named or loaded; else the scenario's own counties."""
    from deploy.basemap.boundaries import boundaries_file
    from deploy.datadir import DataDir, default_data_dir

    file = options.boundaries
    if file is None and options.live:
        loaded = boundaries_file(DataDir(default_data_dir()))
        file = loaded if loaded.is_file() else None
    if file is not None:
        units, whose = read_areas(file)
        return units, whose(demand)
    return None if by_file else counties_of(place.base, place.seed)


def _router(
    options: argparse.Namespace, place: _Place, policy: Policy
) -> tuple[Router | None, dict[str, Any] | None]:
    """Streets that are named, that come with the scenario, or that the running stack has."""
    from deploy.planning.streets import of_extract, of_folder, routed
    from shared.scenarios import roads_of

    if options.straight:
        return None, None
    name: str | None
    file = options.roads or (None if options.scenario is None else roads_of(options.scenario))
    if file is not None:
        graph, name = of_extract(file)
    elif place.known.streets is not None:
        from deploy.commands.plan_decide import folder_of

        graph, name = of_folder(folder_of(place.known.streets))
    else:
        return None, None
    router, streets = routed(graph, name, policy, place.centre)
    return router, None if router is None else streets
