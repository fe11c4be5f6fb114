/**
 * Where the phone is while the app is open: as a cell when idle, precisely only during an accepted
 * task. A web app has no position in the background.
 */
import { computed, effect, signal } from "@preact/signals";
import { serverNow } from "@/common/clock";
import { ask } from "./net";
import { cellOf, distanceM, worthTelling } from "./place";
import { onTask, profile, readProfile } from "./state";
import type { Fix, PhoneDatum } from "./types";

export type LiveState = "unsupported" | "asking" | "off" | "denied" | "searching" | "on";

const SHARE = "lifering.rescuer.share";
const DATUM = "lifering.rescuer.datum";

export const live = signal<LiveState>("geolocation" in navigator ? "off" : "unsupported");
export const fix = signal<Fix | null>(null);
/** The cell that was told last, and when. */
export const told = signal<{ cell: string; at: number } | null>(null);
export const datum = signal<PhoneDatum>(
  localStorage.getItem(DATUM) === "gcj02" ? "gcj02" : "wgs84",
);
/** Whether the rescuer wants the place shared while the app is open. */
export const wanted = signal(localStorage.getItem(SHARE) === "yes");

const allowed = computed(() => profile.value?.consent.location === true);

export function chooseDatum(value: PhoneDatum): void {
  datum.value = value;
  localStorage.setItem(DATUM, value);
  told.value = null;
}

export function chooseSharing(value: boolean): void {
  wanted.value = value;
  localStorage.setItem(SHARE, value ? "yes" : "no");
}

/** Where the phone is now, asked once. */
export function locate(): Promise<Fix> {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      (position) => {
        fix.value = fixOf(position);
        resolve(fix.value);
      },
      (error) => reject(new Error(error.code === error.PERMISSION_DENIED ? "denied" : "no_fix")),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 10_000 },
    );
  });
}

const fixOf = ({ coords, timestamp }: GeolocationPosition): Fix => ({
  latitude: coords.latitude,
  longitude: coords.longitude,
  accuracyM: coords.accuracy,
  at: timestamp,
});

let sending = false;

async function tellCell(here: Fix): Promise<void> {
  const cell = await cellOf(here, datum.peek());
  if (!allowed.peek() || sending || !worthTelling(cell, told.peek(), Date.now())) return;
  sending = true;
  try {
    const recorded_at = new Date(Math.min(here.at, serverNow())).toISOString();
    await ask("/positions", { method: "POST", body: { cell, recorded_at } });
    const first = told.peek() === null;
    told.value = { cell, at: Date.now() };
    if (first) setTimeout(() => void readProfile(), 1500);
  } catch {
    // The next position tries again.
  } finally {
    sending = false;
  }
}

/** During a task a place is sent after 10 m or 10 s, our choice: it moves a dot, no more. */
const EVERY_MS = 10_000;
const EVERY_M = 10;
let lastPrecise: Fix | null = null;

async function tellPrecisely(alertId: string, here: Fix): Promise<void> {
  const before = lastPrecise;
  if (before && here.at - before.at < EVERY_MS && distanceM(before, here) < EVERY_M) return;
  try {
    await ask(`/me/tasks/${alertId}/position`, {
      method: "POST",
      body: {
        latitude: here.latitude,
        longitude: here.longitude,
        datum: datum.peek(),
        accuracy_m: here.accuracyM,
        recorded_at: new Date(Math.min(here.at, serverNow())).toISOString(),
      },
    });
    lastPrecise = here;
  } catch {
    // Perishable: the next one counts.
  }
}

/** Follows the phone while it is wanted and allowed; returns what ends it. */
export function follow(): () => void {
  let watch: number | null = null;
  const stop = (): void => {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = null;
  };
  const begin = (): void => {
    if (watch !== null || live.peek() === "unsupported") return;
    live.value = "searching";
    watch = navigator.geolocation.watchPosition(
      (position) => {
        live.value = "on";
        fix.value = fixOf(position);
        const alertId = onTask.peek();
        if (alertId) void tellPrecisely(alertId, fix.value);
        else if (wanted.peek()) void tellCell(fix.value);
      },
      (error) => {
        live.value = error.code === error.PERMISSION_DENIED ? "denied" : "searching";
        if (error.code === error.PERMISSION_DENIED) stop();
      },
      { enableHighAccuracy: onTask.peek() !== null, timeout: 30_000, maximumAge: 15_000 },
    );
  };
  let precise = false;
  const end = effect(() => {
    const task = onTask.value !== null;
    const go = task || (wanted.value && allowed.value);
    if (task !== precise) stop();
    precise = task;
    if (go) begin();
    else {
      stop();
      if (live.peek() !== "unsupported" && live.peek() !== "denied") live.value = "off";
    }
  });
  return () => {
    end();
    stop();
    told.value = null;
  };
}

/** Whether sharing may be switched at all: there is a position, and the consent to it. */
export const allowedSharing = computed(() => allowed.value && live.value !== "unsupported");
