/** The ways of those who come, and what they can reach: dispatch searches, so not oftener than needed. */
import { batch, effect, signal } from "@preact/signals";
import { data, dispatch } from "@/common/api";
import { coalesced } from "./coalesced";
import * as state from "./state";
import type { Reach, Ways } from "./types";

/** From where the patient is reached in time, or what those who come can reach from now on. */
export type BandsFrom = "patient" | "coming";

export const bandsFrom = signal<BandsFrom>("patient");
export const ways = signal<Ways | null>(null);
export const reach = signal<Reach | null>(null);

/** In between the lines are shortened by the positions that the stream tells. */
const WAYS_EVERY_MS = 5_000;
const REACH_EVERY_MS = 10_000;

const refreshWays = coalesced(async () => {
  const id = state.selected.value;
  if (!id) return;
  const path = { incident_id: id };
  try {
    const found = data(await dispatch.GET("/incidents/{incident_id}/ways", { params: { path } }));
    if (state.selected.value === id) ways.value = found;
  } catch {
    // Straight lines say the same, less well; the next change asks again.
  }
}, WAYS_EVERY_MS);

const refreshReach = coalesced(async () => {
  const id = state.selected.value;
  if (!id || bandsFrom.value !== "coming") return;
  const path = { incident_id: id };
  try {
    const found = data(await dispatch.GET("/incidents/{incident_id}/reach", { params: { path } }));
    if (state.selected.value === id) reach.value = found;
  } catch {
    // What was reached before stands until the next change.
  }
}, REACH_EVERY_MS);

/** Begins; what it returns ends it. */
export function follow(): () => void {
  let shown: string | null = null;
  const ends = [
    effect(() => {
      const id = state.selected.value;
      if (id === shown) return;
      shown = id;
      batch(() => {
        ways.value = null;
        reach.value = null;
      });
    }),
    effect(() => {
      // Who comes, and where they are: the stream says it only when it has changed.
      if (state.live.value) refreshWays();
    }),
    effect(() => {
      if (bandsFrom.value === "coming" && state.live.value) refreshReach();
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
