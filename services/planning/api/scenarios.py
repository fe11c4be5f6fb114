"""Scenarios: built in, live, and those that planners save."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict, Field

from services.planning.api.access import Authorization, Planner
from services.planning.domain.runs import Changes, ScenarioId
from services.planning.domain.scenarios import (
    BUILT_IN,
    ID_PATTERN,
    LIVE,
    Scenario,
    Sites,
    Snapshot,
    counts_after,
)
from services.planning.store import ScenarioStore
from services.planning.work.bases import Bases
from shared.http.etag import IfMatchHeader, etag
from shared.http.parts import Now, use
from shared.http.problems import conflict, invalid, problems
from shared.http.routing import new_router
from shared.http.strict import Name, Strict, Text
from shared.ids import new_id
from shared.scenarios.catalogue import LISTED
from shared.whatif import ChangeError

router = new_router("scenarios")

Scenarios = Annotated[ScenarioStore, use(ScenarioStore)]
TheBases = Annotated[Bases, use(Bases)]
PathId = Annotated[str, Path(pattern=ID_PATTERN, examples=["live"])]
TABLES = ("aeds", "rescuers", "stations", "units")


class Out(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid")


class Counts(Out):
    """How much there is, changes included."""

    aeds: int
    rescuers: int
    stations: int
    units: int


class ScenarioListed(Out):
    """A scenario in the list."""

    id: str
    name: str
    source: Literal["built-in", "live", "saved"]
    based_on: str | None
    made_at: datetime | None
    made_by: str | None
    note: str | None
    changes: int
    counts: Counts | None = Field(description="null: dispatch does not answer")


class ScenariosOut(Out):
    """All scenarios: built-in ones, the live one, then those saved, the newest first."""

    scenarios: list[ScenarioListed]


class AedSite(Out):
    """An AED, the scenario's changes made."""

    id: str
    name: str
    latitude: float
    longitude: float
    hours: str | None
    floor: int | None
    state: str
    time_zone: str
    synthetic: bool


class StationSite(Out):
    """A station, the scenario's changes made."""

    id: str
    name: str
    tier: str
    latitude: float
    longitude: float
    hours: str | None
    hospital: bool
    time_zone: str
    synthetic: bool


class SitesOut(Out):
    """What stands where once the scenario's changes are made."""

    aeds: list[AedSite]
    stations: list[StationSite]


class ScenarioOut(Out):
    """A scenario as a whole."""

    id: str
    name: str
    source: Literal["built-in", "live", "saved"]
    based_on: str | None
    made_at: datetime | None
    made_by: str | None
    updated_at: datetime | None
    version: int | None
    note: str | None
    changes: list[dict[str, Any]]
    counts: Counts | None
    sites: SitesOut
    bounds: list[float] | None = Field(description="west, south, east, north; null without sites")
    snapshot_at: datetime | None = Field(description="When the base was taken; null: it is now's")


class ScenarioIn(Strict):
    """A new scenario."""

    name: Name
    based_on: ScenarioId
    note: Text | None = None
    changes: Changes = ()


class ScenarioChange(Strict):
    """A scenario as it is to be from now on; what it stands on stays."""

    name: Name
    based_on: ScenarioId | None = Field(default=None, description="As it was, or left out")
    note: Text | None = None
    changes: Changes = ()


def _counts(found: dict[str, int] | None) -> Counts | None:
    return None if found is None else Counts(**{name: found.get(name, 0) for name in TABLES})


def _site(row: dict[str, Any], kind: type[AedSite] | type[StationSite]) -> Any:
    values = {**row, "hours": row.get("opening_hours")}
    values.setdefault("synthetic", bool(row.get("provenance", {}).get("synthetic")))
    return kind.model_validate({name: values.get(name) for name in kind.model_fields})


def _sites(sites: Sites) -> SitesOut:
    return SitesOut(
        aeds=[_site(row, AedSite) for row in sites.aeds],
        stations=[_site(row, StationSite) for row in sites.stations],
    )


def _saved(scenario: Scenario, base: Sites) -> ScenarioOut:
    sites = base.after(scenario.changes)
    return ScenarioOut(
        id=scenario.id,
        name=scenario.name,
        source="saved",
        based_on=scenario.based_on,
        made_at=scenario.made_at,
        made_by=scenario.made_by,
        updated_at=scenario.updated_at,
        version=scenario.version,
        note=scenario.note,
        changes=scenario.changes,
        counts=_counts(counts_after(scenario.counts, scenario.changes)),
        sites=_sites(sites),
        bounds=sites.bounds(),
        snapshot_at=scenario.taken_at,
    )


def checked(changes: Sequence[Any], snapshot: Snapshot, before: Sequence[Any] = ()) -> list[Any]:
    """Changes as JSON, when they can be made after those before; raises a 422 problem."""
    told = [change.model_dump(mode="json", exclude_unset=True) for change in changes]
    try:
        snapshot.sites.after([*before, *told])
    except ChangeError as error:
        index = error.index - len(before)
        raise invalid(f"changes.{index}.{error.field}", error.message, error.mend) from None
    return told


@router.get("/planning/scenarios")
async def list_scenarios(
    who: Planner, scenarios: Scenarios, bases: TheBases, authorization: Authorization
) -> ScenariosOut:
    """What can be planned on."""
    listed = [
        ScenarioListed(
            id=each.name,
            name=each.title.en,
            source="built-in",
            based_on=None,
            made_at=None,
            made_by=None,
            note=each.title.zh,
            changes=0,
            counts=_counts(each.counts),
        )
        for each in LISTED
    ]
    live = ScenarioListed(
        id=LIVE,
        name=LIVE,
        source="live",
        based_on=None,
        made_at=None,
        made_by=None,
        note=None,
        changes=0,
        counts=_counts(await bases.live_counts(authorization)),
    )
    saved = [
        ScenarioListed(
            id=each.id,
            name=each.name,
            source="saved",
            based_on=each.based_on,
            made_at=each.made_at,
            made_by=each.made_by,
            note=each.note,
            changes=len(each.changes),
            counts=_counts(counts_after(each.counts, each.changes)),
        )
        for each in await scenarios.all()
    ]
    return ScenariosOut(scenarios=[live, *listed, *saved])


@router.post("/planning/scenarios", status_code=201, responses=problems(404, 409))
async def create_scenario(
    who: Planner,
    scenarios: Scenarios,
    bases: TheBases,
    authorization: Authorization,
    now: Now,
    row: ScenarioIn,
    response: Response,
) -> ScenarioOut:
    """Saves a scenario on a base that is taken now and kept; on a saved one, with its changes."""
    base = await bases.base(row.based_on, authorization)
    changes = [*base.changes, *checked(row.changes, base.snapshot, base.changes)]
    scenario = Scenario(
        id=new_id("scn"),
        version=1,
        name=row.name,
        based_on=row.based_on,
        snapshot_id=base.snapshot.id,
        base=base.snapshot.base,
        taken_at=base.snapshot.taken_at,
        counts=base.snapshot.counts,
        made_at=now,
        made_by=who.actor,
        updated_at=now,
        note=row.note,
        changes=changes,
    )
    await scenarios.insert(scenario)
    response.headers["Location"] = f"/planning/scenarios/{scenario.id}"
    response.headers["ETag"] = etag(1)
    return _saved(scenario, base.snapshot.sites)


@router.get("/planning/scenarios/{scenario_id}", responses=problems(409))
async def read_scenario(
    who: Planner,
    scenarios: Scenarios,
    bases: TheBases,
    authorization: Authorization,
    scenario_id: PathId,
    response: Response,
) -> ScenarioOut:
    """One with its sites; a saved one's ETag is what a change must name."""
    if scenario_id != LIVE and scenario_id not in BUILT_IN:
        scenario = await scenarios.get(scenario_id)
        response.headers["ETag"] = etag(scenario.version)
        return _saved(scenario, (await bases.snapshot_of(scenario)).sites)
    if scenario_id == LIVE:
        sites, taken_at, name, note = await bases.live_sites(authorization), None, LIVE, None
        counts = await bases.live_counts(authorization)
    else:
        snapshot = await bases.built_in(scenario_id)
        sites, taken_at, counts = snapshot.sites, snapshot.taken_at, snapshot.counts
        listed = next(each for each in LISTED if each.name == scenario_id)
        name, note = listed.title.en, listed.title.zh
    return ScenarioOut(
        id=scenario_id,
        name=name,
        source="live" if scenario_id == LIVE else "built-in",
        based_on=None,
        made_at=None,
        made_by=None,
        updated_at=None,
        version=None,
        note=note,
        changes=[],
        counts=_counts(counts),
        sites=_sites(sites),
        bounds=sites.bounds(),
        snapshot_at=taken_at,
    )


def _only_saved(scenario_id: str) -> None:
    if scenario_id == LIVE or scenario_id in BUILT_IN:
        raise conflict(
            "not-yours-to-change",
            "This scenario cannot be changed",
            f"{scenario_id} comes with the software: save one that is based on it.",
        )


@router.put("/planning/scenarios/{scenario_id}", responses=problems(409))
async def change_scenario(
    who: Planner,
    scenarios: Scenarios,
    bases: TheBases,
    now: Now,
    scenario_id: PathId,
    row: ScenarioChange,
    if_match: IfMatchHeader,
    response: Response,
) -> ScenarioOut:
    """Replaces name, note and changes; what it stands on stays."""
    _only_saved(scenario_id)
    before = await scenarios.get(scenario_id)
    if_match.check(before.version)
    if row.based_on not in (None, before.based_on):
        raise invalid("based_on", "cannot be another one now", "save a new scenario on that base")
    snapshot = await bases.snapshot_of(before)
    changes = checked(row.changes, snapshot)
    scenario = await scenarios.replace(
        scenario_id, if_match=if_match, name=row.name, note=row.note, changes=changes, now=now
    )
    response.headers["ETag"] = etag(scenario.version)
    return _saved(scenario, snapshot.sites)


@router.delete("/planning/scenarios/{scenario_id}", status_code=204, responses=problems(409))
async def delete_scenario(who: Planner, scenarios: Scenarios, scenario_id: PathId) -> None:
    """Takes a scenario away; what its runs found stays."""
    _only_saved(scenario_id)
    await scenarios.delete(scenario_id)
