/**
 * The rhythm of compressions: 110 a minute, the middle of the 100 to 120 that the resuscitation
 * guidelines ask for (ERC Guidelines 2021, Basic Life Support; AHA 2020).
 */

export const BEATS_PER_MINUTE = 110;
/** Two people change over after this: compressions become shallow (ERC 2021, AHA 2020). */
export const CHANGE_EVERY_S = 120;

const BEAT_S = 60 / BEATS_PER_MINUTE;

/** How many beats have sounded `elapsedS` seconds after the first, which sounds at 0. */
export const beatsAt = (elapsedS: number): number =>
  elapsedS < 0 ? 0 : Math.floor(elapsedS / BEAT_S + 1e-9) + 1;

/** When beat `number` (from 0) sounds, seconds after the first. */
export const beatTime = (number: number): number => number * BEAT_S;

/** The beats that sound in (`fromS`, `untilS`], seconds after the first: those to be laid out. */
export function beatsBetween(fromS: number, untilS: number): number[] {
  const first = fromS < 0 ? 0 : beatsAt(fromS);
  const beats: number[] = [];
  for (let number = first; beatTime(number) <= untilS + 1e-9; number += 1) beats.push(number);
  return beats;
}

/** Whether to tell two people to change over now: for `forS` seconds after each period. */
export const changeOver = (elapsedS: number, forS = 8): boolean =>
  elapsedS >= CHANGE_EVERY_S && elapsedS % CHANGE_EVERY_S < forS;
