"""The composition root: what alerting is made of and the order in which it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import httpx

from services.alerting.api import me, providers, push
from services.alerting.domain.order import IN_APP, WEB_PUSH
from services.alerting.handlers import AlertsHandler
from services.alerting.settings import Settings
from services.alerting.work.channels import Channel, Channels, InAppChannel
from services.alerting.work.desk import Desk
from services.alerting.work.devices import Devices, WebPush
from services.alerting.work.push import PushServices, WebPushChannel
from services.alerting.work.signed_out import SignedOutDevices
from services.alerting.work.streams import Hub, Listener
from services.alerting.work.webhook import WebhookChannel, WebhookSecrets
from services.alerting.work.worker import DeliveryWorker
from shared.clock import Clock
from shared.contracts.topics import ALERTS
from shared.http.client import make_client
from shared.messaging.broker import make_broker
from shared.messaging.consumer import consume
from shared.messaging.link import KafkaLink
from shared.messaging.outbox import OutboxRelay
from shared.messaging.watch import ConsumerWatch
from shared.service import Service
from shared.telemetry.health import Check
from shared.telemetry.logs import logger

log = logger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
TITLE = "Lifering alerting"
DESCRIPTION = (
    "Delivery of messages to rescuers: a stream for each of them, receipts, and the order of "
    "channels to fall back on. A message only wakes the app; the app fetches from dispatch what it "
    "is about, and only that rescuer's app may."
)


def build(settings: Settings | None = None, clock: Clock | None = None) -> Service[Settings]:
    """The service, not yet started."""
    return Service(
        settings or Settings(),
        title=TITLE,
        description=DESCRIPTION,
        start=start,
        routers=[me.router, push.router, providers.router],
        public=[providers.RECEIPTS_PATH],
        clock=clock,
    )


async def start(service: Service[Settings]) -> None:
    """Connects the parts; requests are answered from when the database is there."""
    settings, clock = service.settings, service.clock
    pool = await service.database(MIGRATIONS)
    hub = Hub(settings.database_schema)
    watch = ConsumerWatch(service.health)
    broker = make_broker(settings)
    relay = OutboxRelay(
        pool=pool, broker=broker, schema=settings.database_schema, clock=clock, watch=watch
    )

    def after_commit() -> None:
        relay.wake()
        worker.wake()

    desk = Desk(
        pool=pool,
        hub=hub,
        order=settings.order,
        clock=clock,
        source=settings.source,
        after_commit=after_commit,
    )
    ways: dict[str, Channel] = {IN_APP: InAppChannel(hub)}
    client = await service.enter(httpx.AsyncClient())
    secrets: dict[str, str] = {}
    for one in settings.channels:
        if one.url is not None and one.secret is not None:
            secrets[one.channel] = one.secret.get_secret_value()
            ways[one.channel] = WebhookChannel(
                name=one.channel,
                url=str(one.url),
                secret=secrets[one.channel],
                client=client,
                clock=clock,
            )
    devices: Devices | None = None
    vapid = settings.vapid()
    if vapid is not None:
        services = PushServices(
            client=client, pool=pool, vapid=vapid, rules=settings.endpoint_rules, clock=clock
        )
        devices = Devices(pool=pool, services=services, desk=desk, clock=clock)
        ways[WEB_PUSH] = WebPushChannel(services, clock)
        await _forget_signed_out(service, pool)
    elif any(one.channel == WEB_PUSH for one in settings.channels):
        log.warning("web push is off: LIFERING_VAPID_PRIVATE_KEY is not set")
    worker = DeliveryWorker(desk=desk, channels=ways, clock=clock)
    listener = Listener(dsn=settings.database_url, pool=pool, hub=hub)
    consume(
        broker,
        ALERTS,
        service="alerting",
        handle=AlertsHandler(desk).handle,
        watch=watch,
    )
    service.health.add_ready("listener", lambda: _listening(listener))
    service.spawn("streams", listener.run())
    service.spawn("deliveries", worker.run())
    service.provide(
        desk, hub, WebhookSecrets(secrets), WebPush(devices), Channels(settings.order, ways)
    )
    link = KafkaLink(broker, relay=relay, watch=watch)
    service.on_stop(link.stop)
    await link.start()


async def _forget_signed_out(service: Service[Settings], pool: asyncpg.Pool[Any]) -> None:
    """Follows which phones sign out, where this deployment has a register of rescuers."""
    settings = service.settings
    try:
        urls = settings.url_of("rescuer_location")
    except LookupError:
        return
    devices = SignedOutDevices(
        pool=pool, client=await service.enter(make_client(settings)), urls=urls, clock=service.clock
    )
    service.spawn("signed-out devices", devices.run(settings.ended_sessions_every_s))


def _listening(listener: Listener) -> Check:
    """A listener that is away makes streams of other instances' messages slower, never wrong."""
    return Check(True, "listening" if listener.listening else "away; comparing instead")
