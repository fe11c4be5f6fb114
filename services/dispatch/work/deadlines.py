"""Deadlines: what happens when somebody does not answer, move or acknowledge in time.

The rows are in the database; every instance runs a worker, and a row is taken by one of them in
the transaction that carries it out. The worker sleeps until the next one is due, is woken by every
commit of its own instance, and looks every second for those that another instance has set.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import asyncpg
import structlog

from services.dispatch.store import alerts, deadlines
from services.dispatch.store.deadlines import Deadline
from services.dispatch.work.case import Case
from services.dispatch.work.commands import Commands
from services.dispatch.work.desk import Desk, Replan
from shared.clock import Clock
from shared.contracts.words import AlertState, OrderState, TimelineEvent
from shared.http.problems import Problem
from shared.messaging.errors import is_transient

LONGEST_SLEEP_S = 1.0
FAILED_AGAIN_S = 5.0
"""When a deadline that failed by a fault of ours is tried again."""
log = structlog.get_logger()


class DeadlineWorker:
    """Carries out deadlines as they pass."""

    def __init__(self, desk: Desk, commands: Commands, replan: Replan, clock: Clock) -> None:
        self._desk = desk
        self._commands = commands
        self._replan = replan
        self._clock = clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """A deadline may have been set: look again when the next one is due."""
        self._wake.set()

    async def start(self) -> None:
        """Begins to work."""
        self._task = asyncio.create_task(self._run(), name="deadlines")

    async def stop(self) -> None:
        """Stops after the deadline that is being carried out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def alive(self) -> bool:
        """Whether the worker is running."""
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.run_due()
                sleep_s = await self._until_next_s()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                # The database is away: the rows are still there when it comes back.
                log.warning("deadlines_wait", error=type(error).__name__)
                sleep_s = LONGEST_SLEEP_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(sleep_s):
                    await self._wake.wait()

    async def _until_next_s(self) -> float:
        async with self._desk.read() as connection:
            due_at = await deadlines.next_due(connection)
        if due_at is None:
            return LONGEST_SLEEP_S
        return min(max((due_at - self._clock.now()).total_seconds(), 0.005), LONGEST_SLEEP_S)

    async def run_due(self) -> int:
        """Carries out what is due now; returns how many."""
        async with self._desk.read() as connection:
            due = await deadlines.due(connection, self._clock.now())
        carried_out = 0
        for deadline in due:
            try:
                carried_out += await self._carry_out(deadline)
            except Problem as problem:
                # The incident ended meanwhile: its deadlines went with it.
                log.info("deadline_void", kind=deadline.kind, why=problem.title)
            except Exception as error:
                if is_transient(error):
                    raise
                # One incident's trouble must not stop the deadlines of all others.
                log.exception(
                    "deadline_failed", kind=deadline.kind, incident_id=deadline.incident_id
                )
                await self._postpone(deadline)
        return carried_out

    async def _postpone(self, deadline: Deadline) -> None:
        until = self._clock.now() + timedelta(seconds=FAILED_AGAIN_S)
        async with self._desk.transaction() as connection:
            await deadlines.postpone(connection, deadline.id, until)

    async def _carry_out(self, deadline: Deadline) -> int:
        async with self._desk.case(deadline.incident_id, may_be_ended=True) as case:
            if not await deadlines.take(case.connection, deadline.id):
                return 0
            if case.incident.ended:
                return 0
            match deadline.kind:
                case "answer":
                    await self._no_answer(case, deadline.subject_id)
                case "movement":
                    await self._no_movement(case, deadline.subject_id)
                case "acknowledge":
                    await self._not_acknowledged(case, deadline.subject_id)
                case "activate":
                    await self._commands.activate_now(case, by="system")
                case other:
                    raise AssertionError(f"unknown deadline {other}")
            return 1

    async def _no_answer(self, case: Case, alert_id: str) -> None:
        alert = next((a for a in case.alerts if a.id == alert_id), None)
        if alert is None or not alert.waiting:
            return
        await case.end_alert(alert, AlertState.TIMED_OUT)
        await case.note(
            TimelineEvent.ALERT_TIMED_OUT,
            by="system",
            rescuer_id=alert.rescuer_id,
            alert_id=alert.id,
        )
        await self._commands.replace(case, TimelineEvent.ALERT_TIMED_OUT.value)

    async def _no_movement(self, case: Case, alert_id: str) -> None:
        alert = next((a for a in case.alerts if a.id == alert_id), None)
        if alert is None or alert.state is not AlertState.ACCEPTED or alert.moved_at is not None:
            return
        await case.note(
            TimelineEvent.NO_MOVEMENT,
            by="system",
            rescuer_id=alert.rescuer_id,
            alert_id=alert.id,
        )
        alert.stalled_at = case.now
        await alerts.save(case.connection, alert)
        await self._replan(case, TimelineEvent.NO_MOVEMENT.value)

    async def _not_acknowledged(self, case: Case, order_id: str) -> None:
        order = next((o for o in case.orders if o.id == order_id), None)
        if order is None or order.state is not OrderState.NOTIFIED:
            return
        await case.end_order(order, OrderState.ESCALATED, at=case.now)
        await case.note(
            TimelineEvent.ORDER_ESCALATED,
            by="system",
            unit_id=order.unit_id,
            order_id=order.id,
            because="not_acknowledged",
        )
        await self._replan(case, TimelineEvent.ORDER_ESCALATED.value)
