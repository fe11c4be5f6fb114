/** What the app knows, in signals, and how it comes to know it. */
import { batch, computed, signal } from "@preact/signals";
import { now, serverNow } from "@/common/clock";
import { Problem } from "@/common/problem";
import { session } from "@/common/session";
import { type LiveStream, openStream, type StreamEvent } from "@/common/stream";
import { ask } from "./net";
import { type Change, changeOf, current, isAccepted, project, screenOf } from "./project";
import { flush, type Outcome, type Pending, put, receiptItem, stepItem, waiting } from "./queue";
import { readSurveys } from "./surveys";
import { shelf } from "./shelf";
import type { Message, Profile, ProfileChange, Step, Task, TaskSummary } from "./types";

export const profile = signal<Profile | null>(null);
/** Why the profile could not be read or changed; null when it could. */
export const profileProblem = signal<unknown>(null);
/** As the service says; what waits in the queue is not in it. */
const task = signal<Task | null>(null);
export const summary = signal<TaskSummary | null>(null);
export const pending = signal<readonly Pending[]>([]);
export const taskChange = signal<Change | null>(null);
/** The last step that was refused, and why. */
export const refused = signal<{ step: Step; problem: Problem } | null>(null);
export const stream = signal<LiveStream | null>(null);
/** Whether the tasks have been asked for at all: before that nothing is known. */
export const known = signal(false);
/** Steps that were taken on this phone, by alert: those that change no state are offered once. */
export const taken = signal<Readonly<Record<string, readonly Step[]>>>({});

/** Whether the service has the rescuer on a task: the app's own "yes" is not enough. */
export const onTask = computed(() => {
  const held = task.value;
  return held && isAccepted(held.state) && !held.ended_at ? held.alert_id : null;
});
export const shownTask = computed(() => task.value && project(task.value, pending.value));
export const screen = computed(() => screenOf(shownTask.value, now.value));
export const unsent = computed(() => pending.value.filter((item) => item.lane === "step"));

const dismissed = shelf<readonly string[]>("dismissed", []);
const takenShelf = shelf<Readonly<Record<string, readonly Step[]>>>("taken", {});
const KEPT = 20;

const subject = (): string => session.value?.subject ?? "";

export async function readProfile(): Promise<void> {
  try {
    profile.value = await ask<Profile>("/me/rescuer");
    profileProblem.value = null;
  } catch (error) {
    profileProblem.value = error;
  }
}

/** Changes what the register holds about oneself; throws what the service says. */
export async function changeProfile(change: ProfileChange): Promise<void> {
  profile.value = await ask<Profile>("/me/rescuer", { method: "PATCH", body: change });
  profileProblem.value = null;
}

/** Counts what the services have told of tasks; a read that was overtaken is made again. */
let tellings = 0;
/** The telling that was a step's answer, after which nobody reads by themselves. */
let overtaken = 0;

/** Reads the tasks and the one that the phone is about. */
export async function readTasks(): Promise<void> {
  const begun = (tellings += 1);
  try {
    const page = await ask<{ items: TaskSummary[] }>("/me/tasks?limit=10");
    const chosen = current(page.items, await dismissed.read(), serverNow());
    const read = chosen ? await ask<Task>(`/me/tasks/${chosen.alert_id}`) : null;
    if (begun !== tellings) {
      // A step was answered, or a newer read begun, meanwhile: this one may be from before it.
      if (overtaken === tellings) await readTasks();
      return;
    }
    batch(() => {
      summary.value = chosen;
      take(read);
      known.value = true;
    });
  } catch {
    // The stream's state says that the connection is lost; what was known stays on the screen.
    known.value = true;
  }
}

function take(read: Task | null): void {
  const change = read ? changeOf(shownTask.peek(), read) : null;
  if (change) taskChange.value = change;
  if (read?.alert_id !== task.peek()?.alert_id) taskChange.value = null;
  task.value = read;
}

/** Says a step: on the screen at once, written down, sent as soon as it can be. */
export async function say(step: Step, more: Record<string, unknown> = {}): Promise<void> {
  const about = task.peek();
  if (!about) return;
  const item = stepItem(subject(), about.alert_id, step, new Date(serverNow()), more);
  refused.value = null;
  pending.value = [...pending.peek(), item];
  const steps = [...(taken.peek()[about.alert_id] ?? []), step];
  const all = Object.entries({ ...taken.peek(), [about.alert_id]: steps }).slice(-KEPT);
  taken.value = Object.fromEntries(all);
  await Promise.all([put(item), takenShelf.change(() => taken.peek())]);
  await sendWaiting();
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
let waitMs = FIRST_WAIT_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Sends what waits; what cannot be sent now is tried again by itself. */
export async function sendWaiting(): Promise<void> {
  clearTimeout(timer);
  const answered: Outcome[] = [];
  await flush(subject(), (outcome) => answered.push(outcome));
  const left = await waiting(subject());
  const last = answered.findLast(({ item }) => item.step !== null);
  const mine = new Set([...left, ...answered.map(({ item }) => item)].map(({ id }) => id));
  const sentElsewhere = pending.peek().some((item) => item.step !== null && !mine.has(item.id));
  batch(() => {
    if (last && !last.problem && (last.answer as Task).alert_id === task.peek()?.alert_id) {
      pending.value = left;
      task.value = last.answer as Task;
      overtaken = tellings += 1;
    } else {
      pending.value = left;
    }
    const no = answered.find(({ item, problem }) => problem && item.step !== null);
    if (no?.problem && no.item.step) refused.value = { step: no.item.step, problem: no.problem };
  });
  // Refused, or sent by the service worker: the service knows what holds now.
  if (last?.problem || sentElsewhere) await readTasks();
  if (left.length === 0) {
    waitMs = FIRST_WAIT_MS;
    return;
  }
  void askWorkerToResend();
  timer = setTimeout(() => void sendWaiting(), waitMs);
  waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
}

/** The service worker goes on where the page is closed before the connection is back. */
async function askWorkerToResend(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration("/rescuer/");
  const sync = (registration as { sync?: { register: (tag: string) => Promise<void> } } | undefined)
    ?.sync;
  await sync?.register("queue").catch(() => undefined);
}

/** Puts an ended or unwanted task away; the next one, if any, comes on the screen. */
export async function dismiss(alertId: string): Promise<void> {
  await dismissed.change((old) => [...old, alertId].slice(-KEPT));
  batch(() => {
    task.value = null;
    summary.value = null;
    refused.value = null;
  });
  await readTasks();
}

async function receipt(message: Message, state: "delivered" | "seen"): Promise<void> {
  await put(receiptItem(subject(), message, state, new Date(serverNow())));
  await sendWaiting();
}

/** Messages of this task that came here and were not looked at yet. */
const unseen = new Map<string, Message>();

async function onEvent({ data }: StreamEvent): Promise<void> {
  const message = data as Message;
  if (typeof message.message_id !== "string") return;
  unseen.set(message.message_id, message);
  if (message.kind === "follow_up") void readSurveys();
  await Promise.all([receipt(message, "delivered"), readTasks()]);
  await lookedAt();
}

/** Once its screen is in front of somebody's eyes. */
export async function lookedAt(): Promise<void> {
  if (document.visibilityState !== "visible") return;
  const messages = [...unseen.values()];
  unseen.clear();
  for (const message of messages) await receipt(message, "seen");
}

/**
 * Others who come and the ambulance's time change without a message to this phone, so an accepted
 * task is read again as long as somebody looks at it.
 */
const READ_AGAIN_MS = 15_000;

/** Everything that runs while somebody is signed in; returns what ends it. */
export function start(): () => void {
  void takenShelf.read().then((read) => (taken.value = read));
  void waiting(subject()).then((left) => {
    pending.value = left;
    void sendWaiting();
  });
  void readProfile();
  void readTasks();
  stream.value = openStream({
    url: "/api/me/stream",
    onEvent: (event) => void onEvent(event),
    onReconnect: () => {
      void sendWaiting();
      void readTasks();
      void readProfile();
    },
  });
  const seen = (): void => {
    if (document.visibilityState !== "visible") return;
    void lookedAt();
    void readTasks();
    void readProfile();
  };
  const online = (): void => void sendWaiting();
  document.addEventListener("visibilitychange", seen);
  addEventListener("online", online);
  const again = setInterval(() => {
    const shown = shownTask.peek();
    if (shown && isAccepted(shown.state) && !shown.ended_at) void readTasks();
  }, READ_AGAIN_MS);
  return () => {
    stream.peek()?.close();
    clearInterval(again);
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
    removeEventListener("online", online);
    batch(() => {
      stream.value = null;
      task.value = null;
      summary.value = null;
      profile.value = null;
      known.value = false;
      pending.value = [];
    });
  };
}
