/** Shapes of what dispatch answers and streams, as the console uses them. */
import type { components } from "@/api/generated/dispatch";

type Schemas = components["schemas"];

export type Row = Schemas["InQueue"];
export type Incident = Schemas["IncidentOut"];
export type Alert = Schemas["AlertOut"];
export type Order = Schemas["OrderOut"];
export type Attention = Schemas["AttentionOut"];
export type PhonePlan = Schemas["PhonePlanOut"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type Gate = Schemas["Gate"];
export type Place = Schemas["Place"];
export type Ways = Schemas["WaysOut"];
export type Reach = Schemas["ReachOut"];
export type Datum = Schemas["Datum"];
export type Details = Schemas["Details"];
export type PlaceCorrection = Schemas["PlaceCorrection"];

/** An entry of the timeline as the stream tells it. */
export interface StreamedEntry {
  readonly incident_id: string;
  readonly sequence: number;
  readonly event: string;
  readonly at: string;
  readonly by: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Live {
  readonly incident_id: string;
  readonly rescuers: readonly {
    readonly alert_id: string;
    readonly rescuer_id: string;
    readonly task: string;
    readonly aed_id: string | null;
    readonly state: string;
    readonly place: Place | null;
    readonly located_at: string | null;
    readonly expected_at: string | null;
  }[];
  readonly units: readonly {
    readonly order_id: string;
    readonly unit_id: string;
    readonly kind: string;
    readonly state: string;
    readonly place: Place | null;
    readonly located_at: string | null;
    readonly expected_at: string | null;
  }[];
}

export interface Targets {
  readonly cpr_within_s: number;
  readonly shock_within_s: number;
  readonly p_cpr_target: number;
  readonly p_shock_target: number;
  readonly p_cpr: number;
  readonly p_shock: number;
  readonly cpr_met: boolean;
  readonly shock_met: boolean;
  readonly expected_cpr_s: number;
  readonly expected_shock_s: number;
}

export interface Skipped {
  readonly kind: "rescuer" | "aed" | "unit";
  readonly id: string;
  readonly reason: string;
  readonly distance_m: number | null;
  readonly detail: Readonly<Record<string, string | number>>;
}

/** What a plan's document says (services/dispatch stores `shared.decision.serial.to_json`). */
export interface PlanDocument {
  readonly basis: { readonly routing: string };
  readonly gates_closed: readonly string[];
  readonly ambulance_eta_s: number | null;
  readonly targets: Targets;
  readonly needed: readonly {
    readonly target: string;
    readonly what: string;
    readonly count: number;
    readonly within_m: number;
  }[];
  readonly skipped: readonly Skipped[];
  readonly skipped_counts: Readonly<Record<string, number>>;
  readonly circle: readonly { readonly within_s: number; readonly cells: readonly string[] }[];
}

/** Why and with what odds a plan chose a rescuer; parts are missing in old alerts. */
export interface Choice {
  readonly rank?: number;
  readonly p_accept?: number;
  readonly p_arrive?: number;
  readonly distance_m?: number;
  readonly mode?: string;
  readonly reason?: string;
  readonly aed_doubts?: readonly string[];
  readonly place_source?: string;
  readonly eta_spread_s?: number;
}

export interface Plan {
  readonly number: number;
  readonly made_at: string;
  readonly plan: PlanDocument;
}

/** An incident with all that its panel shows. */
export interface Opened {
  readonly incident: Incident;
  readonly plan: Plan | null;
  readonly timeline: readonly TimelineEntry[];
  readonly readAt: number;
}
