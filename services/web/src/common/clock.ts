/** The time that every running clock on the page shows: the server's, once a second. */
import { signal } from "@preact/signals";

let offsetMs = 0;

/** Milliseconds since 1970 by the server's clock, as far as its answers told. */
export const serverNow = (): number => Date.now() + offsetMs;

/** Ticks once a second. */
export const now = signal(serverNow());

setInterval(() => {
  now.value = serverNow();
}, 1000);

/**
 * Learns from an answer's `Date`, which has whole seconds: only a difference that cannot be
 * rounding or the way here counts, so that clocks do not jump.
 */
export function heardServerTime(date: string | null): void {
  if (!date) return;
  const difference = Date.parse(date) + 500 - Date.now();
  if (Number.isFinite(difference) && Math.abs(difference - offsetMs) > 2500) {
    offsetMs = difference;
    now.value = serverNow();
  }
}

/** `3:42`, or `1:03:42` from an hour on; negative times count as zero. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`
    : `${two(minutes)}:${two(whole % 60)}`;
}

/** Seconds from an instant to now; zero for the future. */
export const secondsSince = (instant: string | Date, at: number = now.value): number =>
  Math.max(0, (at - new Date(instant).getTime()) / 1000);
