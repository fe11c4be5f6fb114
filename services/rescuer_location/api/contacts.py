"""Names and numbers of rescuers, for dispatch when a plan has to be carried out by telephone."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.rescuer_location.api.entries import Store
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.parts import Now
from shared.http.routing import new_router
from shared.http.strict import IDENTIFIER_PATTERN, Strict, line
from shared.identity.roles import Role
from shared.identity.tokens import Identity

contacts_router = new_router("rescuers")

MOST = 200
"""Far more than one incident ever asks; nobody reads the register through this."""


class ContactsIn(Strict):
    """Whose, for which incident, and who will see them."""

    rescuer_ids: Annotated[
        list[Annotated[str, StringConstraints(pattern=IDENTIFIER_PATTERN)]],
        Field(min_length=1, max_length=MOST),
    ]
    incident_id: Annotated[str, StringConstraints(pattern=IDENTIFIER_PATTERN)]
    asked_by: Annotated[str, line(100)] = Field(description="Such as dispatcher:alice")


class ContactOut(BaseModel):
    """How to call one rescuer."""

    model_config = ConfigDict(extra="forbid", title="Contact")

    id: str
    name: str | None
    phone: str | None
    languages: list[str] = Field(description="BCP 47 tags, the preferred one first")


class ContactsOut(BaseModel):
    """Those who are registered; nobody else is in it."""

    model_config = ConfigDict(extra="forbid", title="Contacts")

    contacts: list[ContactOut]


@contacts_router.post("/rescuers/contacts")
async def read_contacts(
    who: Annotated[Identity, requires(Role.SERVICE)], store: Store, now: Now, asked: ContactsIn
) -> ContactsOut:
    """Names and numbers of the rescuers of one incident; noted in the audit of each of them."""
    async with store.transaction() as connection:
        entries = await store.get_many(sorted(set(asked.rescuer_ids)), connection=connection)
        for rescuer_id in sorted(entries):
            await audit(
                connection,
                actor=asked.asked_by,
                action="rescuer.contact.read",
                subject=rescuer_id,
                now=now,
                detail={"incident_id": asked.incident_id, "by": who.actor},
            )
    return ContactsOut(
        contacts=[
            ContactOut(
                id=entry.id,
                name=entry.document.name,
                phone=entry.document.phone,
                languages=list(entry.document.languages),
            )
            for _, entry in sorted(entries.items())
        ]
    )


__all__ = ["contacts_router"]
