"""What happens to an entry beyond writing it down: own changes, consent withdrawn, verification."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from services.rescuer_location.domain.changes import (
    CannotVerify,
    OwnChange,
    changed,
    refused,
    verified,
    with_offer,
)
from services.rescuer_location.domain.rescuer import Credential, OfferedCredential, Rescuer
from services.rescuer_location.store import RescuerStore, photos, sessions
from services.rescuer_location.work.presence import Presence
from shared.http.audit import audit
from shared.http.etag import IfMatch
from shared.http.problems import conflict
from shared.identity.tokens import Identity
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Entry


class Register:
    """Changes to entries that have consequences."""

    def __init__(
        self,
        store: RescuerStore,
        presence: Presence,
        after_commit: Callable[[], None],
        *,
        photo_days: int,
        unverified_days: int,
    ) -> None:
        """``photo_days``: photos are kept so long once they were looked at; else the other."""
        self.store = store
        self._presence = presence
        self.after_commit = after_commit
        self._seen = timedelta(days=photo_days)
        self._unverified = timedelta(days=unverified_days)

    async def change_own(self, who: Identity, change: OwnChange, now: datetime) -> Entry[Rescuer]:
        """Rescuers change what they say about themselves; 404 when not registered."""
        async with self.store.transaction() as connection:
            await self._in_use(connection, who.subject)
            entry, _ = await self.store.change(
                who.subject,
                lambda rescuer: changed(rescuer, change, now),
                by=who.actor,
                now=now,
                connection=connection,
            )
            await self.forget_if_withdrawn(connection, entry, now)
        self.after_commit()
        return entry

    async def replace(
        self, rescuer_id: str, rescuer: Rescuer, if_match: IfMatch, who: Identity, now: datetime
    ) -> Entry[Rescuer]:
        """A registrar writes the whole entry; 404, 412, 422, 428 as the register has them."""
        async with self.store.transaction() as connection:
            entry, _ = await self.store.replace(
                rescuer_id, rescuer, if_match=if_match, by=who.actor, now=now, connection=connection
            )
            await self.forget_if_withdrawn(connection, entry, now)
        self.after_commit()
        return entry

    async def retire(
        self, rescuer_id: str, if_match: IfMatch, who: Identity, now: datetime
    ) -> Entry[Rescuer]:
        """Takes somebody out of the register; live place, photo and signed-in phones go, too."""
        async with self.store.transaction() as connection:
            entry, _ = await self.store.retire(
                rescuer_id, if_match=if_match, by=who.actor, now=now, connection=connection
            )
            await photos.delete(connection, rescuer_id)
            await sessions.end_all(connection, rescuer_id, now)
            await self.forget_if_withdrawn(connection, entry, now)
        self.after_commit()
        return entry

    async def verify(
        self, rescuer_id: str, credential: Credential | None, who: Identity, now: datetime
    ) -> Entry[Rescuer]:
        """A registrar has seen the credential; 409 when it does not stand."""

        def seen(rescuer: Rescuer) -> Rescuer:
            try:
                return verified(rescuer, credential, now)
            except CannotVerify as error:
                raise conflict(
                    "cannot-verify", "The credential does not stand", f"{error}."
                ) from error

        async with self.store.transaction() as connection:
            await self._in_use(connection, rescuer_id)
            entry, _ = await self.store.change(
                rescuer_id, seen, by=who.actor, now=now, connection=connection
            )
            await audit(
                connection, actor=who.actor, action="rescuer.verify", subject=rescuer_id, now=now
            )
            await photos.keep_until(connection, rescuer_id, now + self._seen)
        self.after_commit()
        return entry

    async def refuse(
        self, rescuer_id: str, reason: str, who: Identity, now: datetime
    ) -> Entry[Rescuer]:
        """A registrar has looked and says no; the rescuer is told why and may send other papers."""
        async with self.store.transaction() as connection:
            await self._in_use(connection, rescuer_id)
            entry, _ = await self.store.change(
                rescuer_id,
                lambda rescuer: refused(rescuer, reason, now),
                by=who.actor,
                now=now,
                connection=connection,
            )
            await audit(
                connection, actor=who.actor, action="rescuer.refuse", subject=rescuer_id, now=now
            )
            await photos.keep_until(connection, rescuer_id, now + self._seen)
        self.after_commit()
        return entry

    async def offer(
        self, who: Identity, offered: OfferedCredential, photo: bytes | None, now: datetime
    ) -> Entry[Rescuer]:
        """A rescuer sends a certificate, the first or a renewed one, for a registrar to see."""
        async with self.store.transaction() as connection:
            await self._in_use(connection, who.subject)
            entry, _ = await self.store.change(
                who.subject,
                lambda rescuer: with_offer(rescuer, offered),
                by=who.actor,
                now=now,
                connection=connection,
            )
            if photo is not None:
                await self.keep_photo(connection, who.subject, photo, now)
        self.after_commit()
        return entry

    async def keep_photo(
        self, connection: AnyConnection, rescuer_id: str, photo: bytes, now: datetime
    ) -> None:
        """Keeps a photo until it has been looked at, and not for ever if nobody looks."""
        await photos.put(
            connection, rescuer_id, photo, now=now, delete_after=now + self._unverified
        )

    async def _in_use(self, connection: AnyConnection, rescuer_id: str) -> None:
        """409 for an entry out of use: only writing it anew brings it back."""
        entry = await self.store.get(rescuer_id, connection=connection, lock=True)
        if entry.retired:
            raise conflict(
                "retired",
                "Out of the register",
                "The entry is retired; a registrar can bring it back.",
            )

    async def forget_if_withdrawn(
        self, connection: AnyConnection, entry: Entry[Rescuer], now: datetime
    ) -> None:
        """Deletes the live place of whoever may not be located, in the same transaction."""
        cell = self._presence.cell_of(entry.id)
        if cell is not None and (entry.retired or not entry.document.consent.location):
            await self.store.forget_presence(connection, entry.id, cell, now=now)
