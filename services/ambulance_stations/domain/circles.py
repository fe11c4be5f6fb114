"""What each station reaches within ten minutes, by the modes of its units.

The ways are those of the decision (:mod:`shared.decision.circle`): on streets where they are loaded
and the station is near one, else on the H3 grid with the policy's route factor; after the order and
the unit's turnout. A station without units reaches nobody, so it has no circle. The circle is what
the station covers when its units stand in front of it: where a unit is at the moment, or whether it
is busy, does not change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.contracts.records import CircleBand
from shared.contracts.words import TransportMode, UnitKind
from shared.decision.circle import count, router_at, station_circle
from shared.decision.policy import Policy
from shared.decision.routing import Router


@dataclass(frozen=True, slots=True)
class Fleet:
    """The units of a station that go alike."""

    kind: UnitKind
    mode: TransportMode


@dataclass(frozen=True, slots=True)
class Circle:
    """What units of one kind and mode reach from one place."""

    kind: UnitKind
    mode: TransportMode
    basis: str
    turnout_s: float
    bands: tuple[CircleBand, ...]
    streets: str | None = None
    """Version of the street graph; None on the grid."""

    @property
    def cells(self) -> int:
        """How many cells are reached at all."""
        return count(self.bands)


def turnout_s(kind: UnitKind, policy: Policy) -> float:
    """Seconds from the order's receipt to wheels moving (the policy's number for that kind)."""
    if kind is UnitKind.AMBULANCE:
        return policy.units.ambulance_turnout_s
    return policy.units.health_team_turnout_s


def circles_of(
    latitude: float,
    longitude: float,
    fleets: Iterable[Fleet],
    policy: Policy,
    router: Router | None = None,
) -> list[Circle]:
    """One circle for each kind and mode at a WGS-84 place, the widest first.

    Where the streets of ``router`` do not come near the place, it is worked out on the grid.
    """
    router = router_at(router, latitude, longitude)
    circles = [
        Circle(
            kind=fleet.kind,
            mode=fleet.mode,
            basis="h3-grid" if router is None else router.basis,
            streets=None if router is None else router.version,
            turnout_s=turnout_s(fleet.kind, policy),
            bands=station_circle(
                latitude,
                longitude,
                mode=fleet.mode,
                turnout_s=turnout_s(fleet.kind, policy),
                policy=policy,
                router=router,
            ),
        )
        for fleet in set(fleets)
    ]
    circles.sort(key=lambda circle: (-circle.cells, circle.turnout_s, circle.kind, circle.mode))
    return circles


def published(circles: Sequence[Circle]) -> Circle | None:
    """The one that speaks for the station: the widest; None when it has no units."""
    return circles[0] if circles else None
