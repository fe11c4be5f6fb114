"""What is generated is what is committed, and the check says so when it is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shared.contracts import diagram, generate
from shared.contracts.topics import TOPICS

pytestmark = pytest.mark.contracts


def test_committed_documents_are_up_to_date() -> None:
    assert generate.drift(generate.services()) == []


def test_every_service_of_a_topic_can_be_started() -> None:
    named = {n for t in TOPICS for n in (*t.producers, *t.consumers, *t.tables)}
    assert named <= set(generate.services())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository without services, whose documents are up to date."""
    (tmp_path / "README.md").write_text(f"# Name\n\n{diagram.BEGIN}\n{diagram.END}\n\nAfter\n")
    generate.write((), tmp_path)
    assert generate.drift((), tmp_path) == []
    return tmp_path


def test_a_changed_file_is_named_with_its_mend(tree: Path) -> None:
    page = tree / generate.REFERENCE / "topics.md"
    page.write_text(page.read_text() + "by hand\n")
    (line,) = generate.drift((), tree)
    assert line.startswith("docs/reference/topics.md is out of date")
    assert "python -m shared.contracts.generate" in line
    assert generate.write((), tree) == [generate.REFERENCE / "topics.md"]
    assert generate.drift((), tree) == []


def test_a_missing_file_is_named(tree: Path) -> None:
    shutil.rmtree(tree / generate.REFERENCE)
    lines = generate.drift((), tree)
    assert [line.split(" ", 1)[0] for line in lines] == [
        "docs/reference/asyncapi.json",
        "docs/reference/topics.md",
    ]


def test_the_document_of_a_service_that_has_gone_is_removed(tree: Path) -> None:
    folder = tree / generate.REFERENCE / "openapi"
    folder.mkdir()
    (folder / "gone.json").write_text("{}")
    assert generate.drift((), tree) == [
        "docs/reference/openapi/gone.json belongs to no service: remove it"
    ]
    generate.write((), tree)
    assert not (folder / "gone.json").exists()


def test_only_the_picture_in_the_readme_changes(tree: Path) -> None:
    readme = tree / "README.md"
    text = readme.read_text()
    assert text.startswith("# Name\n\n")
    assert text.endswith(f"{diagram.END}\n\nAfter\n")
    readme.write_text(text.replace("topic_alerts --> alerting", "topic_alerts --> nobody"))
    (line,) = generate.drift((), tree)
    assert line.startswith("README.md shows an old picture")
    generate.write((), tree)
    assert readme.read_text() == text


def test_a_readme_without_a_place_for_the_picture_is_refused(tree: Path) -> None:
    (tree / "README.md").write_text("# Name\n")
    with pytest.raises(generate.GenerateError, match="data-flow:begin"):
        generate.write((), tree)


def test_a_service_that_does_not_print_its_document_is_named(tmp_path: Path) -> None:
    service = tmp_path / "services" / "broken"
    service.mkdir(parents=True)
    (service / "__main__.py").write_text("raise SystemExit('needs a database')\n")
    assert generate.services(tmp_path) == ("broken",)
    with pytest.raises(generate.GenerateError, match=r"services\.broken .*needs a database"):
        generate.openapi_of("broken", tmp_path)


def test_the_picture_shows_every_topic_and_who_is_at_its_ends() -> None:
    drawn = diagram.mermaid()
    for topic in TOPICS:
        for producer in topic.producers:
            assert f"  {producer} --> topic_{topic.name}\n" in drawn
        for consumer in topic.consumers:
            assert f"  topic_{topic.name} --> {consumer}\n" in drawn
        for follower in topic.tables:
            assert f"  topic_{topic.name} -.-> {follower}\n" in drawn
