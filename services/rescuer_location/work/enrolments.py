"""People who come into the register by themselves, and phones that sign in.

Nobody learns here whether a number is registered: the answers, the waits and the work done for a
number are the same either way, and the code goes to the phone alone. What is told to whoever gives
the right code is theirs.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from services.rescuer_location.domain.codes import (
    DAY,
    LIVES,
    MOST_WRONG,
    PAUSE,
    Asked,
    Verdict,
    digest_of,
    hash_of,
    is_code,
    new_code,
    new_salt,
    rule_on_try,
    wait_before_next,
)
from services.rescuer_location.domain.phone import masked, same_number, tail_of
from services.rescuer_location.domain.rescuer import Rescuer
from services.rescuer_location.store import RescuerStore, enrolments
from services.rescuer_location.store.enrolments import Kind, Pending
from services.rescuer_location.work.code_sender import CodeMessage, CodeSender
from services.rescuer_location.work.newcomers import Newcomers
from shared.http.audit import audit
from shared.http.problems import Problem, not_found
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.messaging.inbox import AnyConnection
from shared.registry.model import Entry

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Started:
    """What whoever asked for a code is told; the same for everybody."""

    enrolment_id: str
    code_sent_to: str
    expires_at: datetime
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a right code belongs to, and the session of the phone."""

    rescuer_id: str
    session_id: str


class Enrolments:
    """From a phone number to a session."""

    def __init__(
        self,
        store: RescuerStore,
        sender: CodeSender,
        newcomers: Newcomers,
        *,
        region: str,
        most_an_hour: int,
    ) -> None:
        self._store = store
        self._sender = sender
        self._newcomers = newcomers
        self._region = region
        self._most_an_hour = most_an_hour

    async def may_ask(self, phone: str, asker: str, now: datetime) -> None:
        """429 when the number must wait for its next code; before any work is done for it.

        ``asker``: the network that the request comes from.
        """
        async with self._store.transaction() as connection:
            await self._may_ask(connection, phone, digest_of(asker, phone), now)

    async def start(
        self,
        kind: Kind,
        phone: str,
        language: str,
        now: datetime,
        *,
        asker: str,
        said: dict[str, Any] | None = None,
        photo: bytes | None = None,
    ) -> Started:
        """Makes a code for a number (E.164) and sends it; 429 when the number had one just now."""
        code, salt = new_code(), new_salt()
        asked_by = digest_of(asker, phone)
        code_hash = await asyncio.to_thread(hash_of, code, salt)
        async with self._store.transaction() as connection:
            asked = await self._may_ask(connection, phone, asked_by, now)
            found = await self._registered(connection, phone)
            rescuer_id = found[0].id if kind is Kind.SIGN_IN and len(found) == 1 else None
            goes_out = kind is Kind.ENROLMENT or rescuer_id is not None
            pending = Pending(
                id=new_id("enrol"),
                kind=kind,
                phone=phone,
                language=language,
                said=said,
                photo=photo,
                created_at=now,
                expires_at=now + LIVES,
                code_salt=salt,
                code_hash=code_hash,
                code_to_read_out=code if goes_out and not self._sender.configured else None,
                wrong_tries=0,
                used_at=None,
                rescuer_id=rescuer_id,
                asked_by=asked_by,
            )
            await enrolments.insert(connection, pending)
        if goes_out:
            self._sender.send_soon(
                CodeMessage(pending.id, phone, code, language, pending.expires_at)
            )
        wait = wait_before_next([*asked, Asked(now, by_asker=True)], now)
        return Started(pending.id, masked(phone), pending.expires_at, now + (wait or PAUSE))

    async def confirm(self, enrolment_id: str, code: str, now: datetime) -> SignedIn:
        """Whose code it is; 403 when it is wrong, 410 when it has ended, 404 without such a try."""
        async with self._store.transaction() as connection:
            seen = await enrolments.find(connection, enrolment_id)
        if seen is None:
            raise not_found("enrolment", enrolment_id)
        if _ruled(seen, now, right=True) is Verdict.ENDED:
            raise _ended()  # before the slow hash: what has ended costs nothing
        right = await asyncio.to_thread(is_code, code, seen.code_salt, seen.code_hash)
        # A decoy has a code that nobody was ever told.
        right = right and (seen.kind is Kind.ENROLMENT or seen.rescuer_id is not None)
        async with self._store.transaction() as connection:
            # Guesses that come at the same time are counted one after the other.
            pending = await enrolments.find(connection, enrolment_id, lock=True)
            if pending is None:
                raise not_found("enrolment", enrolment_id)
            verdict = _ruled(pending, now, right=right)
            if verdict is Verdict.RIGHT:
                signed_in = await self._let_in(connection, pending, now)
            elif verdict is Verdict.WRONG:
                wrong = await enrolments.count_wrong(connection, enrolment_id)
        if verdict is Verdict.ENDED:
            raise _ended()
        if verdict is Verdict.WRONG:
            raise _wrong(MOST_WRONG - wrong)
        self._newcomers.after_commit()
        return signed_in

    async def waiting(self, who: Identity, now: datetime) -> list[Pending]:
        """What waits for its code, for a registrar; the look is audited."""
        async with self._store.transaction() as connection:
            found = await enrolments.waiting(connection, now, MOST_WRONG)
            await audit(
                connection,
                actor=who.actor,
                action="enrolment.list",
                subject="*",
                now=now,
                detail={
                    "rows": len(found),
                    "codes": sum(each.code_to_read_out is not None for each in found),
                },
            )
        return found

    async def _may_ask(
        self, connection: AnyConnection, phone: str, asked_by: bytes, now: datetime
    ) -> list[Asked]:
        asked = await enrolments.asked_for(connection, phone, asked_by, now - DAY)
        wait = wait_before_next(asked, now)
        if wait is None and await enrolments.count_since(connection, now - HOUR) >= (
            self._most_an_hour
        ):
            wait = timedelta(minutes=5)
        if wait is not None:
            seconds = max(1, math.ceil(wait.total_seconds()))
            raise Problem(
                429,
                "too-many-codes",
                "Too many codes",
                f"Ask for another code in {seconds} s.",
                headers={"Retry-After": str(seconds)},
            )
        return asked

    async def _registered(self, connection: AnyConnection, phone: str) -> list[Entry[Rescuer]]:
        candidates = await self._store.by_phone_tail(connection, tail_of(phone))
        return [
            entry
            for entry in candidates
            if entry.document.phone and same_number(phone, entry.document.phone, self._region)
        ]

    async def _let_in(self, connection: AnyConnection, pending: Pending, now: datetime) -> SignedIn:
        if pending.rescuer_id is not None:
            rescuer_id = pending.rescuer_id  # a sign-in, or the same code once more
            await self._newcomers.must_be_in_use(connection, rescuer_id)
        else:
            registered = await self._registered(connection, pending.phone)
            rescuer_id = await self._newcomers.enrol(connection, pending, registered, now)
        await enrolments.use_up(connection, pending.id, rescuer_id, now)
        session_id = await self._newcomers.sign_in(connection, rescuer_id, now)
        return SignedIn(rescuer_id, session_id)


def _ruled(pending: Pending, now: datetime, *, right: bool) -> Verdict:
    return rule_on_try(
        right=right,
        wrong_tries=pending.wrong_tries,
        expires_at=pending.expires_at,
        used_at=pending.used_at,
        now=now,
    )


def _ended() -> Problem:
    return Problem(
        410, "code-ended", "This code has ended", "Ask for a new code; one is good for 10 minutes."
    )


def _wrong(tries_left: int) -> Problem:
    left = f"{tries_left} tries are left." if tries_left else "Ask for a new code."
    return Problem(403, "wrong-code", "This is not the code", left)
