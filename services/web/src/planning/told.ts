/** A measured number in words, with its interval. */
import { number } from "@/i18n";
import { minutes, share } from "./format";
import type { Measure } from "./measures";

const DIGITS = { s: 0, share: 1, number: 1, index: 4 } as const;

function one(value: number, unit: Measure["unit"], digits: number): string {
  if (unit === "s") return minutes(value);
  if (unit === "share") return share(value, digits);
  return number(value, digits);
}

/** `3:56 (3:34–4:17)`. */
export function told(
  value: number | null,
  bounds: readonly [number, number] | null,
  unit: Measure["unit"],
  digits: number = DIGITS[unit],
): string {
  if (value === null) return "–";
  const plain = one(value, unit, digits);
  if (!bounds) return plain;
  return `${plain} (${one(Math.max(0, bounds[0]), unit, digits)}–${one(bounds[1], unit, digits)})`;
}

/** A difference with its sign: seconds stay seconds. */
export function gap(
  value: number | null,
  bounds: readonly [number, number] | null,
  unit: Measure["unit"],
): string {
  if (value === null) return "–";
  const signed = (each: number): string =>
    `${each > 0 ? "+" : each < 0 ? "−" : "±"}${number(
      Math.abs(unit === "share" ? each * 100 : each),
      unit === "index" ? 4 : 1,
    )}`;
  const tail = bounds ? ` (${signed(bounds[0])} … ${signed(bounds[1])})` : "";
  return `${signed(value)}${tail}`;
}
