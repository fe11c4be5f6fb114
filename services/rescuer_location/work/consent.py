"""What rescuers are asked to agree to, in plain words, with this deployment's own periods in it.

The version is a hash of the words in all languages: it names exactly what somebody has read, and
nobody can change a word and forget to change the version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "consent"


class AppLanguage(StrEnum):
    """The languages that the app speaks."""

    ZH_CN = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One language's words."""

    version: str
    language: AppLanguage
    title: str
    text: str
    """Markdown: what is agreed to by enrolling."""
    location_text: str
    """Markdown: the separate consent to be located."""


class ConsentTexts:
    """The words in every language."""

    def __init__(self, *, presence_keep_s: float, photo_days: int, unverified_days: int) -> None:
        """Reads the words; the periods are those of the settings."""
        periods = {
            "presence_hours": f"{presence_keep_s / 3600:g}",
            "photo_days": str(photo_days),
            "unverified_days": str(unverified_days),
        }
        read = {
            language: [
                (FOLDER / f"{language}{part}.md").read_text(encoding="utf-8").format_map(periods)
                for part in ("", "-location")
            ]
            for language in AppLanguage
        }
        digest = hashlib.sha256("\0".join(word for both in read.values() for word in both).encode())
        self.version = digest.hexdigest()[:12]
        self._texts = {language: self._made(language, *both) for language, both in read.items()}

    def of(self, language: AppLanguage) -> ConsentText:
        """The words in a language."""
        return self._texts[language]

    def _made(self, language: AppLanguage, text: str, location_text: str) -> ConsentText:
        first, _, rest = text.partition("\n")
        return ConsentText(
            self.version,
            language,
            first.removeprefix("# ").strip(),
            rest.strip(),
            location_text.strip(),
        )
