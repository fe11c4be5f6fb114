/** Where in the planner one is, kept in the address: every view has a link. */
import { signal } from "@preact/signals";
import { type Kind, KINDS, type Tier, TIERS } from "./types";

export const COLOURS = ["time", "arrests", "difference"] as const;
export type Colour = (typeof COLOURS)[number];

export interface View {
  readonly kind: Kind;
  readonly scenario: string;
  /** What it is compared with. */
  readonly other: string | null;
  readonly run: string | null;
  /** The run that the first is held against. */
  readonly beside: string | null;
  readonly tier: Tier;
  readonly within: number;
  /** Hour of the week, 0 is Monday 00–01; null: the whole week. */
  readonly hour: number | null;
  readonly colour: Colour;
}

export const START: View = {
  kind: "coverage",
  scenario: "live",
  other: null,
  run: null,
  beside: null,
  tier: "aed",
  within: 300,
  hour: null,
  colour: "time",
};

const chosen = <T extends string>(text: string | null, from: readonly T[], otherwise: T): T =>
  from.find((each) => each === text) ?? otherwise;

const whole = (text: string | null, low: number, high: number): number | null => {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isInteger(value) && value >= low && value <= high ? value : null;
};

/** What cannot be read is as at the start: an old link still opens. */
export function readView(hash: string): View {
  const at = new URLSearchParams(hash.replace(/^#\/?/, ""));
  return {
    kind: chosen(at.get("view"), KINDS, START.kind),
    scenario: at.get("scenario") || START.scenario,
    other: at.get("other") || null,
    run: at.get("run") || null,
    beside: at.get("beside") || null,
    tier: chosen(at.get("tier"), TIERS, START.tier),
    within: whole(at.get("within"), 1, 86_400) ?? START.within,
    hour: whole(at.get("hour"), 0, 167),
    colour: chosen(at.get("colour"), COLOURS, START.colour),
  };
}

export function writeView(view: View): string {
  const at = new URLSearchParams();
  const put = (name: string, value: string | number | null, otherwise: string | number | null) => {
    if (value !== null && value !== otherwise) at.set(name, String(value));
  };
  put("view", view.kind, START.kind);
  at.set("scenario", view.scenario);
  put("other", view.other, null);
  put("run", view.run, null);
  put("beside", view.beside, null);
  put("tier", view.tier, START.tier);
  put("within", view.within, START.within);
  put("hour", view.hour, null);
  put("colour", view.colour, START.colour);
  return `#${at.toString()}`;
}

const here = (): string => (typeof location === "undefined" ? "" : location.hash);

export const view = signal<View>(readView(here()));

/** Goes there. Levers take the place of the last view; another scenario or run can be gone back from. */
export function show(change: Partial<View>): void {
  const before = view.peek();
  const next = { ...before, ...change };
  const address = writeView(next);
  if (address === writeView(before)) return;
  const step =
    next.kind !== before.kind || next.scenario !== before.scenario || next.run !== before.run;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  view.value = next;
}

if (typeof addEventListener === "function") {
  for (const event of ["hashchange", "popstate"]) {
    addEventListener(event, () => {
      if (!location.hash.includes("token=")) view.value = readView(location.hash);
    });
  }
}
