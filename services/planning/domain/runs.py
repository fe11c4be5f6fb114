"""What a run is, which states it passes, and what it may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from services.planning.domain.scenarios import ID_PATTERN
from shared.http.strict import Identifier, Strict
from shared.whatif import CHANGES_MOST, Change

LEASE: Final = timedelta(seconds=30)
"""How long a run belongs to a worker that says nothing more."""
TRIES: Final = 3
"""A run that has interrupted so many workers is not taken up again."""
MOST_WAITING: Final = 100
YEARS: Final = (2000, 2100)
"""Within which incidents are looked for."""

Json = dict[str, Any]


class Kind(StrEnum):
    """What is asked."""

    COVERAGE = "coverage"
    SITE = "site"
    RELOCATE = "relocate"
    SIMULATE = "simulate"
    COMPARE = "compare"
    REPLAY = "replay"


class State(StrEnum):
    """Where a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (State.DONE, State.FAILED, State.STOPPED)


@dataclass(frozen=True, slots=True)
class Run:
    """A run without its result, which may be large."""

    id: str
    kind: Kind
    state: State
    progress: float
    said: str
    scenario_id: str
    other_scenario_id: str | None
    parameters: Json
    changes: list[Json]
    problem: Json | None
    made_by: str
    made_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tries: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A run that a worker has taken, with what it needs for it."""

    id: str
    kind: Kind
    parameters: Json
    job: Json
    """Names, bases and changes of the scenarios, as the worker gets them."""
    snapshots: list[str]
    """The documents of the scenarios, in their order."""
    tries: int


# -- what may be asked -------------------------------------------------------------------------

Tier = Literal["aed", "rescuer", "chain", "health-centre", "station", "ambulance"]
Policy = Literal["target", "all-within-radius", "k-nearest", "two-thirds", "two-direct-one-aed"]
Seconds = Annotated[float, Field(gt=0, le=7_200)]


class CoverageParameters(Strict):
    """Which tiers, within which times, and when."""

    model_config = ConfigDict(title="CoverageParameters")

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=6)] | None = Field(
        default=None, description="Left out: all"
    )
    within_s: Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=12)] = (
        180.0, 300.0, 480.0, 600.0,
    )  # fmt: skip
    at: AwareDatetime | None = Field(default=None, description="Only at this moment of the week")
    by_hour: bool = Field(default=False, description="Also for each of the 168 hours of the week")
    population: Annotated[float, Field(gt=0, le=1e10)] | None = None


class Place(Strict):
    """A candidate, WGS-84 degrees."""

    model_config = ConfigDict(title="Candidate")

    id: Identifier
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class SiteParameters(Strict):
    """Where new AEDs go. Distances are straight lines on the globe, unless seconds are given."""

    model_config = ConfigDict(title="SiteParameters")

    model: Literal["mclp", "lscp", "pmedian", "pcenter", "mexclp"] = "mclp"
    radius_m: Annotated[float, Field(gt=0, le=200_000)] | None = None
    within_s: Seconds | None = Field(
        default=None, description="Seconds on foot, as the policy has them, instead of radius_m"
    )
    p: Annotated[int, Field(ge=0, le=500)] | None = Field(default=None, description="New ones")
    busy_fraction: Annotated[float, Field(ge=0, lt=1)] | None = None
    curve: bool = Field(
        default=False, description="mclp: also what 1, 2, 5, … up to p of them cover"
    )
    candidates: Annotated[tuple[Place, ...], Field(max_length=5_000)] | None = Field(
        default=None, description="Left out: wherever arrests are expected"
    )
    time_limit_s: Annotated[float, Field(gt=0, le=3_600)] = 60.0
    population: Annotated[float, Field(gt=0, le=1e10)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> SiteParameters:
        if self.radius_m is not None and self.within_s is not None:
            raise ValueError("give radius_m or within_s, not both")
        if self.model in ("mclp", "lscp", "mexclp") and not (self.radius_m or self.within_s):
            raise ValueError(f"model {self.model} needs radius_m or within_s")
        if self.model != "lscp" and self.p is None:
            raise ValueError(f"model {self.model} needs p, the number of new sites")
        if (self.model == "mexclp") != (self.busy_fraction is not None):
            raise ValueError("busy_fraction is for model mexclp, which needs it")
        return self


class RelocateParameters(Strict):
    """Which AEDs to move and which to add within a budget."""

    model_config = ConfigDict(title="RelocateParameters")

    budget: Annotated[float, Field(ge=0, le=1e9)]
    cost_new: Annotated[float, Field(gt=0, le=1e9)] = 1.0
    cost_move: Annotated[float, Field(gt=0, le=1e9)] = 0.2
    radius_m: Annotated[float, Field(gt=0, le=200_000)] | None = None
    within_s: Seconds | None = None
    time_limit_s: Annotated[float, Field(gt=0, le=3_600)] = 60.0
    population: Annotated[float, Field(gt=0, le=1e10)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> RelocateParameters:
        if (self.radius_m is None) == (self.within_s is None):
            raise ValueError("give radius_m or within_s")
        return self


class SimulateParameters(Strict):
    """Under which policies, for how long, how often."""

    model_config = ConfigDict(title="SimulateParameters")

    policies: Annotated[tuple[Policy, ...], Field(min_length=1, max_length=5)] = ("target",)
    years: Annotated[float, Field(gt=0, le=50)] = 0.1
    replications: Annotated[int, Field(ge=1, le=200)] = 3
    seed: Annotated[int, Field(ge=0, le=2**53)] = 1
    other_calls: bool = Field(default=True, description="Other calls take ambulances as well")
    population: Annotated[float, Field(gt=0, le=1e10)] | None = None

    @model_validator(mode="after")
    def _once(self) -> SimulateParameters:
        if len(set(self.policies)) != len(self.policies):
            raise ValueError("policies: give each once")
        return self


class ReplayParameters(Strict):
    """Which incidents, decided again under which policy."""

    model_config = ConfigDict(title="ReplayParameters")

    policy: Policy
    since: AwareDatetime | None = Field(default=None, description="Left out: 30 days ago")
    until: AwareDatetime | None = Field(default=None, description="Left out: now")
    most: Annotated[int, Field(ge=1, le=500)] = Field(
        default=200, description="The newest ones, at most so many"
    )

    @model_validator(mode="after")
    def _in_order(self) -> ReplayParameters:
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment is not None and not YEARS[0] <= moment.year < YEARS[1]:
                raise ValueError(f"{name}: give a year from {YEARS[0]} to {YEARS[1] - 1}")
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError("until is before since: give a later time")
        return self


ScenarioId = Annotated[
    str, Field(pattern=ID_PATTERN, description="A built-in one's name, live, or a saved one's id")
]
Changes = Annotated[
    tuple[Change, ...],
    Field(max_length=CHANGES_MOST, description="On top of the scenario's own, not saved"),
]


class _RunIn(Strict):
    scenario_id: ScenarioId
    changes: Changes = ()


class CoverageIn(_RunIn):
    """What is reached within how many minutes."""

    kind: Literal["coverage"]
    parameters: CoverageParameters = Field(default_factory=CoverageParameters)


class SiteIn(_RunIn):
    """Where new ones go, proven."""

    kind: Literal["site"]
    parameters: SiteParameters


class RelocateIn(_RunIn):
    """What to move and what to add, proven."""

    kind: Literal["relocate"]
    parameters: RelocateParameters


class SimulateIn(_RunIn):
    """Simulated arrests with the decision that dispatch makes."""

    kind: Literal["simulate"]
    parameters: SimulateParameters = Field(default_factory=SimulateParameters)


class CompareIn(_RunIn):
    """The same simulated arrests in two scenarios."""

    kind: Literal["compare"]
    other_scenario_id: ScenarioId
    parameters: SimulateParameters = Field(default_factory=SimulateParameters)


class ReplayIn(Strict):
    """Past incidents, decided again under another policy on what each decision knew."""

    kind: Literal["replay"]
    scenario_id: Literal["live"] = "live"
    parameters: ReplayParameters


RunIn = Annotated[
    CoverageIn | SiteIn | RelocateIn | SimulateIn | CompareIn | ReplayIn,
    Field(discriminator="kind"),
]
