"""What becomes of a right code: an entry in the register, a session, and the proof of consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.rescuer_location.domain.changes import with_offer
from services.rescuer_location.domain.rescuer import (
    Consent,
    OfferedCredential,
    Provenance,
    Rescuer,
)
from services.rescuer_location.store import photos, sessions
from services.rescuer_location.store.enrolments import Pending
from services.rescuer_location.work.register import Register
from shared.http.problems import Problem, conflict
from shared.ids import new_id
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Entry

SOURCE = "enrolment"
"""Provenance of those who enrolled by themselves."""


class Newcomers:
    """Writes people into the register and lets phones in."""

    def __init__(
        self,
        register: Register,
        *,
        time_zone: str,
    ) -> None:
        """``time_zone``: the deployment's, where newcomers live as far as we know."""
        self._register = register
        self._store = register.store
        self.after_commit = register.after_commit
        self._time_zone = time_zone

    async def enrol(
        self,
        connection: AnyConnection,
        pending: Pending,
        registered: list[Entry[Rescuer]],
        now: datetime,
    ) -> str:
        """Writes down what was said at enrolment; returns the rescuer's id.

        Somebody who is in the register already is found again by their number: their entry gets
        the consent and the papers that they have sent just now, and keeps everything else. Where
        several people are entered with one number a registrar must say who it is (409).
        """
        if len(registered) > 1:
            raise conflict(
                "several-with-this-number",
                "Several people have this number",
                "The register has this number more than once; ask the registrar to mend that.",
            )
        said = pending.said or {}
        offer = said.get("credential")
        offered = None if offer is None else OfferedCredential.model_validate(offer)
        consent = Consent(alerts=True, location=bool(said.get("location_accepted")), at=now)
        if registered:
            rescuer_id = registered[0].id

            def renewed(before: Rescuer) -> Rescuer:
                after = before.model_copy(update={"consent": consent})
                return after if offered is None else with_offer(after, offered)

            entry, _ = await self._store.change(
                rescuer_id, renewed, by=f"rescuer:{rescuer_id}", now=now, connection=connection
            )
            await self._register.forget_if_withdrawn(connection, entry, now)
        else:
            rescuer_id = new_id("rescuer")
            await self._store.create(
                self._newcomer(rescuer_id, pending, said, offered, consent),
                by=f"rescuer:{rescuer_id}",
                now=now,
                connection=connection,
            )
        if pending.photo is not None:
            await self._register.keep_photo(connection, rescuer_id, pending.photo, now)
        await photos.note_consent(
            connection,
            rescuer_id,
            version=said["consent_version"],
            language=pending.language,
            location=consent.location,
            now=now,
        )
        return rescuer_id

    async def sign_in(self, connection: AnyConnection, rescuer_id: str, now: datetime) -> str:
        """A session for a phone."""
        session_id = new_id("ses")
        await sessions.insert(connection, session_id, rescuer_id, now)
        return session_id

    async def refresh(self, session_id: str, rescuer_id: str, now: datetime) -> None:
        """Whether the phone may have a new token; raises 401 when it must sign in anew."""
        async with self._store.transaction() as connection:
            entry = await self._store.find(rescuer_id, connection=connection)
            gone = entry is None or entry.retired
            if gone or not await sessions.refresh(connection, session_id, rescuer_id, now):
                raise _session_ended()

    async def sign_out(self, session_id: str, rescuer_id: str, now: datetime) -> None:
        """Ends a phone's session; again changes nothing."""
        async with self._store.transaction() as connection:
            await sessions.end(connection, session_id, rescuer_id, now)

    async def must_be_in_use(self, connection: AnyConnection, rescuer_id: str) -> None:
        """410 for somebody who left the register since they asked for the code."""
        entry = await self._store.find(rescuer_id, connection=connection)
        if entry is None or entry.retired:
            raise Problem(410, "code-ended", "This code has ended", "Ask for a new code.")

    def _newcomer(
        self,
        rescuer_id: str,
        pending: Pending,
        said: dict[str, Any],
        offered: OfferedCredential | None,
        consent: Consent,
    ) -> Rescuer:
        return Rescuer(
            id=rescuer_id,
            name=said["name"],
            phone=pending.phone,
            offered=offered,
            languages=(pending.language,),
            time_zone=self._time_zone,
            consent=consent,
            provenance=Provenance(source=SOURCE),
        )


def _session_ended() -> Problem:
    return Problem(
        401,
        "session-ended",
        "This phone is signed out",
        "Sign in again with your number.",
        headers={"WWW-Authenticate": 'Bearer realm="lifering"'},
    )
