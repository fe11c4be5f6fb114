/** The one sequential scale: from a number of a cell to one of six steps, with what each step holds. */
import type { Cell, Tier } from "./types";
import type { Colour } from "./view";

/** Steps of the scale, `--scale-0` to `--scale-5` in tokens.css; `worse` stands beside it. */
export const STEPS = 6;
export type Step = number | "worse" | null;

export interface Class {
  readonly step: number | "worse";
  /** Lower bound, left out; null: from the lowest. */
  readonly above: number | null;
  /** Upper bound, included; null: no end. */
  readonly to: number | null;
  cells: number;
  population: number;
  arrests: number;
}

export interface Scaled {
  readonly classes: readonly Class[];
  readonly stepOf: ReadonlyMap<string, Step>;
}

/** Seconds; the steps that the field speaks of. */
export const TIMES = [180, 300, 480, 600] as const;
/** Seconds gained on the other scenario. */
export const GAINS = [60, 180, 300] as const;
/** What changes less than this is noise of the calculation, not a difference. */
const SAME_S = 1;
/** Cells are worked out up to here: what comes later counts as this, so a gain is at least so large. */
const NEVER_S = 600;

/** Bounds with about as many cells in each step, round enough to be read; fewer for few cells. */
export function roundBounds(values: readonly number[]): readonly number[] {
  const positive = values.filter((each) => each > 0).sort((a, b) => a - b);
  const found = new Set<number>();
  for (let step = 1; step < STEPS; step += 1) {
    const at = positive[Math.floor((positive.length * step) / STEPS)];
    if (at !== undefined) found.add(Number(at.toPrecision(1)));
  }
  return [...found].sort((a, b) => a - b);
}

function classesOf(bounds: readonly number[], from: number): Class[] {
  return [...bounds, null].map((to, at) => ({
    step: from + at,
    above: at === 0 ? null : (bounds[at - 1] ?? null),
    to,
    cells: 0,
    population: 0,
    arrests: 0,
  }));
}

const classFor = (classes: readonly Class[], value: number): Class | undefined =>
  classes.find((each) => each.to === null || value <= each.to);

/** Every cell's step, and how much lies in each. */
export function scaled(
  cells: readonly Cell[],
  colour: Colour,
  tier: Tier,
  others: readonly Cell[] | null,
): Scaled {
  const stepOf = new Map<string, Step>();
  const value = (cell: Cell): number => cell.nearest_s[tier] ?? Number.POSITIVE_INFINITY;
  let classes: Class[];
  if (colour === "arrests") {
    classes = classesOf(roundBounds(cells.map((each) => each.arrests_per_year)), 0);
  } else if (colour === "difference") {
    classes = classesOf(GAINS, 1);
    classes.unshift({ step: "worse", above: null, to: 0, cells: 0, population: 0, arrests: 0 });
  } else {
    classes = classesOf(TIMES, 0);
  }
  const before = new Map((others ?? []).map((each) => [each.cell, each]));
  for (const cell of cells) {
    let found: Class | undefined;
    if (colour === "difference") {
      const other = before.get(cell.cell);
      const was = Math.min(NEVER_S, other ? value(other) : NEVER_S);
      const gained = was - Math.min(NEVER_S, value(cell));
      if (Math.abs(gained) <= SAME_S) found = undefined;
      else found = gained < 0 ? classes[0] : classFor(classes.slice(1), gained);
    } else {
      found = classFor(classes, colour === "arrests" ? cell.arrests_per_year : value(cell));
    }
    stepOf.set(cell.cell, found?.step ?? null);
    if (!found) continue;
    found.cells += 1;
    found.population += cell.population ?? 0;
    found.arrests += cell.arrests_per_year;
  }
  return { classes, stepOf };
}
