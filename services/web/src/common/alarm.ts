/**
 * An alarm that nobody overhears: two tones, drawn by the browser itself. A browser keeps silent
 * until somebody has touched the page once, so the page must say when it cannot be heard.
 */
import { signal } from "@preact/signals";

let context: AudioContext | null = null;

/** Whether an alarm can be heard now. */
export const audible = signal(false);

/** To be called from a click or a key: only then may a page sound. */
export async function unlockSound(): Promise<void> {
  context ??= new AudioContext();
  await context.resume();
  audible.value = context.state === "running";
}

export function muteSound(): void {
  audible.value = false;
}

/** Sounds `times` times; higher and shorter is more urgent. */
export function alarm(times: number, { high = 988, low = 740, beat_s = 0.18 } = {}): void {
  if (!audible.value || !context) return;
  const start = context.currentTime + 0.02;
  for (let time = 0; time < times * 2; time += 1) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const from = start + time * beat_s;
    tone.frequency.value = time % 2 ? low : high;
    tone.type = "square";
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(0.25, from + 0.01);
    loudness.gain.setValueAtTime(0.25, from + beat_s * 0.8);
    loudness.gain.linearRampToValueAtTime(0, from + beat_s);
    tone.connect(loudness).connect(context.destination);
    tone.start(from);
    tone.stop(from + beat_s);
  }
}
