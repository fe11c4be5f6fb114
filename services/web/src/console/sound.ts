/** Alarms as sound: each kind has its own pattern, made here so that no file must be loaded. */
import { signal } from "@preact/signals";
import type { AlarmKind } from "./queue";

const KEY = "lifering.console.sound";

export const soundOn = signal(localStorage.getItem(KEY) !== "off");
/** Browsers let a page sound only after a key or click. */
export const soundBlocked = signal(false);

/** Notes in Hz, each with its length in seconds; 0 Hz is silence. */
const PATTERNS: Record<AlarmKind, readonly (readonly [number, number])[]> = {
  arrest: [
    [880, 0.14],
    [0, 0.06],
    [880, 0.14],
    [0, 0.06],
    [1175, 0.3],
    [0, 0.15],
    [880, 0.14],
    [0, 0.06],
    [880, 0.14],
    [0, 0.06],
    [1175, 0.3],
  ],
  call: [
    [660, 0.12],
    [0, 0.05],
    [784, 0.16],
  ],
  escalated: [
    [988, 0.18],
    [740, 0.18],
    [988, 0.18],
    [740, 0.18],
  ],
  missed: [
    [523, 0.3],
    [415, 0.45],
  ],
  unacknowledged: [
    [740, 0.1],
    [0, 0.1],
    [740, 0.1],
    [0, 0.1],
    [740, 0.1],
  ],
};

let context: AudioContext | null = null;

function audio(): AudioContext {
  context ??= new AudioContext();
  return context;
}

export function chooseSound(on: boolean): void {
  soundOn.value = on;
  localStorage.setItem(KEY, on ? "on" : "off");
  if (on) unblock();
}

/** To be called on a key or click. */
export function unblock(): void {
  if (!soundOn.value) return;
  const sounding = audio();
  if (sounding.state === "suspended") {
    void sounding.resume().then(() => {
      soundBlocked.value = false;
    });
  } else soundBlocked.value = false;
}

/** Sounds an alarm once; silent when switched off or not allowed yet. */
export function ring(kind: AlarmKind): void {
  if (!soundOn.value) return;
  const sounding = audio();
  if (sounding.state !== "running") {
    soundBlocked.value = true;
    return;
  }
  let at = sounding.currentTime + 0.02;
  for (const [frequency, length] of PATTERNS[kind]) {
    if (frequency > 0) note(sounding, frequency, at, length);
    at += length;
  }
}

function note(sounding: AudioContext, frequency: number, at: number, length: number): void {
  const tone = sounding.createOscillator();
  const volume = sounding.createGain();
  tone.type = "triangle";
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.4, at + 0.01);
  volume.gain.setValueAtTime(0.4, at + length - 0.03);
  volume.gain.linearRampToValueAtTime(0, at + length);
  tone.connect(volume).connect(sounding.destination);
  tone.start(at);
  tone.stop(at + length);
}

/** One soft beat, for the caller who counts along. */
export function beat(): void {
  const sounding = audio();
  if (sounding.state === "running") note(sounding, 1200, sounding.currentTime, 0.06);
}
