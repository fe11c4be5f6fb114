"""FastStream parser and decoder that leave records as they are.

FastStream's own fail on headers that are absent or not UTF-8, hide the difference between an empty
value and a tombstone, and fail a whole batch for one record. Here each record is decoded by itself,
later, where a failure can be dealt with.
"""

from __future__ import annotations

from typing import Any

from faststream.kafka import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage


async def raw_parser(raw: Any, original: Any) -> KafkaMessage:
    """Wraps a record, or a tuple of them, without looking inside."""
    first = raw[0] if isinstance(raw, tuple) else raw
    return KafkaAckableMessage(
        body=b"",
        headers={},
        batch_headers=[],
        reply_to="",
        content_type=None,
        message_id=f"{first.topic}-{first.partition}-{first.offset}",
        correlation_id=f"{first.topic}-{first.partition}-{first.offset}",
        raw_message=raw,
        path={},
        # The parser is bound to the client library's consumer when the subscriber starts.
        consumer=original.__self__._consumer,
    )


async def raw_decoder(message: Any, original: Any) -> Any:
    """Hands the message itself to the handler."""
    return message
