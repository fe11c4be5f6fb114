"""The composition root: what the register of AEDs is made of and the order in which it starts."""

from __future__ import annotations

from pathlib import Path

from services.aed_registry.api import PUBLIC_PATHS, routers
from services.aed_registry.handlers import IncidentsHandler
from services.aed_registry.settings import Settings
from services.aed_registry.store import AedStore
from services.aed_registry.work import Desk
from shared.clock import Clock
from shared.contracts.topics import INCIDENTS
from shared.http.middleware import BULK_LIMIT_BYTES
from shared.messaging.broker import make_broker
from shared.messaging.consumer import consume
from shared.messaging.link import KafkaLink
from shared.messaging.outbox import OutboxRelay
from shared.messaging.watch import ConsumerWatch
from shared.service import Service

MIGRATIONS = Path(__file__).parent / "migrations"
TITLE = "Lifering AED registry"
DESCRIPTION = (
    "The register of AEDs: place, hours, access, condition, checks and reports. Cabinet codes and "
    "keepers are shown only to who runs the register; what is public has neither."
)


def build(settings: Settings | None = None, clock: Clock | None = None) -> Service[Settings]:
    """The service, not yet started."""
    return Service(
        settings or Settings(),
        title=TITLE,
        description=DESCRIPTION,
        start=start,
        routers=routers(),
        public=PUBLIC_PATHS,
        body_limits={"/aeds/bulk": BULK_LIMIT_BYTES, "/aeds/files": BULK_LIMIT_BYTES},
        clock=clock,
    )


async def start(service: Service[Settings]) -> None:
    """Connects the parts; requests are answered from when the database is there."""
    settings = service.settings
    pool = await service.database(MIGRATIONS)
    watch = ConsumerWatch(service.health)
    broker = make_broker(settings)
    relay = OutboxRelay(
        pool=pool,
        broker=broker,
        schema=settings.database_schema,
        clock=service.clock,
        watch=watch,
    )
    aeds = AedStore(pool, source=settings.source)
    desk = Desk(aeds, relay.wake)
    # Not required: the register is read and written while Kafka, and what it tells, is away.
    consume(
        broker,
        INCIDENTS,
        service="aed_registry",
        handle=IncidentsHandler(desk, service.clock).handle,
        watch=watch,
        required=False,
    )
    service.provide(aeds, desk)
    link = KafkaLink(broker, relay=relay, watch=watch)
    service.on_stop(link.stop)
    await link.start()
