"""Tokens for rescuers' phones: the one place in the system where tokens are signed.

The service of rescuers says who somebody is (it has the codes and the sessions), the gateway signs
it (it alone of all services has the key). A token lives for weeks, because a phone that is asleep
must be able to answer an alert; signing out therefore ends the session, and every gateway keeps the
short list of sessions that have ended while their tokens could still be used.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

import httpx

from services.gateway.domain.upstreams import Upstreams
from services.gateway.work.forward import NEVER_REACHED
from shared.clock import Clock
from shared.http.problems import Problem, unavailable
from shared.identity.roles import Role
from shared.identity.tokens import Identity, issue
from shared.telemetry.logs import logger

log = logger(__name__)

OWNER: Final = "rescuer_location"
OVERLAP: Final = timedelta(seconds=60)
"""How far back each look reaches again: an end is stamped before its commit is seen."""
PASSED_ON_FOR: Final = timedelta(seconds=120)
"""How long the services take what was passed on to them."""
MOST_PASSED_ON: Final = 50_000


class EndedSessions:
    """Which sessions are over, as far as this gateway knows."""

    def __init__(self) -> None:
        self._ended: set[str] = set()
        # Only of those who listen at this moment: nobody holds the others.
        self._ends: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ended

    def add(self, *session_ids: str) -> None:
        """These are over."""
        self._ended.update(session_ids)
        for session_id in session_ids:
            end = self._ends.get(session_id)
            if end is not None:
                end.set()

    def end_of(self, session_id: str) -> asyncio.Event:
        """Set when the session is over: its open streams end then."""
        end = self._ends.setdefault(session_id, asyncio.Event())
        if session_id in self._ended:
            end.set()
        return end


@dataclass(frozen=True, slots=True)
class Signed:
    """A token, and whose it is."""

    token: str
    rescuer_id: str
    expires_at: datetime


class Sessions:
    """Signs phones in, renews and ends."""

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        upstreams: Upstreams,
        ended: EndedSessions,
        private_key: str,
        lifetime_s: float,
        clock: Clock,
        now_s: Callable[[], float],
    ) -> None:
        """``client`` carries the gateway's own token; ``now_s`` is a monotonic clock, seconds."""
        self._client = client
        self._upstreams = upstreams
        self._ended = ended
        self._private_key = private_key
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._now_s = now_s
        self._passed_on: OrderedDict[str, Signed] = OrderedDict()

    async def confirm(self, enrolment_id: str, code: str) -> Signed:
        """A token for whoever gives the right code; the owner's refusal otherwise."""
        self._must_have_key()
        said = await self._ask("/sessions", {"enrolment_id": enrolment_id, "code": code})
        return self._sign(said["rescuer_id"], said["session_id"])

    async def refresh(self, who: Identity) -> Signed:
        """Another token for a phone that is still signed in."""
        self._must_have_key()
        said = await self._ask(f"/sessions/{who.session}/refresh", {"rescuer_id": who.subject})
        return self._sign(said["rescuer_id"], said["session_id"])

    async def end(self, who: Identity) -> None:
        """The phone signs out."""
        assert who.session is not None
        await self._ask(f"/sessions/{who.session}/end", {"rescuer_id": who.subject})
        self._ended.add(who.session)

    async def keep_told(self, every_s: float) -> None:
        """Learns again and again which sessions ended elsewhere; while nobody answers, keeps on."""
        since = self._clock.now() - timedelta(seconds=self._lifetime_s)
        while True:
            try:
                said = await self._read("/sessions/ended", {"since": since.isoformat()})
                self._ended.add(*said["session_ids"])
                told_until = datetime.fromisoformat(said["told_until"])
                if said["more"]:
                    since = told_until
                    continue
                since = told_until - OVERLAP
            except Problem as problem:
                log.warning("ended sessions not known", reason=problem.detail)
            await asyncio.sleep(every_s)

    def passed_on(self, who: Identity) -> str:
        """A phone's token as the services behind take it: for a minute or two, not for weeks.

        The same one for some time, so that neither side signs and checks anew for each request.
        """
        assert who.session is not None
        self._must_have_key()
        now = self._clock.now()
        known = self._passed_on.get(who.session)
        if (
            known is not None
            and known.rescuer_id == who.subject
            and known.expires_at - now > PASSED_ON_FOR / 2
        ):
            self._passed_on.move_to_end(who.session)
            return known.token
        token = issue(
            self._private_key,
            role=who.role,
            subject=who.subject,
            now=now,
            lifetime_s=PASSED_ON_FOR.total_seconds(),
            session=who.session,
            passed_on=True,
        )
        self._passed_on[who.session] = Signed(token, who.subject, now + PASSED_ON_FOR)
        self._passed_on.move_to_end(who.session)
        if len(self._passed_on) > MOST_PASSED_ON:
            self._passed_on.popitem(last=False)
        return token

    def _sign(self, rescuer_id: str, session_id: str) -> Signed:
        now = self._clock.now()
        token = issue(
            self._private_key,
            role=Role.RESCUER,
            subject=rescuer_id,
            now=now,
            lifetime_s=self._lifetime_s,
            session=session_id,
        )
        expires_at = now.replace(microsecond=0) + timedelta(seconds=int(self._lifetime_s))
        return Signed(token, rescuer_id, expires_at)

    def _must_have_key(self) -> None:
        if not self._private_key:
            raise unavailable(
                "Nobody can sign in here: the gateway has no signing key. Set "
                "LIFERING_TOKEN_PRIVATE_KEY for it (./lifering up does).",
                60,
            )

    async def _ask(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        return await self._exchange("POST", path, json=body)

    async def _read(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        return await self._exchange("GET", path, params=params)

    async def _exchange(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """What the owner answers; its refusals go on as they are, its silence as a 503."""
        for url in self._upstreams.order(OWNER, self._now_s()):
            try:
                answer = await self._client.request(method, url + path, **content)
            except httpx.TransportError as error:
                self._upstreams.failed(url, self._now_s())
                log.warning("upstream_failed", upstream=OWNER, error=type(error).__name__)
                if isinstance(error, NEVER_REACHED) or method == "GET":
                    continue
                break  # a try must not be counted twice; the same code may be sent again
            self._upstreams.answered(url)
            if answer.is_success:
                found: dict[str, Any] = answer.json()
                return found
            raise _refusal(answer)
        raise unavailable(f"{OWNER} cannot be reached; try again shortly.")


def _refusal(answer: httpx.Response) -> Problem:
    """The owner's own refusal, for the person; what is between the two of us is a 503."""
    told_on = {401, 403, 404, 409, 410}
    try:
        said = answer.json()
        kind = str(said["type"]).rpartition(":")[2]
        title, detail = str(said["title"]), said.get("detail")
    except (ValueError, KeyError, TypeError):
        said, kind = {}, ""
    if answer.status_code not in told_on or kind in ("", "unauthorized", "forbidden"):
        log.error("session refused", status=answer.status_code, type=kind)
        return unavailable("Signing in does not work at the moment; try again shortly.", 5)
    return Problem(answer.status_code, kind, title, detail)
