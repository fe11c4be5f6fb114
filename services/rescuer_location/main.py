"""The composition root: what the rescuers' service is made of and the order in which it starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.rescuer_location.api import routers
from services.rescuer_location.handlers import PositionsHandler
from services.rescuer_location.settings import RescuerLocationSettings
from services.rescuer_location.store import RescuerStore
from services.rescuer_location.work.presence import Presence
from services.rescuer_location.work.publisher import PresencePublisher
from services.rescuer_location.work.register import Register
from shared.clock import Clock
from shared.contracts.records import PresenceRecord
from shared.contracts.topics import POSITIONS, PRESENCE
from shared.decision.policy import default_policy
from shared.http.middleware import BULK_LIMIT_BYTES
from shared.messaging.broker import make_broker
from shared.messaging.consumer import consume
from shared.messaging.errors import is_transient
from shared.messaging.link import KafkaLink
from shared.messaging.outbox import OutboxRelay
from shared.messaging.table import Table, follow
from shared.messaging.watch import ConsumerWatch
from shared.service import Service
from shared.telemetry.logs import logger

log = logger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
TITLE = "Lifering rescuers"
DESCRIPTION = (
    "The register of volunteer rescuers, and the cell in which each of them is now. Names, numbers "
    "and certificates' numbers are shown to registrars and administrators, and to rescuers "
    "themselves; places are H3 cells and never coordinates."
)


def build(
    settings: RescuerLocationSettings | None = None, clock: Clock | None = None
) -> Service[RescuerLocationSettings]:
    """The service, not yet started."""
    return Service(
        settings or RescuerLocationSettings(),
        title=TITLE,
        description=DESCRIPTION,
        start=start,
        routers=routers,
        body_limits={"/rescuers/bulk": BULK_LIMIT_BYTES},
        clock=clock,
    )


async def start(service: Service[RescuerLocationSettings]) -> None:
    """Connects the parts; requests are answered from when the database is there."""
    settings, clock = service.settings, service.clock
    pool = await service.database(MIGRATIONS)
    watch = ConsumerWatch(service.health)
    # A few milliseconds of linger: presence comes in batches that wait for all of themselves.
    broker = make_broker(settings, linger_ms=2)
    relay = OutboxRelay(
        pool=pool, broker=broker, schema=settings.database_schema, clock=clock, watch=watch
    )
    store = RescuerStore(pool, source=settings.source)
    table: Table[PresenceRecord] = follow(broker, PRESENCE, table=Table(PRESENCE), watch=watch)
    presence = Presence(
        table=table,
        store=store,
        publisher=PresencePublisher(broker, source=settings.source),
        clock=clock,
        policy=settings.presence_policy,
    )
    consume(
        broker,
        POSITIONS,
        service="rescuer_location",
        handle=PositionsHandler(presence).handle,
        batch=True,
        max_records=settings.positions_batch,
        watch=watch,
    )
    service.provide(store, presence, Register(store, presence, relay.wake), default_policy())
    link = KafkaLink(broker, relay=relay, watch=watch)
    service.on_stop(link.stop)
    await link.start(wait_s=settings.kafka_wait_s)
    service.spawn("tidy", keep_tidy(presence, settings.presence_tidy_every_s))


async def keep_tidy(presence: Presence, every_s: float) -> None:
    """Deletes what must not be kept, again and again; servers that are away are waited for."""
    while True:
        try:
            deleted = await presence.tidy()
            if deleted:
                log.info("presences deleted", count=deleted)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("presences not looked through", error=type(error).__name__)
        await asyncio.sleep(every_s)
