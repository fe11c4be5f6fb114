/** What a replay of past incidents tells, read into rows. */

export interface Figures {
  readonly cpr_s: number | null;
  readonly shock_s: number | null;
  readonly ems_s: number | null;
  readonly p_cpr: number | null;
  readonly p_shock: number | null;
  readonly alerts: number | null;
}

export interface Compared {
  readonly id: string;
  readonly at: string | null;
  readonly was: Figures;
  readonly would: Figures;
}

export interface Replayed {
  readonly incidents: readonly Compared[];
  readonly was: Figures;
  readonly would: Figures;
}

const NAMES = ["cpr_s", "shock_s", "ems_s", "p_cpr", "p_shock", "alerts"] as const;

export const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

function figures(told: unknown): Figures {
  const from = (typeof told === "object" && told !== null ? told : {}) as Record<string, unknown>;
  return Object.fromEntries(
    NAMES.map((name) => [name, typeof from[name] === "number" ? from[name] : null]),
  ) as unknown as Figures;
}

/** Mean of what is known of each. */
export function mean(all: readonly Figures[]): Figures {
  return Object.fromEntries(
    NAMES.map((name) => {
      const known = all.flatMap((each) => each[name] ?? []);
      return [name, known.length ? known.reduce((a, b) => a + b, 0) / known.length : null];
    }),
  ) as unknown as Figures;
}

export function replayOf(result: unknown): Replayed | null {
  if (typeof result !== "object" || result === null) return null;
  const { incidents, sums } = result as { incidents?: unknown; sums?: unknown };
  if (!Array.isArray(incidents)) return null;
  const rows = (incidents as Record<string, unknown>[]).map((each): Compared => ({
    id: textIn(each["incident_id"] ?? each["id"]),
    at: typeof each["made_at"] === "string" ? each["made_at"] : null,
    was: figures(each["was"]),
    would: figures(each["would"]),
  }));
  const told = (sums ?? {}) as { was?: unknown; would?: unknown };
  return {
    incidents: rows,
    was: told.was ? figures(told.was) : mean(rows.map((each) => each.was)),
    would: told.would ? figures(told.would) : mean(rows.map((each) => each.would)),
  };
}
