"""How names are cut into words to be found by: the same when a name is kept and when it is sought.

Letters are folded (case, accents, full width). Runs of Chinese, Japanese and Korean characters have
no spaces, so they become overlapping pairs: a phrase of pairs then finds any part of a name, from
one character on. Other words are found by their beginnings.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_RUNS: Final = re.compile(
    # Han with extensions, kana, Hangul: written without spaces.
    "(?P<joined>[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]+)|(?P<word>\\w+)"
)
MOST_WORDS: Final = 12
"""Of a question; what comes after is not looked at."""


def fold(text: str) -> str:
    """Without case, accents and full-width forms, spaces made one."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in parts if not unicodedata.combining(each))
    # Hangul is taken apart by the decomposition and put together again here.
    return " ".join(unicodedata.normalize("NFC", bare).split())


def kept(text: str) -> str:
    """The words of a name, separated by spaces, as they are kept in the index.

    >>> kept("三明市 Straße")
    '三明 明市 市 strasse'
    """
    return " ".join(word for run, word in _runs(text) for word in (_pairs(word) if run else [word]))


def sought(text: str) -> str:
    """The question as an FTS5 expression; empty when there is nothing to look for.

    Every word must be there: pairs of characters as a phrase, other words by their beginning.

    >>> sought("明市 stra")
    '"明市" * "stra" *'
    """
    terms = []
    for joined, word in _runs(text)[:MOST_WORDS]:
        phrase = " ".join(_pairs(word)[:-1] or [word]) if joined else word
        terms.append(f'"{phrase}" *')
    return " ".join(terms)


def _runs(text: str) -> list[tuple[bool, str]]:
    return [
        (match.lastgroup == "joined", match.group().replace("_", ""))
        for match in _RUNS.finditer(fold(text))
        if match.group().strip("_")
    ]


def _pairs(run: str) -> list[str]:
    """Overlapping pairs, and the last character alone: ``abc`` → ``ab bc c``."""
    return [run[place : place + 2] for place in range(len(run))]
