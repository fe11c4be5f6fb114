/** What a run is asked for: the fields as typed, and the parameters that they make. */
import { signal } from "@preact/signals";
import type { Kind, Policy } from "./types";

export const MODELS = ["mclp", "lscp", "pmedian", "pcenter", "mexclp"] as const;
export type Model = (typeof MODELS)[number];

export interface Asking {
  readonly model: Model;
  readonly p: number;
  readonly limit: "radius_m" | "within_s";
  readonly radius_m: number;
  readonly within_s: number;
  /** Percent. */
  readonly busy: number;
  readonly budget: number;
  readonly cost_new: number;
  readonly cost_move: number;
  readonly policies: readonly Policy[];
  /** Days. */
  readonly days: number;
  readonly replications: number;
  readonly seed: number;
  readonly other_calls: boolean;
  readonly policy: Policy;
  readonly since_days: number;
}

export const asking = signal<Asking>({
  model: "mclp",
  p: 20,
  limit: "radius_m",
  radius_m: 300,
  within_s: 300,
  busy: 30,
  budget: 10,
  cost_new: 1,
  cost_move: 0.2,
  policies: ["target", "k-nearest"],
  days: 7,
  replications: 3,
  seed: 1,
  other_calls: true,
  policy: "k-nearest",
  since_days: 30,
});

/** Coverage is asked for whole, so that tier, minutes and hour are a look and not a new run. */
export const COVERAGE = { within_s: [180, 300, 480, 600], by_hour: true } as const;

const YEAR_DAYS = 365.25;
const DAY_MS = 86_400_000;

/** As the service takes them; `now` in milliseconds since 1970. */
export function parametersOf(
  kind: Kind,
  fields: Asking,
  now: number,
): Readonly<Record<string, unknown>> {
  const limit =
    fields.limit === "radius_m" ? { radius_m: fields.radius_m } : { within_s: fields.within_s };
  if (kind === "coverage") return COVERAGE;
  if (kind === "site") {
    const bounded = fields.model !== "pmedian" && fields.model !== "pcenter";
    return {
      model: fields.model,
      ...(bounded ? limit : {}),
      ...(fields.model === "lscp" ? {} : { p: fields.p }),
      ...(fields.model === "mexclp" ? { busy_fraction: fields.busy / 100 } : {}),
      ...(fields.model === "mclp" ? { curve: true } : {}),
    };
  }
  if (kind === "relocate") {
    const { budget, cost_new, cost_move } = fields;
    return { budget, cost_new, cost_move, ...limit };
  }
  if (kind === "replay") {
    const since = new Date(now - fields.since_days * DAY_MS).toISOString();
    return { policy: fields.policy, since };
  }
  const { policies, replications, seed, other_calls } = fields;
  return { policies, years: fields.days / YEAR_DAYS, replications, seed, other_calls };
}
