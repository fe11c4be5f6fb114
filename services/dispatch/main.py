"""The composition root: what dispatch is made of and the order in which it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from services.dispatch.api import (
    aftercare,
    attention,
    incidents,
    live,
    locate,
    orders,
    past,
    phone_plan,
    picture,
    reach,
    relocation,
    replay,
    stream,
    tasks,
    ways,
    whole,
)
from services.dispatch.api import commands as commands_api
from services.dispatch.handlers import Deliveries, UnitFollower
from services.dispatch.settings import Settings
from services.dispatch.work.aed_codes import AedCodes
from services.dispatch.work.aftercare import Aftercare
from services.dispatch.work.answers import Answers
from services.dispatch.work.commands import Commands
from services.dispatch.work.contacts import Contacts
from services.dispatch.work.deadlines import DeadlineWorker
from services.dispatch.work.desk import Desk
from services.dispatch.work.follow_ups import FollowUps
from services.dispatch.work.histories import Histories
from services.dispatch.work.intake import Intake
from services.dispatch.work.memory import Memory
from services.dispatch.work.merging import Merging
from services.dispatch.work.news import News
from services.dispatch.work.orders import Orders
from services.dispatch.work.picture import Picture
from services.dispatch.work.planning import Planner
from services.dispatch.work.relocation import RelocationDesk
from services.dispatch.work.streets import StreetNetwork
from services.dispatch.work.unit_changes import UnitChanges
from services.dispatch.work.whole import Whole
from shared.clock import Clock
from shared.contracts import topics
from shared.contracts.records import (
    AedRecord,
    PresenceRecord,
    Record,
    RescuerRecord,
    StationRecord,
    UnitRecord,
)
from shared.decision.keeper import Keeper
from shared.decision.policy import Policy, default_policy, named_policy
from shared.http.client import make_client
from shared.messaging.broker import Broker, make_broker
from shared.messaging.consumer import consume
from shared.messaging.link import KafkaLink
from shared.messaging.outbox import OutboxRelay
from shared.messaging.table import Table, follow
from shared.messaging.watch import ConsumerWatch
from shared.service import Service
from shared.telemetry.health import Check
from shared.telemetry.metrics import REHEARSAL_SECONDS

R = TypeVar("R", bound=Record)

MIGRATIONS = Path(__file__).parent / "migrations"
TITLE = "Lifering dispatch"
DESCRIPTION = (
    "Takes calls, plans who goes where, alerts and orders them, follows them until the ambulance "
    "has the patient, and keeps the Utstein timeline of it all."
)


def build(settings: Settings | None = None, clock: Clock | None = None) -> Service[Settings]:
    """The service, not yet started; raises ``PolicyError`` for a policy that cannot be used."""
    settings = settings or Settings()
    policy = _policy(settings)
    return Service(
        settings,
        title=TITLE,
        description=DESCRIPTION,
        start=lambda service: start(service, policy),
        routers=[
            # Before the routes of one incident, whose ids these paths are not.
            stream.router,
            picture.router,
            whole.router,
            past.router,
            incidents.router,
            replay.router,
            reach.router,
            ways.router,
            live.router,
            phone_plan.router,
            attention.router,
            commands_api.router,
            tasks.router,
            aftercare.router,
            orders.router,
            relocation.router,
            locate.router,
        ],
        public=["/locate/{token}"],
        clock=clock,
    )


async def start(service: Service[Settings], policy: Policy) -> None:
    """Connects the parts; calls are taken as soon as the database is there."""
    settings, clock = service.settings, service.clock
    pool = await service.database(MIGRATIONS)
    watch = ConsumerWatch(service.health)
    broker = make_broker(settings)
    relay = OutboxRelay(
        pool=pool, broker=broker, schema=settings.database_schema, clock=clock, watch=watch
    )
    aeds = _table(broker, watch, topics.AEDS, AedRecord)
    rescuers = _table(broker, watch, topics.RESCUERS, RescuerRecord)
    presence = _table(broker, watch, topics.PRESENCE, PresenceRecord)
    stations = _table(broker, watch, topics.STATIONS, StationRecord)
    units = _table(broker, watch, topics.UNITS, UnitRecord)
    city = Picture(aeds=aeds, rescuers=rescuers, presence=presence, stations=stations, units=units)
    memory = Memory((aeds, rescuers, presence, stations, units), pool, clock)
    await memory.restore()
    histories = Histories(city.rescuers.remember, policy.response)
    async with pool.acquire() as connection:
        await histories.refresh(connection, clock.now())
    streets = await StreetNetwork.read(settings.streets, policy)
    city.on_places = streets.changed
    streets.changed()
    service.health.add_ready("streets", streets.check)
    planner = Planner(
        picture=city,
        streets=streets,
        policy=policy,
        histories=histories,
        acknowledge_within_s=settings.acknowledge_within_s,
        units_are_ours=settings.units == "ours",
    )

    def after_commit() -> None:
        relay.wake()
        worker.wake()
        news.tell()

    news = News(settings.database_url)
    desk = Desk(pool=pool, clock=clock, after_commit=after_commit)
    commands = Commands(planner.replan, policy)
    order_work = Orders(desk, planner.replan, units_are_ours=settings.units == "ours")
    worker = DeadlineWorker(desk, commands, planner.replan, clock)
    follower = UnitFollower(UnitChanges(desk, order_work, planner, planner.replan))
    city.on_unit = follower.changed
    for unit_id in city.units:
        # What a snapshot has told already; the replay tells only what is new.
        follower.changed(unit_id, city.units.get(unit_id))
    service.spawn("units", follower.run())
    consume(
        broker,
        topics.DELIVERIES,
        service=settings.service,
        handle=Deliveries(desk, commands.replace).handle,
        watch=watch,
        # A call is planned even when Kafka is away: receipts come late then, that is all.
        required=False,
    )
    service.health.add_live("deadlines", lambda: Check(worker.alive, "working"))
    client = await service.enter(make_client(settings))
    service.provide(
        desk,
        city,
        streets,
        Whole(picture=city, policy=policy, histories=histories, streets=streets),
        planner,
        commands,
        Merging(commands, planner.replan, policy),
        order_work,
        news,
        Intake(commands, planner.replan, policy),
        Answers(desk, planner.replan, commands.replace, policy),
        RelocationDesk(city, planner),
        Aftercare(desk, policy.fatigue, settings.survey_times),
        FollowUps(desk, city, settings.survey_times),
        AedCodes(client, settings.url_of("aed_registry")),
        Contacts(client, settings.url_of("rescuer_location")),
    )
    service.spawn("streets", streets.keep_ready(city))
    _beside(service, planner, policy)
    service.spawn("news", news.run())
    service.spawn("memory", memory.run())
    service.on_stop(memory.save)
    await worker.start()
    service.on_stop(worker.stop)
    link = KafkaLink(broker, relay=relay, watch=watch)
    service.on_stop(link.stop)
    # Calls are taken meanwhile; a start during an outage is not held up by it.
    await link.start(wait_s=3.0)


def _beside(service: Service[Settings], planner: Planner, policy: Policy) -> None:
    """What nobody waits for: asking afterwards how it was, and keeping decisions quick while no
    call comes, unless the deployment does not want it."""
    follow_ups = service.parts.get(FollowUps)
    service.spawn("follow-ups", follow_ups.run(service.settings.follow_ups_every_s))
    every_s = service.settings.rehearse_every_s
    if every_s > 0:
        keeper = Keeper(planner.rehearsed, policy, service.clock.now)
        work = keeper.run(every_s, REHEARSAL_SECONDS.observe, planner.rehearsal_failed)
        service.spawn("rehearsals", work)


def _table(broker: Broker, watch: ConsumerWatch, topic: topics.Topic, _: type[R]) -> Table[R]:
    table: Table[R] = Table(topic)
    return follow(broker, topic, table=table, watch=watch)


def _policy(settings: Settings) -> Policy:
    """The deployment's policy; one that cannot be used ends the start with its one error."""
    name = settings.policy or settings.policy_file
    return named_policy(name) if name else default_policy()
