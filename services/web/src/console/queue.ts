/** The order of the queue, what a row means, and which rows are drawn. */
import type { Attention, Row } from "./types";

export type Urgency = "arrest" | "possible" | "unknown" | "other" | "calledOff";

/** What the answers say, in the order of urgency. The numbers are dispatch's ranks, not chances. */
export function urgencyOf(row: Row): Urgency {
  if (row.not_an_arrest) return "other";
  if (row.state === "called_off") return "calledOff";
  if (row.state === "activated" || row.arrest_likelihood >= 0.9) return "arrest";
  if (row.arrest_likelihood >= 0.5) return "possible";
  if (row.arrest_likelihood >= 0.2) return "unknown";
  return "other";
}

const RANK: Record<Urgency, number> = {
  arrest: 0,
  possible: 2,
  unknown: 3,
  other: 4,
  calledOff: 5,
};

/** Lower comes first: an arrest with nobody there, one with somebody there, then the doubtful. */
export function rankOf(row: Row): number {
  const rank = RANK[urgencyOf(row)];
  return rank === 0 && (row.arrived > 0 || row.unit_there) ? 1 : rank;
}

/** Ids by urgency, then the oldest first. */
export function sorted(rows: Iterable<Row>): string[] {
  return [...rows]
    .sort(
      (a, b) =>
        rankOf(a) - rankOf(b) ||
        Date.parse(a.opened_at) - Date.parse(b.opened_at) ||
        a.id.localeCompare(b.id),
    )
    .map((row) => row.id);
}

/**
 * The new order in which no row that somebody works on has moved: such a row keeps its index, as
 * far as there are rows enough above it; all others fill the places between by urgency and age.
 */
export function keepPlaces(
  before: readonly string[],
  wanted: readonly string[],
  pinned: ReadonlySet<string>,
): string[] {
  const present = new Set(wanted);
  const result: (string | undefined)[] = Array.from({ length: wanted.length });
  const kept = before
    .map((id, index) => ({ id, index }))
    .filter(({ id }) => pinned.has(id) && present.has(id));
  for (const [nth, { id, index }] of kept.entries()) {
    // Behind it there must be room for the kept rows that follow.
    let at = Math.min(index, wanted.length - (kept.length - nth));
    while (result[at] !== undefined) at += 1;
    result[at] = id;
  }
  const placed = new Set(kept.map(({ id }) => id));
  const rest = wanted.filter((id) => !placed.has(id));
  return result.map((id) => id ?? (rest.shift() as string));
}

/** Which rows lie in view, with a few around them, so that 200 incidents cost as little as 20. */
export function windowOf(
  count: number,
  scrollTop: number,
  height: number,
  rowHeight: number,
  around = 4,
): { from: number; to: number } {
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - around);
  const to = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + around);
  return { from: Math.min(from, to), to };
}

/** Nobody has opened it yet. */
export const isNew = (attention: Attention | undefined): boolean =>
  attention !== undefined && attention.seen_at === null;

export type AlarmKind = "arrest" | "call" | "escalated" | "missed" | "unacknowledged";

export interface Alarm {
  readonly kind: AlarmKind;
  readonly incident: string;
  readonly at: string;
}

/** The alarm that an entry of the timeline rings, if any. */
export function alarmOf(event: string): AlarmKind | null {
  switch (event) {
    case "call_received":
      return "call";
    case "arrest_recognised":
      return "arrest";
    case "order_escalated":
      return "escalated";
    case "target_missed":
      return "missed";
    default:
      return null;
  }
}

/** Adds an alarm; the newest of a kind and incident counts, and an arrest replaces its call. */
export function withAlarm(alarms: readonly Alarm[], added: Alarm): Alarm[] {
  const replaced = (old: Alarm): boolean =>
    old.incident === added.incident &&
    (old.kind === added.kind || (old.kind === "call" && added.kind === "arrest"));
  return [...alarms.filter((old) => !replaced(old)), added].slice(-20);
}

/** Orders that lapse within so many seconds without anybody having acknowledged them. */
export const ACKNOWLEDGE_WARNING_S = 25;

export function unacknowledged(row: Row, nowMs: number): boolean {
  if (!row.acknowledge_by) return false;
  return Date.parse(row.acknowledge_by) - nowMs < ACKNOWLEDGE_WARNING_S * 1000;
}
