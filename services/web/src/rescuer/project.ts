/** From what the services say and what was tapped to what the screen shows. No effects here. */
import type { Pending } from "./queue";
import type { AlertState, Step, Task, TaskSummary } from "./types";

const WAITING: readonly AlertState[] = ["sent", "delivered", "seen"];
const LATE: readonly AlertState[] = ["timed_out", "undelivered"];
const ACCEPTED: readonly AlertState[] = ["accepted", "aed_collected", "arrived"];

/** How long the thanks wait for somebody who has put the phone away: two hours, our choice. */
const THANKS_MS = 2 * 3600 * 1000;

export const isAccepted = (state: AlertState): boolean => ACCEPTED.includes(state);
export const isWaiting = (state: AlertState): boolean => WAITING.includes(state);

/** A task as it will be once what waits in the queue has arrived. */
export function project(task: Task, pending: readonly Pending[]): Task {
  return pending
    .filter((item) => item.alertId === task.alert_id && item.step !== null)
    .reduce((seen, item) => (item.step ? after(seen, item.step) : seen), task);
}

function after(task: Task, step: Step): Task {
  switch (step) {
    case "accept":
      return isAccepted(task.state) ? task : { ...task, state: "accepted" };
    case "decline":
      return { ...task, state: "declined", next_steps: [] };
    case "withdraw":
      return { ...task, state: "withdrawn", next_steps: [] };
    case "aed-collected":
      return { ...task, state: "aed_collected" };
    case "aed-missing":
      return { ...task, task: "direct", aed: null };
    case "arrived":
      return { ...task, state: "arrived" };
    default:
      return task;
  }
}

/** The task that the phone is about: one that is on, else one whose end was not looked at yet. */
export function current(
  tasks: readonly TaskSummary[],
  dismissed: readonly string[],
  nowMs: number,
): TaskSummary | null {
  const open = tasks.filter((task) => !task.ended_at && !dismissed.includes(task.alert_id));
  const accepted = open.find((task) => isAccepted(task.state));
  if (accepted) return accepted;
  const asked = open.find((task) => isWaiting(task.state));
  if (asked) return asked;
  return (
    tasks.find(
      (task) =>
        !dismissed.includes(task.alert_id) &&
        (task.state === "stood_down" || LATE.includes(task.state)) &&
        nowMs - new Date(task.ended_at ?? task.answer_by).getTime() < THANKS_MS,
    ) ?? null
  );
}

export type Screen = "rest" | "alert" | "late" | "task" | "stood_down";

/** Which screen a task fills; null when there is none. */
export function screenOf(task: Task | null, nowMs: number): Screen {
  if (!task) return "rest";
  if (isAccepted(task.state)) return task.ended_at ? "stood_down" : "task";
  if (task.state === "stood_down") return "stood_down";
  const inTime = nowMs < new Date(task.answer_by).getTime();
  if (isWaiting(task.state)) return inTime ? "alert" : "late";
  if (LATE.includes(task.state) && task.next_steps.includes("accept")) return "late";
  return "rest";
}

export type Next = "fetch_aed" | "go" | "door" | "guide" | "treat";

/** The one thing to do next in an accepted task. */
export function nextOf(task: Task): Next {
  if (task.state === "arrived") return task.task === "guide" ? "guide" : "treat";
  if (task.task === "guide") return "door";
  return task.task === "via_aed" && task.state === "accepted" ? "fetch_aed" : "go";
}

export type Change = "task" | "aed" | "place";

/** What somebody on the way must be told, when it was not they who changed it. */
export function changeOf(before: Task | null, now: Task): Change | null {
  if (before?.alert_id !== now.alert_id) return null;
  if (!isAccepted(before.state) || !isAccepted(now.state)) return null;
  if (before.task !== now.task) return "task";
  if (before.aed && now.aed && before.aed.id !== now.aed.id) return "aed";
  const moved =
    before.place &&
    now.place &&
    (before.place.latitude !== now.place.latitude ||
      before.place.longitude !== now.place.longitude);
  return moved ? "place" : null;
}
