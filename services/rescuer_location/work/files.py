"""A list of people, as somebody has it, meets who is in the register already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from services.rescuer_location.domain.phone import canonical, tail_of
from services.rescuer_location.domain.rescuer import Credential, Rescuer
from services.rescuer_location.store import RescuerStore
from shared.http.problems import invalid
from shared.registry.model import Entry

NEVER_FROM_A_LIST: Final = frozenset({"consent", "time_zone", "provenance", "offered", "review"})
"""Of somebody who is registered: what they said themselves, what a registrar found."""


class _Identified(msgspec.Struct):
    id: str = ""
    phone: str | None = None


class KnownPeople:
    """Those in the register whom the rows of one list may mean."""

    def __init__(
        self, entries: Mapping[str, Entry[Rescuer]], numbers: Mapping[str, str], region: str
    ) -> None:
        """``numbers``: whose a number (E.164) is, for everybody in use."""
        self._entries = entries
        self._numbers = dict(numbers)
        self._region = region

    @classmethod
    async def of(cls, store: RescuerStore, rows: list[bytes], region: str) -> KnownPeople:
        """Looks them up, by id and by number, in one look each."""
        named = [msgspec.json.decode(row, type=_Identified) for row in rows]
        tails = {
            tail_of(number)
            for each in named
            if each.phone and (number := canonical(each.phone, region)) is not None
        }
        async with store.transaction() as connection:
            entries = await store.get_many([each.id for each in named], connection=connection)
            found = await store.numbers_like(connection, tails)
        numbers = {
            number: rescuer_id
            for rescuer_id, phone in found
            if (number := canonical(phone, region)) is not None
        }
        return cls(entries, numbers, region)

    def met(self, row: Rescuer) -> Rescuer:
        """What becomes of a row; raises a 422 problem that says what stands against it.

        Whoever is registered keeps what the list does not say, and all consent: a list may bring
        new people and new papers, but cannot overrule what somebody has said on their own phone.
        """
        self._number_free(row)
        entry = self._entries.get(row.id)
        if entry is None:
            return row
        if entry.retired:
            raise invalid(
                "id", "has left the register", "bring the entry back by hand if they want that"
            )
        before = entry.document
        said = row.model_fields_set - NEVER_FROM_A_LIST
        if not row.places:
            said -= {"places"}
        kept = {name: getattr(before, name) for name in Rescuer.model_fields if name not in said}
        after = row.model_copy(update=kept)
        if after.credential is not None and _same_paper(before.credential, after.credential):
            after = after.model_copy(update={"credential": before.credential})
        return after

    def _number_free(self, row: Rescuer) -> None:
        number = canonical(row.phone, self._region) if row.phone else None
        if number is None:
            return
        owner = self._numbers.setdefault(number, row.id)
        if owner != row.id:
            # Whoever signs in with it could not be told apart from the other.
            raise invalid(
                "phone",
                f"is already the number of {owner}",
                f"give this row the id {owner}, or leave it out",
            )


def _same_paper(old: Credential | None, new: Credential) -> bool:
    """Whether a list names the same paper without the day on which somebody looked at it."""
    return old is not None and old.model_copy(update={"verified_on": None}) == new
