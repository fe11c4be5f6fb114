"""HTTP in: a rescuer's own devices for web push, and which channels work for the rescuer.

A push holds its kind and the message's id; the service worker that it wakes fetches the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.alerting.api.me import RescuerOnly, TheDesk, TheHub
from services.alerting.domain.fallback import OutcomeKind
from services.alerting.domain.message import MessageState
from services.alerting.domain.order import IN_APP, WEB_PUSH
from services.alerting.domain.push import MOST_ENDPOINT, Subscription, key_fault
from services.alerting.domain.works import Works, push_works, works
from services.alerting.store import messages
from services.alerting.work.channels import Channels
from services.alerting.work.devices import TEST_EVERY_S, Devices, EndpointTaken, WebPush
from shared.http.parts import Now, use
from shared.http.problems import Problem, conflict, invalid, not_found, problems
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN, Identifier, Strict
from shared.ids import new_id

_LATEST_MS: Final = 253_402_300_799_000
"""The end of the year 9999, which is as far as a datetime goes."""
_LOOKED_AT: Final = 50
"""Messages that are looked at to tell whether a channel works."""
_AGENT_CHARACTERS: Final = 200

Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}={0,2}$")]
Endpoint = Annotated[
    str, StringConstraints(min_length=1, max_length=MOST_ENDPOINT, pattern=r"^[\x21-\x7e]+$")
]


class Language(StrEnum):
    """The language of the app on a device."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


class KeysIn(Strict):
    """The browser's keys, as ``PushSubscription.toJSON()`` has them."""

    p256dh: Base64Url
    auth: Base64Url


class SubscriptionIn(Strict):
    """A browser's subscription."""

    endpoint: Endpoint = Field(description="https, at a push service that the deployment knows")
    keys: KeysIn
    expiration_time: int | None = Field(
        default=None,
        ge=0,
        le=_LATEST_MS,
        description="Milliseconds since 1970, as the browser says",
    )
    language: Language = Language.CHINESE


class SubscriptionOut(BaseModel):
    """A device that is woken by web push."""

    model_config = ConfigDict(extra="forbid", title="PushSubscription")

    subscription_id: str
    created_at: datetime
    last_delivered_at: datetime | None = Field(
        description="When the device last said that a push had arrived"
    )
    language: Language
    user_agent: str | None = Field(description="So that somebody can tell own devices apart")


class ChannelOut(BaseModel):
    """A channel in the deployment's order, for this rescuer."""

    model_config = ConfigDict(extra="forbid", title="Channel")

    channel: str
    works: Works
    sleeps_now: bool = Field(description="In its quiet hours: skipped now, or tried last")


class PushOut(BaseModel):
    """What an app needs to subscribe, and how the rescuer can be reached."""

    model_config = ConfigDict(extra="forbid", title="Push")

    vapid_public_key: str | None = Field(
        description="`applicationServerKey`, base64url; null where web push is switched off"
    )
    subscriptions: list[SubscriptionOut]
    channels: list[ChannelOut]


class TestOut(BaseModel):
    """What the push services said to a test push; whether it arrives, the device shows."""

    model_config = ConfigDict(extra="forbid", title="PushTest")

    message_id: str
    taken: int = Field(description="Devices whose push service took it")
    gone: int = Field(description="Subscriptions that are no more; they have been dropped")
    failed: int


class ArrivedIn(Strict):
    """A push has woken the device."""

    message_id: Identifier
    endpoint: Endpoint | None = Field(
        default=None, description="The device's own, from `pushManager.getSubscription()`"
    )
    at: AwareDatetime | None = Field(
        default=None, description="By the device's clock; now if absent"
    )


class ArrivedOut(BaseModel):
    """The message's state after the receipt."""

    model_config = ConfigDict(extra="forbid", title="PushReceipt")

    message_id: str
    state: MessageState


TheWebPush = Annotated[WebPush, use(WebPush)]
TheChannels = Annotated[Channels, use(Channels)]

router: APIRouter = new_router("push")


@router.get("/me/push")
async def get_my_push(
    who: RescuerOnly,
    desk: TheDesk,
    hub: TheHub,
    web_push: TheWebPush,
    channels: TheChannels,
    now: Now,
) -> PushOut:
    """The key to subscribe with, the rescuer's own devices, and which channels work."""
    async with desk.reading() as connection:
        recent = await messages.of_rescuer(connection, who.subject, before=None, limit=_LOOKED_AT)
    devices = web_push.devices
    mine = [] if devices is None else await devices.of(who.subject)
    shown: list[ChannelOut] = []
    for turn in channels.order.turns:
        if channels.is_down(turn.name):
            known = Works.NO
        elif turn.name == WEB_PUSH:
            known = push_works(mine)
        elif turn.name == IN_APP and hub.is_open(who.subject):
            known = Works.YES
        else:
            known = works(turn.name, recent)
        sleeps = channels.order.sleeps(turn, now)
        shown.append(ChannelOut(channel=turn.name, works=known, sleeps_now=sleeps))
    return PushOut(
        vapid_public_key=None if devices is None else devices.services.vapid.public_key,
        subscriptions=[_out(one) for one in mine],
        channels=shown,
    )


@router.put(
    "/me/push/subscriptions",
    responses={201: {"model": SubscriptionOut, "description": "Kept anew"}, **problems(409)},
)
async def put_my_push_subscription(
    *,
    who: RescuerOnly,
    web_push: TheWebPush,
    now: Now,
    response: Response,
    wanted: SubscriptionIn,
    user_agent: Annotated[str | None, Header(alias="User-Agent", include_in_schema=False)] = None,
) -> SubscriptionOut:
    """Keeps this device's subscription; the same endpoint again changes nothing.

    An endpoint belongs to one rescuer: a phone that is handed on moves with it.
    """
    devices = _on(web_push)
    fault = devices.services.rules.fault(wanted.endpoint)
    if fault is not None:
        raise invalid("endpoint", fault, "Send what pushManager.subscribe() returned.")
    wrong = key_fault(wanted.keys.p256dh, wanted.keys.auth)
    if wrong is not None:
        raise invalid(f"keys.{wrong[0]}", "is not such a key", f"Send {wrong[1]}.")
    expires_at = None
    if wanted.expiration_time is not None:
        expires_at = datetime.fromtimestamp(wanted.expiration_time / 1_000, UTC)
        if expires_at <= now:
            raise invalid("expiration_time", "has passed", "Subscribe again in the browser.")
    subscription = Subscription(
        subscription_id=new_id("sub"),
        rescuer_id=who.subject,
        endpoint=wanted.endpoint,
        p256dh=wanted.keys.p256dh.rstrip("="),
        auth=wanted.keys.auth.rstrip("="),
        language=wanted.language.value,
        user_agent=_one_line(user_agent),
        vapid_key=devices.services.vapid.public_key,
        expires_at=expires_at,
        created_at=now,
        session_id=who.session,
    )
    try:
        kept, new = await devices.subscribe(subscription)
    except EndpointTaken:
        raise conflict(
            "endpoint-taken",
            "The endpoint is somebody else's",
            "Subscribe again in the browser: the keys are not those of this endpoint.",
        ) from None
    response.status_code = 201 if new else 200
    return _out(kept)


@router.delete(
    "/me/push/subscriptions/{subscription_id}", status_code=204, responses=problems(404, 409)
)
async def delete_my_push_subscription(
    who: RescuerOnly,
    web_push: TheWebPush,
    subscription_id: Annotated[str, Path(pattern=IDENTIFIER_PATTERN)],
) -> None:
    """Forgets one of the rescuer's own devices."""
    if not await _on(web_push).unsubscribe(who.subject, subscription_id):
        raise not_found("subscription", subscription_id)


@router.post("/me/push/test", responses=problems(409, 429))
async def test_my_push(who: RescuerOnly, web_push: TheWebPush) -> TestOut:
    """Sends a test push (kind `test`) to all of the rescuer's own devices."""
    devices = _on(web_push)
    if not await devices.of(who.subject):
        raise conflict(
            "no-subscription", "No device is subscribed", "Subscribe this device first, then test."
        )
    tried = await devices.try_out(who.subject)
    if tried is None:
        raise Problem(
            429,
            "too-many-requests",
            "A test was sent just now",
            f"Wait {TEST_EVERY_S:.0f} s between two tests.",
            headers={"Retry-After": f"{TEST_EVERY_S:.0f}"},
        )
    taken = tried.count(OutcomeKind.HANDED_OVER)
    gone = tried.count(OutcomeKind.REFUSED, gone=True)
    failed = len(tried.outcomes) - taken - gone
    return TestOut(message_id=tried.message_id, taken=taken, gone=gone, failed=failed)


@router.post("/me/push/receipts", responses=problems(404, 409))
async def acknowledge_my_push(
    who: RescuerOnly, web_push: TheWebPush, arrived: ArrivedIn
) -> ArrivedOut:
    """Says that a push has woken the device: its message is delivered; again changes nothing."""
    state = await _on(web_push).arrived(
        who.subject, arrived.message_id, endpoint=arrived.endpoint, at=arrived.at
    )
    if state is None:
        raise not_found("message", arrived.message_id)
    return ArrivedOut(message_id=arrived.message_id, state=state)


def _on(web_push: WebPush) -> Devices:
    if web_push.devices is None:
        raise conflict(
            "web-push-off", "Web push is switched off", "This deployment has no key for web push."
        )
    return web_push.devices


def _one_line(text: str | None) -> str | None:
    """A browser's name of itself, as far as it can be kept and shown."""
    kept = "".join(c for c in text or "" if c.isprintable())[:_AGENT_CHARACTERS].strip()
    return kept or None


def _out(subscription: Subscription) -> SubscriptionOut:
    return SubscriptionOut(
        subscription_id=subscription.subscription_id,
        created_at=subscription.created_at,
        last_delivered_at=subscription.last_delivered_at,
        language=Language(subscription.language),
        user_agent=subscription.user_agent,
    )
