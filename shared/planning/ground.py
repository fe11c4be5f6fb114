"""What a planning question is asked about: who and what is there, arrests, ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from shared.decision.routing import Router
from shared.errors import UserError
from shared.scenarios.scenario import Text
from shared.simulation.assumptions import Twist
from shared.simulation.demand import Demand
from shared.simulation.world import World, world_of
from shared.snapshots import Known

DATE = date(2026, 1, 5)
"""The day as of which a scenario is taken that names none: the same on every day."""


def noon(day: date = DATE) -> datetime:
    """The moment as of which a scenario of that day is taken."""
    return datetime.combine(day, time(12), UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    """A scenario, ready to be simulated in worlds that differ by a twist."""

    name: str
    known: Known
    at: datetime
    time_zone: str
    demand: Demand
    router: Router | None = None
    attribution: tuple[str, ...] = ()
    assumptions: tuple[Text, ...] = ()
    synthetic: Mapping[str, bool] = field(default_factory=dict)
    """For each table whether (some of) its rows are made up."""

    def world(self, seed: int, twist: Twist | None = None) -> World:
        """Its world; raises :class:`UserError`."""
        try:
            return world_of(
                self.known, self.at, self.time_zone, seed=seed, router=self.router, twist=twist
            )
        except ValueError as error:
            raise UserError(f"scenario {self.name}: {error}") from None


@dataclass(frozen=True, slots=True)
class Asked:
    """How much is simulated; the result does not depend on ``processes``."""

    years: float
    replications: int
    seed: int
    other_calls: bool = True
    processes: int = 1
