"""The people of the demonstration: rescuers with phones and crews with terminals.

They do what people do, faster by the stated speed-up: turnout, travel and treatment take the time
that the plan expects of them, divided by it. Nothing of Lifering's own is sped up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from deploy.demo.client import Api, Json, TooLate

SEE_S, ANSWER_S = 4.0, 12.0
"""From the alert to looking at it and to the answer, seconds of life."""
TREAT_S, PADS_S = 8.0, 30.0
"""From the patient's side to the first compression; from the AED's arrival to the shock."""
DECLINE_FIRST_S = 5.0
"""The longest that the others wait for the one who declines, seconds of the clock."""
HOLD_BACK_S = 40.0
"""The longest that the ambulance holds back for the volunteers' part, seconds of the clock."""
LEAST_S = 0.15
"""However fast they are, one thing comes after another."""


@dataclass(frozen=True)
class Pace:
    """How fast the actors live."""

    speed_up: float

    async def spend(self, life_s: float) -> None:
        """Lets so many seconds of an actor's life pass."""
        await asyncio.sleep(max(life_s / self.speed_up, LEAST_S))


class Phone:
    """One rescuer with the app open."""

    def __init__(
        self,
        api: Api,
        rescuer_id: str,
        incident_id: str,
        pace: Pace,
        decides: Callable[[str, Json], bool],
        declined: asyncio.Event,
    ) -> None:
        self.rescuer_id = rescuer_id
        self._incident_id = incident_id
        self._api = api
        self._pace = pace
        self._decides = decides
        self._declined = declined
        self._alerted = False

    async def run(self) -> None:
        """Listens to the rescuer's own stream until cancelled."""
        async with asyncio.TaskGroup() as group:
            async for event in self._api.stream("/me/stream"):
                message = json.loads(event.data)
                await self._receipt(message, "delivered")
                ours = message["incident_id"] == self._incident_id
                if event.event == "alert" and ours and not self._alerted:
                    self._alerted = True
                    group.create_task(self._respond(message))
                else:
                    await self._receipt(message, "seen")

    async def _receipt(self, message: Json, state: str) -> None:
        await self._api.post(f"/me/messages/{message['message_id']}/receipts", {"state": state})

    async def _respond(self, message: Json) -> None:
        await self._pace.spend(SEE_S)
        await self._receipt(message, "seen")
        path = f"/me/tasks/{message['alert_id']}"
        task = await self._api.get(path)
        await self._pace.spend(ANSWER_S - SEE_S)
        try:
            if not self._decides(self.rescuer_id, task):
                await self._api.post(f"{path}/steps/decline")
                self._declined.set()
                return
            # Staged: enough who accept at once would have the one who declines stood down before.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DECLINE_FIRST_S):
                    await self._declined.wait()
            await self._go(path)
        except TooLate:
            # Stood down, or the ambulance was quicker: that is how it should be.
            return

    async def _go(self, path: str) -> None:
        task = await self._step(path, "accept")
        await self._step(path, "departed")
        way_s = float(task["eta_s"] or 180.0)
        if task["aed"] is not None:
            await self._pace.spend(way_s * 0.55)
            task = await self._step(path, "aed-collected", task["aed"]["place"])
            await self._pace.spend(way_s * 0.45)
        else:
            await self._pace.spend(way_s)
        carries = task["state"] == "aed_collected"
        task = await self._step(path, "arrived", task["place"])
        await self._pace.spend(TREAT_S)
        await self._step(path, "cpr-started")
        if carries:
            await self._step(path, "aed-on")
            await self._pace.spend(PADS_S)
            await self._step(path, "shock-delivered")

    async def _step(self, path: str, step: str, place: Json | None = None) -> Json:
        body = {} if place is None else {**place, "datum": "wgs84"}
        return await self._api.post(f"{path}/steps/{step}", body)


class Crew:
    """A unit's crew with its terminal."""

    def __init__(self, api: Api, order: Json, pace: Pace, treated: asyncio.Event) -> None:
        self._api = api
        self._order = order
        self._pace = pace
        self._treated = treated

    async def run(self) -> None:
        """Drives one order from the acknowledgement to being free again."""
        eta_s = float(self._order["eta_s"] or 480.0)
        ambulance = self._order["kind"] == "ambulance"
        try:
            await self._pace.spend(15.0)
            await self._step("acknowledged")
            await self._pace.spend(60.0)
            await self._step("mobile")
            await self._pace.spend(max(eta_s - 75.0, 30.0))
            if ambulance:
                await self._let_volunteers_show()
            await self._step("on_scene")
            await self._pace.spend(45.0)
            await self._step("at_patient")
            await self._pace.spend(600.0)
            if ambulance:
                await self._step("transporting")
                await self._pace.spend(720.0)
                await self._step("at_hospital")
                await self._pace.spend(300.0)
            await self._step("free")
        except TooLate:
            # Cancelled on the way.
            return

    async def _let_volunteers_show(self) -> None:
        """Staged as well: an ambulance that would be first lets the others show."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HOLD_BACK_S):
                await self._treated.wait()

    async def _step(self, step: str) -> None:
        await self._api.post(f"/orders/{self._order['id']}/steps", {"step": step})
