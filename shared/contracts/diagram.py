"""The picture of the data flow in the README: Mermaid, drawn from the topic declarations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.contracts.topics import TOPICS, Cleanup, Topic

BEGIN: Final = "<!-- data-flow:begin -->"
END: Final = "<!-- data-flow:end -->"


class MarkersMissingError(ValueError):
    """The text has no place for the picture."""


def mermaid(topics: Iterable[Topic] = TOPICS) -> str:
    """The flow chart: services as boxes, compacted tables as drums, logs as parallelograms.

    A solid arrow is a record handled once by a service as a group, a dotted one a table that every
    instance replays into its memory.
    """
    declared = tuple(topics)
    services = sorted(
        {name for topic in declared for name in (*topic.producers, *topic.consumers, *topic.tables)}
    )
    lines = ["flowchart LR"]
    lines += [f'  {service}["{service}"]' for service in services]
    for topic in declared:
        node = _topic_node(topic.name)
        label = f'[("{topic.name}")]' if topic.cleanup is Cleanup.COMPACT else f'[/"{topic.name}"/]'
        lines.append(f"  {node}{label}:::topic")
        lines += [f"  {producer} --> {node}" for producer in topic.producers]
        lines += [f"  {node} --> {consumer}" for consumer in topic.consumers]
        lines += [f"  {node} -.-> {follower}" for follower in topic.tables]
    lines.append("  classDef topic stroke-dasharray: 2 2")
    return "\n".join(lines) + "\n"


def block() -> str:
    """What stands between the markers: the picture and how to read it."""
    return (
        f"{BEGIN}\n"
        "```mermaid\n"
        f"{mermaid()}"
        "```\n\n"
        "Drums are compacted tables, slanted boxes are logs. Solid arrows: each record is handled "
        "once; dotted: every instance replays the table into its memory. Drawn from "
        "`shared/contracts/topics.py`; all topics are in "
        "[docs/reference/topics.md](docs/reference/topics.md).\n"
        f"{END}"
    )


def with_picture(text: str) -> str:
    """``text`` with the picture between its markers brought up to date.

    Raises :class:`MarkersMissingError` when the two markers are not there, in that order.
    """
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        raise MarkersMissingError(f"has no place for the picture: add the lines {BEGIN} and {END}")
    return text[:begin] + block() + text[end + len(END) :]


def _topic_node(name: str) -> str:
    return f"topic_{name}"
