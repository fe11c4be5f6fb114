/**
 * Sound and vibration. A browser plays nothing before the page was touched once: the first tap
 * unlocks it, and the page can say whether it is unlocked.
 */
import { signal } from "@preact/signals";
import { beatsBetween, beatTime } from "./beat";

export type SoundState = "ready" | "locked" | "none";

let context: AudioContext | null = null;

export const sound = signal<SoundState>("AudioContext" in globalThis ? "locked" : "none");

function open(): AudioContext | null {
  if (sound.peek() === "none") return null;
  if (!context) {
    context = new AudioContext();
    context.addEventListener("statechange", follow);
    follow();
  }
  return context;
}

function follow(): void {
  sound.value = context?.state === "running" ? "ready" : "locked";
}

/** Tries now, and again at every touch until it worked. */
export function unlockSound(): void {
  const attempt = (): void => {
    const opened = open();
    if (opened && opened.state !== "running") void opened.resume().then(follow, () => undefined);
  };
  attempt();
  for (const gesture of ["pointerdown", "keydown"] as const) {
    addEventListener(gesture, attempt, { passive: true });
  }
}

export function vibrate(pattern: number | number[]): void {
  // A phone without a motor and a page that was never touched both say no; neither matters.
  if ("vibrate" in navigator) navigator.vibrate(pattern);
}

/** A tone that swells and fades within `forS`, so that it does not click. */
function tone(at: number, hertz: number, forS: number, loud: number): void {
  if (!context) return;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "square";
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loud, at + 0.008);
  gain.gain.setValueAtTime(loud, at + forS - 0.02);
  gain.gain.linearRampToValueAtTime(0, at + forS);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + forS);
}

const ALARM_EVERY_MS = 1600;

/** Rings until the returned function is called: two tones of different height, over and over. */
export function ring(): () => void {
  const once = (): void => {
    const opened = open();
    if (opened?.state === "running") {
      const start = opened.currentTime + 0.02;
      for (const [number, hertz] of [880, 1175, 880, 1175].entries()) {
        tone(start + number * 0.22, hertz, 0.2, 0.35);
      }
    }
    vibrate([350, 120, 350]);
  };
  once();
  const timer = setInterval(once, ALARM_EVERY_MS);
  return () => {
    clearInterval(timer);
    vibrate(0);
  };
}

/** One quiet tone: the task has changed, a test. */
export function chime(): void {
  const opened = open();
  if (opened?.state === "running") tone(opened.currentTime + 0.02, 1175, 0.25, 0.3);
  vibrate(200);
}

const AHEAD_S = 0.3;
const LAY_OUT_EVERY_MS = 100;

export interface Metronome {
  /** Seconds since the first beat, by the clock that sounds the beats. */
  readonly elapsedS: () => number;
  readonly stop: () => void;
}

/**
 * Beats from now on. They are laid out ahead on the sound card's clock: a timer of the page comes
 * late whenever the phone is busy, and compressions would follow it.
 */
export function startMetronome(): Metronome {
  const opened = open();
  const clock = (): number =>
    opened?.state === "running" ? opened.currentTime : performance.now() / 1000;
  const audible = opened?.state === "running";
  const startedAt = clock() + 0.1;
  let laidUntil = -1;
  const layOut = (): void => {
    const until = clock() - startedAt + AHEAD_S;
    for (const beat of beatsBetween(laidUntil, until)) {
      const at = startedAt + beatTime(beat);
      if (audible) tone(at, beat % 30 === 29 ? 1320 : 880, 0.06, 0.4);
      setTimeout(() => vibrate(60), Math.max(0, (at - clock()) * 1000));
    }
    laidUntil = until;
  };
  layOut();
  const timer = setInterval(layOut, LAY_OUT_EVERY_MS);
  return { elapsedS: () => clock() - startedAt, stop: () => clearInterval(timer) };
}
