"""The page of all topics, docs/reference/topics.md, out of their declaration."""

from __future__ import annotations

from collections.abc import Iterable

from shared.contracts.topics import DAY_S, HOUR_S, TOPICS, Cleanup, PartitionedBy, Topic


def topics_page(topics: Iterable[Topic] = TOPICS) -> str:
    """The page as Markdown."""
    lines = [
        "# Topics",
        "",
        "Made by `python -m shared.contracts.generate` from `shared/contracts/topics.py`; change "
        "the declaration, not this page. The full contract, with headers, schemas and examples, "
        "is [asyncapi.json](asyncapi.json), which the gateway serves as `/asyncapi.json`.",
        "",
        "| Topic | What is in it | Key | Partitions | Kept | Event type | Written by "
        "| Handled once by | Replayed into memory by |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(topic) for topic in topics]
    lines += [
        "",
        "Sharded topics put a record on the partition of its entity's shard (`ce_shard`), whatever "
        "its key. Each service that handles records once has a dead-letter topic, "
        "`TOPIC.dead-letter.SERVICE`, for what it cannot handle.",
        "",
    ]
    return "\n".join(lines)


def _row(topic: Topic) -> str:
    by = "by shard" if topic.partitioned_by is PartitionedBy.SHARD else "by key"
    cells = (
        f"`{topic.name}`",
        topic.description,
        f"`{topic.key}`",
        f"{topic.partitions}, {by}",
        _kept(topic),
        f"`{topic.event_type}`",
        _names(topic.producers),
        _names(topic.consumers),
        _names(topic.tables),
    )
    return "| " + " | ".join(cells) + " |"


def _kept(topic: Topic) -> str:
    if topic.cleanup is Cleanup.COMPACT:
        return "compacted: the newest of each key"
    if topic.retention_s < 0:
        return "for ever"
    if topic.retention_s % DAY_S == 0:
        return f"{topic.retention_s // DAY_S} days"
    hours = topic.retention_s / HOUR_S
    return f"{hours:g} hour" if hours == 1 else f"{hours:g} hours"


def _names(services: Iterable[str]) -> str:
    return ", ".join(services) or "–"
