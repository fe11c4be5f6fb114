"""The streets that plans are routed on, and what is kept ready on them.

They are read once, at the start, as memory maps: streets that are replaced on disk are taken at the
next start. Where they cannot be used plans are made on the H3 grid, and everybody is told so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.dispatch.work.picture import Picture
from shared.contracts.words import TransportMode
from shared.decision.circle import prepare_circles, router_at
from shared.decision.policy import Policy
from shared.decision.routing import Router
from shared.streets.graph import GraphError, load
from shared.streets.router import StreetRouter, warm
from shared.telemetry.health import Check
from shared.telemetry.logs import logger

log = logger(__name__)

SETTLE_S = 1.0
"""Changes of the tables that follow each other so soon are prepared for together (our choice)."""

AED_MODES = (TransportMode.FOOT, TransportMode.E_BIKE, TransportMode.CAR)
"""One of each network: trees are by network, speeds come later."""


@dataclass(frozen=True, slots=True)
class StreetsInUse:
    """What plans are routed on, for people."""

    basis: str
    """``streets`` or ``h3-grid``."""
    version: str | None
    attribution: str | None
    warning: str | None
    """Why there are no streets although some were asked for; one line."""


class StreetNetwork:
    """The router of this instance, if it has one."""

    def __init__(self, router: StreetRouter | None = None, warning: str | None = None) -> None:
        self._router = router
        self.warning = warning
        self._changed = asyncio.Event()

    @classmethod
    async def read(cls, folder: str, policy: Policy) -> StreetNetwork:
        """Reads the streets of a folder and compiles what they need; empty: none are asked for.

        A folder that cannot be used stops nothing: it is told in one line.
        """
        if not folder:
            return cls()
        try:
            router = await asyncio.to_thread(_read, folder, policy)
        except (GraphError, OSError, ValueError) as error:
            warning = f"no streets, plans are made on the H3 grid: {error}"
            log.warning("no streets: plans are made on the H3 grid", why=str(error))
            return cls(warning=warning)
        log.info("plans are routed on streets", version=router.version)
        return cls(router)

    @property
    def in_use(self) -> StreetsInUse:
        """What plans are routed on."""
        if self._router is None:
            return StreetsInUse("h3-grid", None, None, self.warning)
        graph = self._router.graph
        return StreetsInUse("streets", graph.version, graph.attribution, self.warning)

    def check(self) -> Check:
        """For ``/ready``: never a reason to send calls elsewhere, but one to look."""
        if self.warning is not None:
            return Check(True, f"warning: {self.warning}")
        in_use = self.in_use
        return Check(True, in_use.basis if in_use.version is None else f"streets {in_use.version}")

    def router_at(self, latitude: float, longitude: float) -> Router | None:
        """The router for a patient there; None is the grid: also where no street is near."""
        return router_at(self._router, latitude, longitude)

    @property
    def router(self) -> Router | None:
        """The router for no place in particular; None is the grid."""
        return self._router

    def failed(self, error: Exception) -> None:
        """The router failed while a call was planned; the plan was made on the grid instead."""
        self.warning = f"the streets fail, plans are made on the H3 grid: {type(error).__name__}"
        log.error("streets failed: planned on the H3 grid", error=str(error)[:200], exc_info=error)

    def changed(self) -> None:
        """AEDs, stations or units are at other places now."""
        self._changed.set()

    async def keep_ready(self, picture: Picture) -> None:
        """Makes the trees of AEDs and stations ahead of calls, until cancelled; in a thread.

        A decision that needs one before it is there makes it itself.
        """
        known: tuple[frozenset[tuple[float, float]], ...] = (frozenset(), frozenset())
        while True:
            await self._changed.wait()
            await asyncio.sleep(SETTLE_S)
            self._changed.clear()
            if self._router is None:
                continue
            places = _aed_places(picture), _unit_places(picture)
            new = [sorted(now - before) for now, before in zip(places, known, strict=True)]
            try:
                made = await asyncio.to_thread(_prepare, self._router, *new)
            except Exception:
                # Trees only save time: without them the next call takes a little longer.
                log.exception("trees were not prepared")
                continue
            known = places
            log.info("trees are prepared", aeds=made[0], stations=made[1])


def _read(folder: str, policy: Policy) -> StreetRouter:
    router = StreetRouter(load(Path(folder)), policy.streets, policy.travel)
    warm(router)
    prepare_circles(router, policy)
    return router


Places = frozenset[tuple[float, float]]


def _aed_places(picture: Picture) -> Places:
    records = (picture.aeds.get(aed_id) for aed_id in list(picture.aeds))
    return frozenset((aed.latitude, aed.longitude) for aed in records if aed is not None)


def _unit_places(picture: Picture) -> Places:
    return frozenset((s.latitude, s.longitude) for s in picture.stations.values())


def _prepare(
    router: StreetRouter, aeds: list[tuple[float, float]], stations: list[tuple[float, float]]
) -> tuple[int, int]:
    return (
        router.prepare(np.array(aeds, np.float64).reshape(-1, 2), AED_MODES),
        router.prepare_units(np.array(stations, np.float64).reshape(-1, 2), AED_MODES),
    )
