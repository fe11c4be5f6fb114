/** A plan's reasons in words: who was chosen why, who was not, and which limit binds. */
import { clock } from "@/common/clock";
import { distance, number, percent } from "@/i18n";
import type { Alert, Choice, PlanDocument, Skipped } from "./types";
import { code, t } from "./words";

export const choiceOf = (alert: Alert): Choice => alert.choice;

/** The number behind a reason, with its unit read from its name. */
function value(name: string, raw: string | number): string {
  if (typeof raw !== "number") return raw;
  if (name.endsWith("_s")) return clock(raw);
  if (name.endsWith("_m")) return distance(raw);
  return name.startsWith("p_") ? percent(raw) : number(raw, 2);
}

/** `slower than the ambulance (6:10 to the patient, ambulance 05:00)`. */
export function whyNot(skipped: Skipped): string {
  const numbers = Object.entries(skipped.detail).map(([name, raw]) => {
    const shown = value(name, raw);
    const words = code("limit", name, { value: shown });
    return words === name || words === `limit.${name}` ? shown : words;
  });
  const reason = code("reason", skipped.reason);
  return numbers.length > 0 ? `${reason} (${numbers.join(", ")})` : reason;
}

/** `accepts with 41 %, brings an AED soonest`. */
export function why(choice: Choice): string {
  const parts: string[] = [];
  if (choice.p_accept !== undefined) {
    parts.push(t("people.accepts", { odds: percent(choice.p_accept) }));
  }
  if (choice.reason) parts.push(code("reason", choice.reason));
  for (const doubt of choice.aed_doubts ?? []) parts.push(code("reason", doubt));
  return parts.join(" · ");
}

/** Skipped candidates of a plan in words, and the counts of those it does not name. */
export function others(plan: PlanDocument): {
  named: { id: string; kind: string; text: string; away: string }[];
  counted: { reason: string; count: number }[];
} {
  const named = plan.skipped.map((each) => ({
    id: each.id,
    kind: each.kind,
    text: whyNot(each),
    away: each.distance_m === null ? "" : t("people.away", { distance: distance(each.distance_m) }),
  }));
  const said = new Map<string, number>();
  for (const each of plan.skipped) {
    const key = `${each.kind}.${each.reason}`;
    said.set(key, (said.get(key) ?? 0) + 1);
  }
  const counted = Object.entries(plan.skipped_counts)
    .map(([key, count]) => ({
      reason: code("reason", key.slice(key.indexOf(".") + 1)),
      count: count - (said.get(key) ?? 0),
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  return { named, counted };
}

/** Nobody lives within so few metres of a patient that asking for more of them would help. */
const NEAR_M = 25;

/** What would meet a target that is missed, one line each. */
export const needs = (plan: PlanDocument): string[] =>
  plan.needed.map(
    (need) =>
      `${code("need", need.target)}: ${code(
        "need",
        need.within_m < NEAR_M ? "too_late" : need.what,
        {
          count: need.count,
          distance: distance(need.within_m),
        },
      )}`,
  );
