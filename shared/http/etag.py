"""Optimistic concurrency: an entity's version as ETag, and If-Match on the way back.

``If-Match`` is looked at only once the entity is known to exist (404 comes before 428 and 412):
the handler passes it on to where the current version is at hand, which calls :meth:`IfMatch.check`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from shared.http.problems import Problem


def etag(version: int) -> str:
    """The strong entity tag of a version: ``"7"`` with its quotes."""
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class IfMatch:
    """What the client believes to be changing."""

    version: int | None
    any_version: bool = False
    """``If-Match: *``: whatever is there now."""

    def check(self, current: int) -> None:
        """Raises 428 when the client named no version, 412 when it is not ``current``."""
        if self.any_version:
            return
        if self.version is None:
            raise Problem(
                428,
                "precondition-required",
                "Say which version you are changing",
                "Read the entry, then send the ETag that came with it as If-Match.",
            )
        if self.version != current:
            raise Problem(
                412,
                "precondition-failed",
                "Somebody else changed it meanwhile",
                f"The current version is {current}; read it again, then repeat your change.",
                headers={"ETag": etag(current)},
            )


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            pattern=r'^(\*|"[0-9]{1,9}")$',
            description="The ETag that was read with the entry; * for whatever is there",
            examples=['"7"'],
        ),
    ] = None,
) -> IfMatch:
    if if_match is None:
        return IfMatch(None)
    if if_match == "*":
        return IfMatch(None, any_version=True)
    return IfMatch(int(if_match.strip('"')))


IfMatchHeader = Annotated[IfMatch, Depends(_if_match)]
"""Parameter type of handlers that change an entity: ``if_match: IfMatchHeader``."""
