/** The part of OSM opening hours that the app offers: days and one span of hours. */

export type Days = "Mo-Su" | "Mo-Fr" | "Sa-Su";

export interface Span {
  readonly days: Days;
  /** `HH:MM`; the whole day where both are `00:00`. */
  readonly from: string;
  readonly until: string;
}

const PATTERN = /^(?:(Mo-Su|Mo-Fr|Sa-Su) )?([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)$/;

export const ALWAYS = "24/7";

/** A span in opening-hours words. */
export const hoursOf = ({ days, from, until }: Span): string =>
  days === "Mo-Su" ? `${from}-${until}` : `${days} ${from}-${until}`;

/** The span that the words mean; null where they say more than the app offers. */
export function spanOf(hours: string): Span | null {
  const found = PATTERN.exec(hours.trim());
  if (!found) return null;
  const [, days, from, until] = found;
  return { days: (days as Days | undefined) ?? "Mo-Su", from: from ?? "", until: until ?? "" };
}

/** Short enough for one line. */
export const shortQuiet = (hours: string): string =>
  hours.length > 18 ? `${hours.slice(0, 17)}…` : hours;

/** Whole days from today to a day `YYYY-MM-DD`, both by this phone's calendar; 0 is today. */
export function daysLeft(day: string, today = new Date()): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const target = Date.UTC(year, month - 1, date);
  const here = Date.UTC(today.getFullYear(), today.getMonth(), today.getDate());
  return Math.round((target - here) / 86_400_000);
}
