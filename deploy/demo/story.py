"""The story: a call, and everybody doing their part until the hand-over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from deploy.bulk import gateway_client
from deploy.demo.actors import Crew, Pace, Phone
from deploy.demo.client import Api, Json
from deploy.errors import UserError
from deploy.loading import LoadReport, load_scenario
from deploy.stack import Stack
from shared.scenarios.scenario import Scenario

EVENTS = (
    "call_received",
    "plan_made",
    "alert_sent",
    "alert_delivered",
    "alert_seen",
    "alert_accepted",
    "alert_declined",
    "unit_notified",
    "unit_acknowledged",
    "unit_mobile",
    "aed_collected",
    "rescuer_arrived",
    "cpr_started",
    "shock_delivered",
    "ambulance_arrived",
    "stood_down",
    "incident_closed",
)
"""What must have happened for the demonstration to have succeeded."""

DISPATCHER = "demo-dispatcher"
CATCH_UP_S = 60.0
STORY_S = 240.0
LOOK_S = 0.4

Say = Callable[[str], None]


class Story:
    """One demonstration on a running stack."""

    def __init__(self, stack: Stack, scenario: Scenario, *, speed_up: float, say: Say) -> None:
        self._stack = stack
        self._scenario = scenario
        self._pace = Pace(speed_up)
        self._say = say
        self._gateway = stack.urls["gateway"][0]
        self._apis: list[Api] = []
        self._actors: dict[str, asyncio.Task[None]] = {}
        self._decliner: str | None = None
        self._declined = asyncio.Event()
        self._treated = asyncio.Event()

    async def load(self) -> LoadReport:
        """Loads the scenario and waits until every dispatch instance knows all of it."""
        token = self._stack.token("administrator", "demo-administrator")
        async with gateway_client(self._gateway, token) as client:
            report = await load_scenario(
                client, self._scenario, now=datetime.now(UTC), progress=self._progress
            )
        if report.refused:
            first = next(t.refused_rows[0] for t in report.tables.values() if t.refused_rows)
            raise UserError(f"{report.refused} rows were refused, the first: {first}")
        await self._caught_up(report)
        return report

    async def play(self) -> str:
        """From the call to the closed incident; returns the incident's id."""
        dispatcher = self._api("dispatcher", DISPATCHER)
        await self._clear_up(dispatcher)
        demo = self._scenario.manifest.demo
        call = await dispatcher.post(
            "/calls",
            {
                "caller_phone": demo.caller_phone,
                "place": demo.place.model_dump(mode="json"),
                "details": {
                    "address": demo.address,
                    "building": demo.building,
                    "unit": demo.unit,
                    "floor": demo.floor,
                    "door_code": demo.door_code,
                    "seen": demo.seen,
                },
                "conscious": demo.conscious,
                "breathing_normally": demo.breathing_normally,
            },
        )
        incident_id: str = call["incident"]["id"]
        self._say(f"call taken: {incident_id}")
        try:
            async with asyncio.timeout(STORY_S):
                await self._follow(dispatcher, incident_id)
        except TimeoutError:
            self._say(f"the story did not come to its end within {STORY_S:.0f} s")
        finally:
            for actor in self._actors.values():
                actor.cancel()
            await asyncio.gather(*self._actors.values(), return_exceptions=True)
        return incident_id

    async def _clear_up(self, dispatcher: Api) -> None:
        """Cancels what an earlier demonstration, stopped in the middle, has left open."""
        for incident in (await dispatcher.get("/incidents"))["items"]:
            path = f"/incidents/{incident['id']}"
            first = (await dispatcher.get(f"{path}/timeline"))["entries"][0]
            if first["by"] == f"dispatcher:{DISPATCHER}":
                await dispatcher.post(f"{path}/cancel", {"because": "left by a demonstration"})

    async def read_back(self, incident_id: str) -> tuple[Json, Json]:
        """The first plan and the timeline, as dispatch answers them."""
        dispatcher = self._api("dispatcher", DISPATCHER)
        plan = await dispatcher.get(f"/incidents/{incident_id}/plan", number=1)
        return plan, await dispatcher.get(f"/incidents/{incident_id}/timeline")

    async def close(self) -> None:
        """Hangs everybody up."""
        for api in self._apis:
            await api.close()

    def _api(self, role: str, subject: str, station: str | None = None) -> Api:
        api = Api(self._gateway, self._stack.token(role, subject, station=station))
        self._apis.append(api)
        return api

    async def _caught_up(self, report: LoadReport) -> None:
        """Waits until dispatch's own tables hold what the registries have accepted."""
        wanted = {name: table.accepted for name, table in report.tables.items()}
        token = self._stack.token("dispatcher", DISPATCHER)
        async with asyncio.timeout(CATCH_UP_S):
            for url in self._stack.urls["dispatch"]:
                async with gateway_client(url, token) as client:
                    while True:
                        answer = await client.get("/incidents/picture")
                        if answer.is_success:
                            known = {t["name"]: t["records"] for t in answer.json()["tables"]}
                            if all(known[name] >= count for name, count in wanted.items()):
                                break
                        await asyncio.sleep(LOOK_S / 2)

    async def _follow(self, dispatcher: Api, incident_id: str) -> None:
        """Gives everybody who is alerted a phone, every order a crew, until the incident closes."""
        seen = 0
        while True:
            incident = await dispatcher.get(f"/incidents/{incident_id}")
            for alert in incident["alerts"]:
                if alert["rescuer_id"] not in self._actors:
                    self._start(
                        alert["rescuer_id"], self._phone(alert["rescuer_id"], incident_id).run()
                    )
            for order in incident["orders"]:
                if order["id"] not in self._actors:
                    self._start(order["id"], self._crew(order).run())
            timeline = await dispatcher.get(f"/incidents/{incident_id}/timeline")
            for entry in timeline["entries"][seen:]:
                self._say(f"{entry['elapsed_s']:7.2f} s  {entry['event']:<22} {entry['by']}")
                if entry["event"] == "shock_delivered":
                    self._treated.set()
            seen = len(timeline["entries"])
            if incident["state"] == "closed":
                return
            self._fail_loudly()
            await asyncio.sleep(LOOK_S)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._actors[name] = asyncio.create_task(work, name=name)

    def _phone(self, rescuer_id: str, incident_id: str) -> Phone:
        api = self._api("rescuer", rescuer_id)
        return Phone(api, rescuer_id, incident_id, self._pace, self._decides, self._declined)

    def _crew(self, order: Json) -> Crew:
        station = order["station_id"]
        return Crew(self._api("station", station, station), order, self._pace, self._treated)

    def _fail_loudly(self) -> None:
        """An actor who could not do their part ends the story with what was answered."""
        for actor in self._actors.values():
            if actor.done() and not actor.cancelled():
                actor.result()

    def _decides(self, rescuer_id: str, task: Json) -> bool:
        """One of them has to decline, so that the plan is made again: the first direct one."""
        if self._decliner is None and task["task"] == "direct":
            self._decliner = rescuer_id
        return rescuer_id != self._decliner

    def _progress(self, table: str, done: int, total: int) -> None:
        if done == total:
            self._say(f"loaded {total} {table}")
