"""What a request may contain: no unknown fields, no text that PostgreSQL cannot keep, no NaN.

Use ``Strict`` as the base of every request model, and these types for strings and numbers; plain
``str`` would let U+0000 through, which a database refuses with an error of its own.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

IDENTIFIER_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LINE_PATTERN: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
TEXT_PATTERN: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

INT32_MAX: Final = 2_147_483_647


class Strict(BaseModel):
    """Base of request models: unknown fields, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def line(max_length: int) -> Any:
    """Constraint for one line of text, not blank: ``Annotated[str, line(200)]``."""
    return StringConstraints(min_length=1, max_length=max_length, pattern=LINE_PATTERN)


def text(max_length: int) -> Any:
    """Constraint for text of several lines, perhaps empty: ``Annotated[str, text(2000)]``."""
    return StringConstraints(max_length=max_length, pattern=TEXT_PATTERN)


Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=IDENTIFIER_PATTERN),
    Field(examples=["aed-0214"]),
]
"""An entity's id, chosen by whoever registers it."""

Name = Annotated[str, line(200)]
"""A name on one line."""

Line = Annotated[str, line(500)]
"""One line of text: an address, a placement."""

Text = Annotated[str, text(4_000)]
"""Text of several lines: a note."""

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A word of a vocabulary that is open, such as a skill."""

Int32 = Annotated[int, Field(ge=-INT32_MAX, le=INT32_MAX)]
Count = Annotated[int, Field(ge=0, le=INT32_MAX)]
