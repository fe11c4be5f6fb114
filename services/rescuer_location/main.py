"""The composition root: what the rescuers' service is made of and the order in which it starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.rescuer_location.api import PHOTO_LIMITS, PUBLIC_PATHS, routers
from services.rescuer_location.handlers import PositionsHandler
from services.rescuer_location.settings import RescuerLocationSettings
from services.rescuer_location.store import RescuerStore
from services.rescuer_location.work.code_sender import CodeSender
from services.rescuer_location.work.consent import ConsentTexts
from services.rescuer_location.work.duties import Duties
from services.rescuer_location.work.enrolments import Enrolments
from services.rescuer_location.work.newcomers import Newcomers
from services.rescuer_location.work.presence import Presence
from services.rescuer_location.work.publisher import PresencePublisher
from services.rescuer_location.work.register import Register
from services.rescuer_location.work.retention import Retention
from shared.clock import Clock
from shared.contracts.records import PresenceRecord
from shared.contracts.topics import POSITIONS, PRESENCE
from shared.decision.policy import default_policy
from shared.http.client import make_client
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
        public=PUBLIC_PATHS,
        body_limits={
            "/rescuers/bulk": BULK_LIMIT_BYTES,
            "/rescuers/files": BULK_LIMIT_BYTES,
            **PHOTO_LIMITS,
        },
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
    register = Register(
        store,
        presence,
        relay.wake,
        photo_days=settings.photo_days,
        unverified_days=settings.photo_unverified_days,
    )
    secret = settings.codes_secret
    sender = CodeSender(
        url=None if settings.codes_url is None else str(settings.codes_url),
        secret="" if secret is None else secret.get_secret_value(),
        client=await service.enter(make_client(settings, authorized=False)),
        clock=clock,
    )
    service.on_stop(sender.stop)
    try:
        dispatch = settings.url_of("dispatch")
    except LookupError:
        dispatch = []  # a register alone: what dispatch knows is not known here
    duties = Duties(await service.enter(make_client(settings)), dispatch)
    newcomers = Newcomers(register, time_zone=settings.time_zone)
    enrolments = Enrolments(
        store,
        sender,
        newcomers,
        region=settings.phone_region,
        most_an_hour=settings.codes_per_hour,
    )
    service.provide(
        store,
        presence,
        register,
        duties,
        newcomers,
        enrolments,
        ConsentTexts(
            presence_keep_s=settings.presence_keep_s,
            photo_days=settings.photo_days,
            unverified_days=settings.photo_unverified_days,
        ),
        settings,
        default_policy(),
    )
    service.spawn("retention", keep_little(Retention(store, clock), settings.retention_every_s))
    link = KafkaLink(broker, relay=relay, watch=watch)
    service.on_stop(link.stop)
    await link.start(wait_s=settings.kafka_wait_s)
    service.spawn("tidy", keep_tidy(presence, settings.presence_tidy_every_s))


async def keep_little(retention: Retention, every_s: float) -> None:
    """Deletes photos, enrolments and sessions that are past their time, again and again."""
    while True:
        try:
            await retention.tidy()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("retention not looked at", error=type(error).__name__)
        await asyncio.sleep(every_s)


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
