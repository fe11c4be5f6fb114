/**
 * What was said and must arrive: written down before it is sent, sent in order, sent again until
 * an answer comes, each under its own Idempotency-Key so that nothing happens twice. The page and
 * the service worker share it; a lock lets one of them send at a time.
 */
import { Problem } from "@/common/problem";
import { ask } from "./net";
import { type Shelf, shelf } from "./shelf";
import type { Step, Task } from "./types";

/** Steps wait only for steps: a receipt that another service cannot take now holds nobody up. */
export type Lane = "step" | "receipt";

export interface Pending {
  /** Its Idempotency-Key. */
  readonly id: string;
  readonly lane: Lane;
  /** Who said it: another who signs in on this phone must not send it. */
  readonly subject: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly alertId: string;
  readonly step: Step | null;
  /** When it was said, RFC 3339. */
  readonly at: string;
}

export type Outcome =
  | { readonly item: Pending; readonly answer: unknown; readonly problem?: never }
  | { readonly item: Pending; readonly problem: Problem; readonly answer?: never };

export type Send = (item: Pending) => Promise<unknown>;

const LANES: readonly Lane[] = ["step", "receipt"];

export const kept: Shelf<readonly Pending[]> = shelf<readonly Pending[]>("queue", []);

const sendItem: Send = (item) =>
  ask<Task>(item.path, { method: "POST", body: item.body, key: item.id });

/** A step of a task, as it is kept and sent. */
export function stepItem(
  subject: string,
  alertId: string,
  step: Step,
  at: Date,
  more: Readonly<Record<string, unknown>> = {},
): Pending {
  return {
    id: crypto.randomUUID(),
    lane: "step",
    subject,
    path: `/me/tasks/${alertId}/steps/${step}`,
    body: { at: at.toISOString(), ...more },
    alertId,
    step,
    at: at.toISOString(),
  };
}

/** Says that a message has come to the phone, or has been looked at. */
export function receiptItem(
  subject: string,
  message: { readonly message_id: string; readonly alert_id: string },
  state: "delivered" | "seen",
  at: Date,
): Pending {
  return {
    // The same for the page and the worker: both may have heard of it.
    id: `${message.message_id}.${state}`,
    lane: "receipt",
    subject,
    path: `/me/messages/${message.message_id}/receipts`,
    body: { state, at: at.toISOString() },
    alertId: message.alert_id,
    step: null,
    at: at.toISOString(),
  };
}

/** Writes it down; one that is there already is not added again. */
export async function put(item: Pending, on = kept): Promise<void> {
  await on.change((old) => (old.some(({ id }) => id === item.id) ? old : [...old, item]));
}

/** What has not been sent yet, in the order in which it was said. */
export async function waiting(subject: string, on = kept): Promise<readonly Pending[]> {
  return (await on.read()).filter((item) => item.subject === subject);
}

/** Forgets what somebody who signs out has not sent. */
export const forget = (subject: string, on = kept): Promise<void> =>
  on.change((old) => old.filter((item) => item.subject !== subject));

/** Whether the same request may be taken later. */
const later = (problem: Problem): boolean => problem.passing || problem.status === 401;

/**
 * Sends what waits, lane by lane, each in its order; what arrived or was refused leaves the queue.
 * A lane stops where no answer comes.
 */
export async function flush(
  subject: string,
  onOutcome: (outcome: Outcome) => void = () => undefined,
  send: Send = sendItem,
  on = kept,
): Promise<void> {
  await alone(async () => {
    for (const lane of LANES) {
      for (;;) {
        const item = (await waiting(subject, on)).find((each) => each.lane === lane);
        if (!item) break;
        let outcome: Outcome;
        try {
          outcome = { item, answer: await send(item) };
        } catch (error) {
          const problem = error instanceof Problem ? error : new Problem(0, "", "", String(error));
          if (later(problem)) break;
          outcome = { item, problem };
        }
        await on.change((old) => old.filter(({ id }) => id !== item.id));
        onOutcome(outcome);
      }
    }
  });
}

async function alone(work: () => Promise<void>): Promise<void> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks) await locks.request("lifering-rescuer-queue", work);
  else await work();
}
