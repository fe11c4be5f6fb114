"""Sections into one HTML file that needs nothing else, on a screen and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import jinja2
from markupsafe import Markup

VERSION = "0.1.0"
"""Of the software, where it runs from a checkout."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row is its heading."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: bool = False
    """Whether its cells are words, and stand at the left."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what belongs to it, in this order."""

    title: str
    texts: Sequence[str] = ()
    notes: Sequence[str] = ()
    charts: Sequence[Markup] = ()
    tables: Sequence[Table] = field(default_factory=tuple)


def software() -> str:
    """Which version made a report."""
    try:
        return installed("lifering")
    except PackageNotFoundError:
        return VERSION


def render(
    title: str, lead: str, sections: Sequence[Section], *, language: str, footer: str
) -> str:
    """The page; every text is escaped, only charts are taken as they are."""
    template = Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.from_string(template).render(
        title=title,
        lead=lead,
        sections=sections,
        language=language,
        footer=footer,
        version=software(),
    )
