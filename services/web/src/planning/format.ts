/** Numbers as planners write them. */
import { clock } from "@/common/clock";
import { language } from "@/i18n";
import { p } from "./words";

/** `4:10`; what is never reached is said in words. */
export const minutes = (seconds: number | null): string =>
  seconds === null || !Number.isFinite(seconds) ? p("never") : clock(seconds);

/** A share with one digit: differences are often below one percent. */
export function share(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(language.value, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A difference of shares in percentage points, always with its sign. */
export function points(value: number): string {
  const told = new Intl.NumberFormat(language.value, {
    signDisplay: "exceptZero",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(value * 100);
  return p("points", { told });
}

/** Monday 14:00, from the hour of the week. */
export function hourName(hour: number): string {
  // 2024-01-01 was a Monday.
  const at = new Date(Date.UTC(2024, 0, 1, hour));
  return new Intl.DateTimeFormat(language.value, {
    weekday: "long",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "UTC",
  }).format(at);
}

export const dayName = (day: number): string =>
  new Intl.DateTimeFormat(language.value, { weekday: "short", timeZone: "UTC" }).format(
    new Date(Date.UTC(2024, 0, 1 + day)),
  );
