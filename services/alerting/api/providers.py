"""HTTP in: what providers report about messages that they were given.

No token: the signature says who it is. A provider speaks only of its own channel.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.alerting.domain.message import MessageState
from services.alerting.work.desk import Desk
from services.alerting.work.webhook import WebhookSecrets
from shared.contracts.words import DeliveryState
from shared.http.parts import Now, use
from shared.http.problems import Problem, not_found, problems
from shared.http.routing import new_router
from shared.http.signature import (
    SIGNATURE_HEADER,
    SIGNATURE_PATTERN,
    TIMESTAMP_HEADER,
    WINDOW_S,
    is_signed,
)
from shared.http.strict import Identifier, Strict, Word

RECEIPTS_PATH: Final = "/receipts/webhook"


class Report(StrEnum):
    """What a provider says became of a message."""

    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"


class ReportIn(Strict):
    """A provider's report."""

    channel: Word = Field(description="The channel's name, as in the message")
    message_id: Identifier
    state: Report = Field(description="`failed` goes on to the next channel at once")
    at: AwareDatetime | None = Field(default=None, description="When it happened; now if absent")
    reason: Word | None = Field(default=None, description="Why it failed, as a word")


class ReportOut(BaseModel):
    """The message's state after the report."""

    model_config = ConfigDict(extra="forbid")

    message_id: str
    state: MessageState


router: APIRouter = new_router("providers")


@router.post(RECEIPTS_PATH, responses=problems(401, 404))
async def report_on_message(
    *,
    request: Request,
    desk: Annotated[Desk, use(Desk)],
    secrets: Annotated[WebhookSecrets, use(WebhookSecrets)],
    now: Now,
    report: ReportIn,
    timestamp: Annotated[
        int,
        Header(
            alias=TIMESTAMP_HEADER,
            ge=0,
            le=2**40,
            description=f"Unix seconds of sending; within {WINDOW_S} s of now",
        ),
    ],
    signature: Annotated[
        str,
        Header(
            alias=SIGNATURE_HEADER,
            pattern=SIGNATURE_PATTERN,
            description="v1= and the HMAC-SHA256 of TIMESTAMP.BODY with the channel's secret, hex",
        ),
    ],
) -> ReportOut:
    """A provider's receipt, signed with the channel's secret; again changes nothing."""
    secret = secrets.of(report.channel)
    body = await request.body()
    if secret is None or not is_signed(
        secret, timestamp=timestamp, signature=signature, body=body, now=now
    ):
        raise Problem(
            401,
            "unauthorized",
            "Not signed by this channel's provider",
            f"Sign TIMESTAMP.BODY with the channel's secret, within {WINDOW_S} s of sending.",
        )
    if report.state is Report.FAILED:
        message = await desk.provider_failed(
            report.message_id, channel=report.channel, reason=report.reason or "provider_failed"
        )
    else:
        message = await desk.receipt(
            report.message_id,
            DeliveryState(report.state.value),
            at=report.at,
            channel=report.channel,
        )
    if message is None:
        raise not_found("message", report.message_id)
    return ReportOut(message_id=message.message_id, state=message.state)
