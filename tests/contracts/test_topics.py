"""Rules that every topic keeps, and that nobody writes into a record what must not be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.contracts.topics import PARTITIONS, TOPICS, Cleanup, PartitionedBy, Topic
from shared.geometry.cells import SHARDS

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ("rescuers", "positions", "presence", "incidents", "alerts", "orders", "deliveries")
PRECISE = {"rescuers", "positions", "presence", "incidents", "alerts", "deliveries"}
PERSONAL = re.compile(
    r"(^|_)(address|phone|telephone|mobile|email|name|surname|code|door|caller|birth\w*|sex|crew|"
    r"diagnosis|patient)($|_)"
)
PLACE = re.compile(r"(^|_)(latitude|longitude|lat|lon|lng|place)($|_)")


def _name(topic: Topic) -> str:
    return topic.name


def fields_of(topic: Topic) -> set[str]:
    """Names of all fields of a payload, those of the models inside included."""
    schema = topic.payload.model_json_schema()
    models = [schema, *schema.get("$defs", {}).values()]
    return {field for model in models for field in model.get("properties", {})}


def test_names_and_types_are_unique() -> None:
    assert len({t.name for t in TOPICS}) == len(TOPICS)
    assert len({t.event_type for t in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=_name)
def test_who_writes_and_reads_it_exists(topic: Topic) -> None:
    assert topic.producers
    for service in (*topic.producers, *topic.consumers, *topic.tables):
        assert (ROOT / "services" / service / "pyproject.toml").is_file(), service


@pytest.mark.parametrize("topic", TOPICS, ids=_name)
def test_tables_are_compacted_and_logs_are_handled_once(topic: Topic) -> None:
    if topic.cleanup is Cleanup.COMPACT:
        assert not topic.consumers, "a compacted topic forgets what a group has not read yet"
        assert topic.retention_s == -1
    else:
        assert not topic.tables, "a topic that expires cannot be replayed into a whole table"
        assert topic.retention_s > 0


@pytest.mark.parametrize("topic", TOPICS, ids=_name)
def test_every_group_has_its_dead_letters(topic: Topic) -> None:
    assert topic.dead_letter_topics == tuple(
        f"{topic.name}.dead-letter.{service}" for service in topic.consumers
    )


@pytest.mark.parametrize("topic", TOPICS, ids=_name)
def test_key_is_a_required_field(topic: Topic) -> None:
    assert topic.payload.model_fields[topic.key].is_required()


def test_sharded_topics_are_co_partitioned() -> None:
    sharded = {t.partitions for t in TOPICS if t.partitioned_by is PartitionedBy.SHARD}
    assert sharded == {PARTITIONS}
    assert SHARDS % PARTITIONS == 0, "each partition owns as many shards as any other"


@pytest.mark.parametrize("name", PEOPLE)
def test_records_about_people_carry_nothing_personal(name: str) -> None:
    (topic,) = (t for t in TOPICS if t.name == name)
    assert not {f for f in fields_of(topic) if PERSONAL.search(f)}


@pytest.mark.parametrize("name", sorted(PRECISE))
def test_people_and_incidents_have_no_precise_place(name: str) -> None:
    """Cells only; the unit of an order is a vehicle, whose place is no secret to its centre."""
    (topic,) = (t for t in TOPICS if t.name == name)
    assert not {f for f in fields_of(topic) if PLACE.search(f)}


def test_no_record_has_a_cabinet_code() -> None:
    for topic in TOPICS:
        codes = {f for f in fields_of(topic) if "code" in f}
        assert codes <= {"code_required", "code_known"}, topic.name
