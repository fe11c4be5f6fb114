/** Which notifications follow from a push, in pure functions; the worker shows them. */
import type { Message } from "./types";

/** What a push may hold: its kind and the message's id, nothing else. */
export interface Woken {
  readonly kind: string | null;
  readonly messageId: string | null;
}

/** Reads a push's data, whatever came. */
export function readPushData(text: string | undefined): Woken {
  try {
    const parsed = JSON.parse(text ?? "") as { kind?: unknown; message_id?: unknown } | null;
    return {
      kind: typeof parsed?.kind === "string" ? parsed.kind : null,
      messageId: typeof parsed?.message_id === "string" ? parsed.message_id : null,
    };
  } catch {
    return { kind: null, messageId: null };
  }
}

/**
 * The messages to show: those that still hold and that nobody has looked at; of an incident the
 * newest only.
 */
export function toShow(messages: readonly Message[], nowMs: number): Message[] {
  const newest = new Map<string, Message>();
  for (const message of messages) {
    const held = newest.get(message.incident_id);
    if (!held || held.sequence < message.sequence) newest.set(message.incident_id, message);
  }
  return [...newest.values()].filter(
    (message) =>
      message.state !== "void" &&
      message.state !== "seen" &&
      new Date(message.expires_at).getTime() > nowMs,
  );
}

/** The messages whose arrival on the phone nobody has told yet. */
export const toConfirm = (messages: readonly Message[], nowMs: number): Message[] =>
  messages.filter(
    (message) =>
      message.delivered_at === null &&
      message.state !== "void" &&
      new Date(message.expires_at).getTime() > nowMs,
  );
