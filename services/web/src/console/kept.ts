/**
 * Copies of the plans to be phoned out, kept in this browser while somebody is signed in, so that
 * a console without a connection still shows and prints them. They hold names, numbers and
 * addresses: an incident's copy goes when it ends, all go when the dispatcher signs out.
 */
import { signal } from "@preact/signals";
import { clear, createStore, entries, set } from "idb-keyval";
import { data, dispatch } from "@/common/api";
import type { PhonePlan, Row } from "./types";

export interface Copy {
  readonly plan: PhonePlan;
  /** When it was read, milliseconds since 1970 by this machine. */
  readonly at: number;
  /** Of the row that it belongs to: when that changes it is read anew. */
  readonly version: number;
}

export const copies = signal<ReadonlyMap<string, Copy>>(new Map());

const store = createStore("lifering-console", "phone-plans");

/** What the last visit kept: a page that is loaded without dispatch still has it. */
export async function readCopies(): Promise<void> {
  const found = await entries<string, Copy>(store);
  copies.value = new Map([...found, ...copies.value]);
}

export async function forgetCopies(): Promise<void> {
  copies.value = new Map();
  await clear(store);
}

/** Which open incidents need a newer copy, the longest waiting first. */
export function outdated(open: readonly Row[], kept: ReadonlyMap<string, Copy>): string[] {
  return open
    .filter((row) => kept.get(row.id)?.version !== row.version)
    .sort((a, b) => (kept.get(a.id)?.at ?? 0) - (kept.get(b.id)?.at ?? 0))
    .map((row) => row.id);
}

let latest: readonly Row[] = [];
let running = false;
const PAUSE_MS = 250;

/** Brings the copies up to date one after the other: reading them is audited and costs services. */
export function keepCopies(open: readonly Row[]): void {
  latest = open;
  const ids = new Set(open.map((row) => row.id));
  const left = new Map([...copies.value].filter(([id]) => ids.has(id)));
  if (left.size !== copies.value.size) {
    copies.value = left;
    void clear(store).then(() => Promise.all([...left].map(([id, copy]) => set(id, copy, store))));
  }
  if (!running) void bringUpToDate();
}

async function bringUpToDate(): Promise<void> {
  running = true;
  try {
    for (;;) {
      const id = outdated(latest, copies.value)[0];
      const row = latest.find((each) => each.id === id);
      if (!id || !row) return;
      await readCopy(id, row.version);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } catch {
    // The next change of the list tries again; what is kept stays.
  } finally {
    running = false;
  }
}

async function readCopy(id: string, version: number): Promise<void> {
  const plan = data(
    await dispatch.GET("/incidents/{incident_id}/phone-plan", {
      params: { path: { incident_id: id } },
    }),
  );
  const copy: Copy = { plan, at: Date.now(), version };
  copies.value = new Map(copies.value).set(id, copy);
  await set(id, copy, store);
}
