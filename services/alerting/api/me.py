"""HTTP in: a rescuer's own messages, and receipts for them.

A rescuer's token names the rescuer; no path or parameter does, so nobody can ask for another's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.alerting.domain.message import Message, MessageState
from services.alerting.domain.order import IN_APP
from services.alerting.store import messages
from services.alerting.work.desk import Desk
from services.alerting.work.streams import Hub
from shared.clock import Clock
from shared.contracts.words import DeliveryState, MessageKind, Task
from shared.http.auth import requires
from shared.http.paging import Page
from shared.http.parts import use
from shared.http.problems import not_found
from shared.http.routing import new_router
from shared.http.sse import (
    EventStream,
    LimitQuery,
    StreamItem,
    event_stream,
)
from shared.http.strict import Strict
from shared.identity.roles import Role
from shared.identity.tokens import Identity

STREAM_CHUNK: Final = 100
_MOST: Final = 2**53
"""The largest number on a stream: a JavaScript client counts no further."""


class Receipt(StrEnum):
    """What a phone says about a message."""

    DELIVERED = "delivered"
    SEEN = "seen"


class ReceiptIn(Strict):
    """A receipt for a message."""

    state: Receipt = Field(description="`seen` implies `delivered`")
    at: AwareDatetime | None = Field(
        default=None,
        description=(
            "When, by the phone's clock; kept between the message's arrival and now. Now if absent"
        ),
    )


class MessageOut(BaseModel):
    """A message to the rescuer; what it is about is fetched from dispatch by `alert_id`."""

    model_config = ConfigDict(extra="forbid", title="Message")

    message_id: str
    alert_id: str
    incident_id: str
    kind: MessageKind
    sequence: int = Field(description="Counts up per incident; an older one is void")
    task: Task | None
    sent_at: datetime
    expires_at: datetime
    stream_id: str = Field(description="Its id on the stream, for Last-Event-ID")
    state: MessageState
    delivered_at: datetime | None
    seen_at: datetime | None


class StreamData(BaseModel):
    """The data of an event on the stream."""

    model_config = ConfigDict(extra="forbid")

    message_id: str
    alert_id: str
    incident_id: str
    kind: MessageKind
    sequence: int
    task: Task | None
    sent_at: datetime
    expires_at: datetime


# Schemas of streams stand by themselves: OpenAPI 3.1 has no word for the parts of a stream.
_STREAM_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "title": "StreamEvent",
    "description": "One event of the stream, by the names of its lines",
    "additionalProperties": False,
    "required": ["id", "event", "data"],
    "properties": {
        "id": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Send it as Last-Event-ID to go on after it",
        },
        "event": {"type": "string", "enum": [kind.value for kind in MessageKind]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": (
                "JSON: message_id, alert_id, incident_id, kind, sequence, task, sent_at, "
                "expires_at, as in Message"
            ),
        },
    },
}

_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": (
            "Server-sent events, each as in the schema; a comment `: beat` while there is nothing "
            "to say"
        ),
        "content": {"text/event-stream": {"schema": _STREAM_EVENT}},
    }
}

ResumeAfter = Annotated[
    int,
    Header(
        alias="Last-Event-ID",
        ge=0,
        le=_MOST,
        description="The id of the last event that was received; the stream goes on after it",
    ),
]
PageLimit = Annotated[int, Query(ge=1, le=1_000, description="Items on a page")]
PageCursor = Annotated[
    int | None,
    Query(
        ge=1,
        le=_MOST,
        description="next_cursor of the page before; none for the first page",
    ),
]
RescuerOnly = Annotated[Identity, requires(Role.RESCUER)]
TheDesk = Annotated[Desk, use(Desk)]
TheHub = Annotated[Hub, use(Hub)]

router: APIRouter = new_router("messages")


@router.get("/me/stream", response_class=EventStream, responses=_STREAM)
async def stream_my_messages(
    *,
    request: Request,
    who: RescuerOnly,
    desk: TheDesk,
    hub: TheHub,
    last_event_id: ResumeAfter = 0,
    limit_s: LimitQuery = None,
) -> EventStream:
    """The rescuer's own messages as they come, from those that are still valid on.

    An event's name is the message's kind, its id where to resume, its data a small JSON object with
    ids only. With Last-Event-ID the stream goes on after that one; without it, it begins with all
    messages that are neither expired nor void.
    """
    clock: Clock = request.app.state.clock
    source = _messages(who.subject, desk, hub, clock, last_event_id)
    return event_stream(request, source, limit_s=limit_s)


@router.get("/me/messages")
async def list_my_messages(
    who: RescuerOnly, desk: TheDesk, limit: PageLimit = 100, cursor: PageCursor = None
) -> Page[MessageOut]:
    """The rescuer's own messages, the newest first, with what became of them."""
    async with desk.reading() as connection:
        found = await messages.of_rescuer(connection, who.subject, before=cursor, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return Page(
        items=[_out(message) for message in shown],
        next_cursor=str(shown[-1].stream_sequence) if more else None,
    )


@router.post("/me/messages/{message_id}/receipts")
async def acknowledge_my_message(
    who: RescuerOnly,
    desk: TheDesk,
    message_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")],
    receipt: ReceiptIn,
) -> MessageOut:
    """Says that the phone has a message, or that the rescuer has seen it; again changes nothing."""
    message = await desk.receipt(
        message_id,
        DeliveryState(receipt.state.value),
        at=receipt.at,
        channel=IN_APP,
        rescuer_id=who.subject,
    )
    if message is None or message.stream_sequence is None:
        raise not_found("message", message_id)
    return _out(message)


async def _messages(
    rescuer_id: str, desk: Desk, hub: Hub, clock: Clock, after: int
) -> AsyncIterator[StreamItem]:
    with hub.open(rescuer_id) as woken:
        async with desk.reading() as connection:
            if after > await messages.stream_end(connection, rescuer_id):
                after = 0  # an id from before a restored backup: better twice than never
        while True:
            woken.clear()
            async with desk.reading() as connection:
                end = await messages.stream_end(connection, rescuer_id)
                found = await messages.on_stream(
                    connection, rescuer_id, after=after, now=clock.now(), limit=STREAM_CHUNK
                )
            for message in found:
                after = max(after, message.stream_sequence or 0)
                yield _item(message)
            if len(found) < STREAM_CHUNK:
                # What lies before the end and did not come is void or expired for good.
                after = max(after, end)
                hub.seen(rescuer_id, woken, after)
                await woken.wait()


def _item(message: Message) -> StreamItem:
    data = StreamData(
        message_id=message.message_id,
        alert_id=message.alert_id,
        incident_id=message.incident_id,
        kind=message.kind,
        sequence=message.sequence,
        task=message.task,
        sent_at=message.sent_at,
        expires_at=message.expires_at,
    )
    return StreamItem(
        id=str(message.stream_sequence), event=message.kind.value, data=data.model_dump_json()
    )


def _out(message: Message) -> MessageOut:
    return MessageOut(
        message_id=message.message_id,
        alert_id=message.alert_id,
        incident_id=message.incident_id,
        kind=message.kind,
        sequence=message.sequence,
        task=message.task,
        sent_at=message.sent_at,
        expires_at=message.expires_at,
        stream_id=str(message.stream_sequence),
        state=message.state,
        delivered_at=message.delivered_at,
        seen_at=message.seen_at,
    )
