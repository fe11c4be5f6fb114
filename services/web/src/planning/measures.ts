/** What a simulation measures: where each number and its interval stand, and which way is better. */
import type { Told } from "./types";

export interface Measure {
  readonly key: string;
  readonly path: readonly string[];
  readonly unit: "s" | "share" | "number" | "index";
}

export const MEASURES: readonly Measure[] = [
  { key: "cpr_median", path: ["cpr_s", "median"], unit: "s" },
  { key: "cpr_p90", path: ["cpr_s", "p90"], unit: "s" },
  { key: "cpr_share", path: ["share_cpr_240s"], unit: "share" },
  { key: "shock_median", path: ["shock_s", "median"], unit: "s" },
  { key: "shock_p90", path: ["shock_s", "p90"], unit: "s" },
  { key: "shock_share", path: ["share_shock_360s"], unit: "share" },
  { key: "als_median", path: ["als_s", "median"], unit: "s" },
  { key: "als_p90", path: ["als_s", "p90"], unit: "s" },
  { key: "alerts", path: ["alerts_per_incident"], unit: "number" },
  { key: "redundant", path: ["redundant_arrivals"], unit: "number" },
  { key: "before", path: ["before_ems_share"], unit: "share" },
];

/** Those that are drawn; the table has all. */
export const DRAWN = ["cpr_median", "shock_median", "cpr_share", "alerts"];

function at(told: unknown, path: readonly string[]): unknown {
  let here = told;
  for (const name of path) {
    if (typeof here !== "object" || here === null) return null;
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}

export function valueOf(told: Told, path: readonly string[]): number | null {
  const found = at(told, path);
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}

/** The 95 % interval: with a single replication there is none. */
export function boundsOf(told: Told, path: readonly string[]): readonly [number, number] | null {
  const found = at(told["ci95"], path);
  return Array.isArray(found) && typeof found[0] === "number" && typeof found[1] === "number"
    ? [found[0], found[1]]
    : null;
}

/** The survival curves that were worked out, by their names. */
export const curvesOf = (told: Told): readonly string[] => {
  const found = told["survival_index"];
  return typeof found === "object" && found !== null ? Object.keys(found) : [];
};

/** What is told of a difference: to the first policy, or to the first scenario. */
export function differenceOf(told: Told): Told | null {
  const found = told["difference_to_first_scenario"] ?? told["difference"];
  return typeof found === "object" && found !== null ? (found as Told) : null;
}

export interface Row {
  readonly name: string;
  readonly scenario: string | null;
  readonly policy: string;
  readonly told: Told;
}

/** A simulation's rows: one for each policy, in each scenario where there are several. */
export function rowsOf(result: unknown): readonly Row[] {
  if (typeof result !== "object" || result === null) return [];
  const { policies, scenarios } = result as { policies?: unknown; scenarios?: unknown };
  const many: [string | null, unknown][] = Array.isArray(scenarios)
    ? scenarios.map((each: unknown, index): [string, unknown] => [
        String((each as { scenario?: string }).scenario ?? index + 1),
        (each as { policies?: unknown }).policies,
      ])
    : typeof scenarios === "object" && scenarios !== null
      ? Object.entries(scenarios).map(([name, each]): [string, unknown] => [
          name,
          (each as { policies?: unknown }).policies,
        ])
      : [[null, policies]];
  return many.flatMap(([scenario, each]) =>
    Object.entries((each ?? {}) as Record<string, Told>).map(([policy, told]) => ({
      name: scenario === null ? policy : `${scenario} ${policy}`,
      scenario,
      policy,
      told,
    })),
  );
}
