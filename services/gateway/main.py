"""The gateway put together: the only place where its parts meet."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
from starlette.middleware import Middleware

from services.gateway.api import basemap, documents, pages, proxy, routers, sign_in
from services.gateway.domain.allowance import Meter
from services.gateway.domain.upstreams import Upstreams
from services.gateway.middleware import (
    Limited,
    SecurityHeaders,
    SignedOut,
    address_of,
    signing_in_from,
    subject_of,
)
from services.gateway.settings import GatewaySettings
from services.gateway.work.basemap import Basemap
from services.gateway.work.documents import ServiceDocuments
from services.gateway.work.forward import Forwarder
from services.gateway.work.pages import WebPages
from services.gateway.work.positions import PositionSink
from services.gateway.work.registers import Registers
from services.gateway.work.sessions import EndedSessions, Sessions
from services.gateway.work.upstream_status import UpstreamStatus
from shared.clock import Clock
from shared.http.client import make_client
from shared.http.middleware import BULK_LIMIT_BYTES
from shared.messaging.broker import make_broker
from shared.messaging.link import KafkaLink
from shared.messaging.watch import ConsumerWatch
from shared.service import Service

BATCH_LIMIT_BYTES = 4 * 1_048_576
"""5,000 positions are 1 MB; this leaves room for long ids and white space."""
PHOTO_LIMIT_BYTES = 3 * 1_048_576
"""An enrolment with a photo of 2 MiB in base64."""
IDLE_CONNECTION_S = 30.0
"""Shorter than the services' own 75 s, so that none is closed under a request."""
STATUS_WAIT_S = 2.0
DAY_S = 86_400.0


def build(
    settings: GatewaySettings | None = None, clock: Clock | None = None
) -> Service[GatewaySettings]:
    """The gateway, not yet started; ``ValueError`` names a setting that cannot be read."""
    settings = settings or GatewaySettings()
    service = Service(
        settings,
        title="Lifering gateway",
        description="The edge: who may come in, positions in, and the way to every service.",
        start=_start,
        routers=routers,
        public=(
            *documents.PUBLIC_PATHS,
            *pages.PUBLIC_PATHS,
            *basemap.PUBLIC_PATHS,
            *proxy.PUBLIC_PATHS,
            *sign_in.PUBLIC_PATHS,
        ),
        body_limits={
            # The first template that matches counts.
            "/positions/batch": BATCH_LIMIT_BYTES,
            "/api/positions/batch": BATCH_LIMIT_BYTES,
            "/api/enrolments": PHOTO_LIMIT_BYTES,
            "/api/{rest:path}": BULK_LIMIT_BYTES,
        },
        edge=True,
        clock=clock,
    )
    # Around what every service has, from outside in: headers on every answer, the address's
    # allowance before tokens are looked at (guessing them costs), the subject's once it is known.
    around = service.app.user_middleware
    around.insert(0, Middleware(SecurityHeaders))
    around.insert(
        2,
        Middleware(
            Limited,
            meter=Meter(settings.allowance_per_address),
            key_of=address_of,
            now_s=time.monotonic,
        ),
    )
    ended = EndedSessions()
    service.provide(ended)
    around.append(Middleware(SignedOut, is_ended=ended.__contains__))
    around.append(
        Middleware(
            Limited,
            meter=Meter(settings.allowance_sign_in),
            key_of=signing_in_from,
            now_s=time.monotonic,
        )
    )
    around.append(
        Middleware(
            Limited,
            meter=Meter(settings.allowance_per_subject),
            key_of=subject_of,
            now_s=time.monotonic,
        )
    )
    return service


async def _start(service: Service[GatewaySettings]) -> None:
    settings = service.settings
    upstreams = Upstreams(settings.upstream_urls())
    requests = await service.enter(_client(settings))
    streams = await service.enter(_client(settings))
    forwarder = Forwarder(
        requests=requests,
        streams=streams,
        upstreams=upstreams,
        stopping=service.stopping,
        now_s=time.monotonic,
    )
    the_map = _map(settings)
    service.on_stop(the_map.close)
    service.provide(
        forwarder,
        Registers(forwarder, wait_s=settings.search_wait_s),
        the_map,
        UpstreamStatus(requests, upstreams, wait_s=STATUS_WAIT_S),
        ServiceDocuments(requests, upstreams),
        WebPages(Path(settings.web) if settings.web else None),
    )
    sessions = Sessions(
        client=await service.enter(make_client(settings)),
        upstreams=upstreams,
        ended=service.parts.get(EndedSessions),
        private_key=settings.token_private_key,
        lifetime_s=settings.rescuer_token_days * DAY_S,
        clock=service.clock,
        now_s=time.monotonic,
    )
    service.provide(sessions)
    if settings.token_private_key:
        service.spawn("ended sessions", sessions.keep_told(settings.ended_sessions_every_s))
    broker = make_broker(settings, linger_ms=settings.positions_linger_ms)
    service.provide(PositionSink(broker, source=settings.source, wait_s=settings.positions_wait_s))
    link = KafkaLink(broker, watch=ConsumerWatch(service.health))
    service.on_stop(link.stop)
    # Requests pass through while Kafka is away; positions are then answered 503.
    await link.start(wait_s=settings.kafka_wait_s)


def _map(settings: GatewaySettings) -> Basemap:
    return Basemap(
        Path(settings.basemap) if settings.basemap else None,
        Path(settings.boundaries) if settings.boundaries else None,
    )


def _client(settings: GatewaySettings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            settings.read_timeout_s, connect=settings.connect_timeout_s, pool=None
        ),
        limits=httpx.Limits(
            max_connections=None,
            max_keepalive_connections=200,
            keepalive_expiry=IDLE_CONNECTION_S,
        ),
        trust_env=False,
    )
