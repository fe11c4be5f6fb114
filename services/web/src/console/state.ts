/** What the console knows and shows, as signals; `feed.ts` fills it, components read it. */
import { computed, signal } from "@preact/signals";
import { session } from "@/common/session";
import type { Alarm } from "./queue";
import type { Attention, Live, Opened, Row } from "./types";

export const rows = signal<ReadonlyMap<string, Row>>(new Map());
/** The ids of `rows` as they stand in the queue. */
export const order = signal<readonly string[]>([]);
export const listState = signal<"loading" | "ready" | "failed">("loading");
export const attention = signal<ReadonlyMap<string, Attention>>(new Map());
export const alarms = signal<readonly Alarm[]>([]);

export const selected = signal<string | null>(null);
export const opened = signal<Opened | null>(null);
export const openError = signal<unknown>(null);
export const live = signal<Live | null>(null);

export type Panel = "incident" | "intake" | "relocation" | "aftercare";
export const panel = signal<Panel>("incident");

/** The small form that is open in the incident's panel. */
export type Form =
  | "unit"
  | "place"
  | "answers"
  | "details"
  | "note"
  | "link"
  | "merge"
  | "telephone"
  | "callers"
  | "cancel"
  | "close";
export const form = signal<Form | null>(null);

export type Sheet = "shortcuts" | "commands" | "phone";
export const sheet = signal<Sheet | null>(null);

/** A command on its way: shown as pending until the server's own event tells of it. */
export interface Pending {
  readonly number: number;
  readonly incident: string;
  readonly what: string;
  readonly since: number;
}
export const pending = signal<readonly Pending[]>([]);

export interface Toast {
  readonly number: number;
  readonly text: string;
  readonly bad: boolean;
  readonly undo: (() => void) | null;
}
export const toasts = signal<readonly Toast[]>([]);

/** A point that was clicked on the map while a place is being looked for. */
export const picked = signal<{ latitude: number; longitude: number } | null>(null);

/** What was looked up by name: the map goes there and marks it. */
export interface Shown {
  readonly kind: "units" | "aeds" | "stations";
  readonly id: string;
  readonly label: string;
  readonly place: { readonly latitude: number; readonly longitude: number };
}
export const shown = signal<Shown | null>(null);

export interface Degraded {
  readonly services: readonly string[];
  readonly tables: readonly string[];
}
export const degraded = signal<Degraded>({ services: [], tables: [] });

/** Who this console acts as, the way the timeline writes it. */
export const me = computed(() =>
  session.value ? `${session.value.role}:${session.value.subject}` : "",
);

export const nameOf = (actor: string): string => actor.slice(actor.indexOf(":") + 1);

/** Who else holds an incident; null when nobody or this console does. */
export function heldByOther(id: string): string | null {
  const holder = attention.value.get(id)?.holder ?? null;
  return holder && holder !== me.value ? holder : null;
}

let counter = 0;
export const nextNumber = (): number => (counter += 1);
