"""The composition root: what planning is made of and the order in which it starts."""

from __future__ import annotations

from pathlib import Path

from services.planning.api import routers
from services.planning.settings import Settings
from services.planning.store import RunStore, ScenarioStore, SnapshotStore
from services.planning.work.bases import Bases
from services.planning.work.past import Past
from services.planning.work.runner import Runner
from shared.clock import Clock
from shared.http.client import make_client
from shared.service import Service

MIGRATIONS = Path(__file__).parent / "migrations"
TITLE = "Lifering planning"
DESCRIPTION = (
    "Scenarios and changes to them, and runs that say what they would bring: coverage, sites, "
    "simulated years, past incidents decided again. Runs are worked one after the other by "
    "processes of their own, and none is lost."
)
PATIENCE_S = 60.0
"""For a snapshot of tens of thousands of rescuers."""


def build(settings: Settings | None = None, clock: Clock | None = None) -> Service[Settings]:
    """The service, not yet started."""
    return Service(
        settings or Settings(),
        title=TITLE,
        description=DESCRIPTION,
        start=start,
        routers=routers(),
        clock=clock,
    )


async def start(service: Service[Settings]) -> None:
    """Connects the parts; requests are answered from when the database is there."""
    settings, clock = service.settings, service.clock
    pool = await service.database(MIGRATIONS)
    scenarios, snapshots, runs = ScenarioStore(pool), SnapshotStore(pool), RunStore(pool)
    # Asked in the askers' names, never in its own.
    client = await service.enter(make_client(settings, timeout_s=PATIENCE_S, authorized=False))
    bases = Bases(scenarios, snapshots, client, settings)
    runner = Runner(runs, snapshots, settings=settings, clock=clock)
    service.provide(scenarios, runs, bases, Past(bases), runner)
    service.spawn("runs", runner.run())
