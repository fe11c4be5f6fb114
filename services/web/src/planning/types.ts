/** What the planning service tells and takes. Places are WGS-84 degrees, times seconds. */

export const TIERS = ["aed", "rescuer", "chain", "health-centre", "station", "ambulance"] as const;
export type Tier = (typeof TIERS)[number];

export const KINDS = ["coverage", "site", "relocate", "simulate", "compare", "replay"] as const;
export type Kind = (typeof KINDS)[number];

export const STATION_TIERS = [
  "first_aid_station",
  "emergency_centre",
  "community_health_centre",
  "township_health_centre",
] as const;

export const POLICIES = [
  "target",
  "all-within-radius",
  "k-nearest",
  "two-thirds",
  "two-direct-one-aed",
] as const;
export type Policy = (typeof POLICIES)[number];

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export type Change =
  | (Place & {
      readonly kind: "add_aed";
      readonly id: string;
      readonly name?: string;
      /** Null is unknown; left out it is round the clock. */
      readonly hours?: string | null;
    })
  | (Place & { readonly kind: "move_aed"; readonly id: string })
  | { readonly kind: "set_hours"; readonly id: string; readonly hours: string | null }
  | { readonly kind: "remove_aed"; readonly id: string }
  | (Place & {
      readonly kind: "add_station";
      readonly id: string;
      readonly tier: string;
      readonly name?: string;
    })
  | (Place & { readonly kind: "move_station"; readonly id: string })
  | { readonly kind: "remove_station"; readonly id: string }
  | (Place & {
      readonly kind: "add_recruits";
      readonly radius_m: number;
      readonly count: number;
    });

export interface Counts {
  readonly aeds: number;
  readonly rescuers: number;
  readonly stations: number;
  readonly units: number;
}

export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly source: "built-in" | "live" | "saved";
  readonly based_on?: string | null;
  readonly made_at?: string | null;
  readonly made_by?: string | null;
  readonly note?: string | null;
  readonly changes?: number;
  readonly counts?: Counts | null;
}

export interface AedSite extends Place {
  readonly id: string;
  readonly name: string;
  readonly hours?: string | null;
}

export interface StationSite extends Place {
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  readonly hospital?: boolean;
}

export interface Sites {
  readonly aeds: readonly AedSite[];
  readonly stations: readonly StationSite[];
}

export interface ScenarioDetail extends Omit<Scenario, "changes"> {
  readonly changes: readonly Change[];
  readonly sites: Sites;
  /** West, south, east, north. */
  readonly bounds?: readonly [number, number, number, number] | null;
  readonly snapshot_at?: string | null;
}

export type RunState = "waiting" | "running" | "done" | "failed" | "stopped";

export interface Run<Result = unknown> {
  readonly id: string;
  readonly kind: Kind;
  readonly state: RunState;
  readonly progress: number;
  readonly said?: string | null;
  readonly scenario_id?: string | null;
  readonly other_scenario_id?: string | null;
  readonly changes?: readonly Change[] | number | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly result?: Result | null;
  readonly problem?: { readonly title?: string; readonly detail?: string } | string | null;
  readonly made_by?: string | null;
  readonly made_at?: string | null;
  readonly finished_at?: string | null;
}

export interface Layer {
  readonly tier: Tier;
  readonly within_s: number;
  readonly population_share: number | null;
  readonly area_share: number | null;
  readonly arrest_share: number | null;
  /** Share of people in each hour of the local week, from Monday 00–01. */
  readonly by_hour?: readonly number[] | null;
}

export interface Gap extends Place {
  readonly cell: string;
  readonly tier?: Tier;
  readonly within_s?: number;
  /** The county unit's id. */
  readonly unit?: string;
  readonly expected_arrests_per_year: number;
  readonly nearest_s: number | null;
}

export interface Cell {
  readonly cell: string;
  readonly nearest_s: Readonly<Partial<Record<Tier, number | null>>>;
  readonly arrests_per_year: number;
  readonly population?: number | null;
}

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly population?: number;
  readonly arrests_per_year?: number;
  readonly layers: readonly Layer[];
}

/** Whom a station's units reach within ten minutes; the city's has no station. */
export interface Circle {
  readonly station_id: string | null;
  readonly name: string;
  readonly within_s: number;
  readonly population: number;
  readonly population_share: number;
}

export interface Target {
  readonly name: string;
  readonly value: number | null;
  readonly target: number;
  /** `per 100,000`, `share` or `s`. */
  readonly unit: string;
  /** Null where the rule names no share, or there is nothing to compare with. */
  readonly met: boolean | null;
}

export interface Coverage {
  readonly scenario?: string;
  readonly layers: readonly Layer[];
  readonly units?: readonly Unit[];
  /** Of the main tier. */
  readonly gaps: readonly Gap[];
  readonly gaps_by_tier?: Readonly<Partial<Record<Tier, readonly Gap[]>>>;
  readonly circles?: readonly Circle[];
  readonly targets?: readonly Target[];
  readonly cells: readonly Cell[];
}

export interface FoundSite extends Place {
  readonly id?: string;
  readonly name?: string;
}

export interface CurvePoint {
  readonly p: number;
  readonly covered_share: number;
  readonly bound_share: number | null;
}

export interface Siting {
  readonly model: string;
  readonly status: string;
  readonly objective: number | null;
  readonly bound: number | null;
  readonly gap: number | null;
  readonly sites: readonly FoundSite[];
  readonly covered_weight?: number | null;
  readonly total_weight?: number | null;
  readonly elapsed_s?: number | null;
  readonly curve?: readonly CurvePoint[] | null;
  readonly kept?: readonly unknown[];
  readonly moved?: readonly unknown[];
  readonly new?: readonly unknown[];
  readonly cost?: number;
  readonly budget?: number;
}

/** Numbers nested as told, with the bounds of each under `ci95` in the same nesting. */
export type Told = Readonly<Record<string, unknown>>;

export interface Simulation {
  readonly scenario?: string;
  readonly seed?: number;
  readonly incidents?: number;
  readonly years?: number;
  readonly replications?: number;
  readonly policies: Readonly<Record<string, Told>>;
}
