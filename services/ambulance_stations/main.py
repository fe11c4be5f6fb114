"""The composition root: what stations and units are made of and the order in which it starts."""

from __future__ import annotations

from pathlib import Path

from services.ambulance_stations.api import routers
from services.ambulance_stations.handlers import OrdersHandler
from services.ambulance_stations.settings import Settings
from services.ambulance_stations.store import CircleStore, StationStore, UnitStore
from services.ambulance_stations.work.circles import CircleMaker
from services.ambulance_stations.work.states import UnitDesk
from shared.clock import Clock
from shared.contracts.topics import ORDERS
from shared.decision.policy import Policy, default_policy, named_policy
from shared.http.middleware import BULK_LIMIT_BYTES
from shared.messaging.broker import make_broker
from shared.messaging.consumer import consume
from shared.messaging.link import KafkaLink
from shared.messaging.outbox import OutboxRelay
from shared.messaging.watch import ConsumerWatch
from shared.service import Service

MIGRATIONS = Path(__file__).parent / "migrations"
TITLE = "Lifering ambulance stations"
DESCRIPTION = (
    "Stations of the four tiers, their units and crews, what each unit is doing, and the circle "
    "that each station reaches within ten minutes."
)


def build(settings: Settings | None = None, clock: Clock | None = None) -> Service[Settings]:
    """The service, not yet started."""
    return Service(
        settings or Settings(),
        title=TITLE,
        description=DESCRIPTION,
        start=start,
        routers=routers(),
        body_limits={"/stations/bulk": BULK_LIMIT_BYTES, "/units/bulk": BULK_LIMIT_BYTES},
        clock=clock,
    )


async def start(service: Service[Settings]) -> None:
    """Connects the parts; requests are answered from when the database is there."""
    settings, clock = service.settings, service.clock
    policy = _policy(settings)
    pool = await service.database(MIGRATIONS)
    watch = ConsumerWatch(service.health)
    broker = make_broker(settings)
    relay = OutboxRelay(
        pool=pool, broker=broker, schema=settings.database_schema, clock=clock, watch=watch
    )
    units = UnitStore(pool, source=settings.source)
    stations = StationStore(pool, units, source=settings.source)
    circles = CircleStore(pool, source=settings.source)
    maker = CircleMaker(circles, policy, clock=clock, streets=settings.streets)

    def after_commit() -> None:
        relay.wake()
        maker.wake()

    desk = UnitDesk(units, commander=settings.units, clock=clock, after_commit=after_commit)
    consume(
        broker,
        ORDERS,
        service="ambulance_stations",
        handle=OrdersHandler(desk).handle,
        watch=watch,
    )
    service.spawn("circles", maker.run())
    service.provide(stations, units, circles, desk)
    link = KafkaLink(broker, relay=relay, watch=watch)
    service.on_stop(link.stop)
    await link.start()


def _policy(settings: Settings) -> Policy:
    """The deployment's policy; one that cannot be used ends the start with its one error."""
    name = settings.policy or settings.policy_file
    return named_policy(name) if name else default_policy()
