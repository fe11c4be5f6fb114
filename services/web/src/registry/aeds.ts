/** The AEDs that are asked for, shared by list and map; and what somebody should see to. */
import { aedRegistry, data } from "@/common/api";
import type { Aed } from "./form";
import { found } from "./found";

export const AED_FILTERS = ["all", "expired_pads", "unchecked", "no_hours", "reported"] as const;

export const aeds = found<Aed, (typeof AED_FILTERS)[number]>(
  AED_FILTERS,
  200,
  async ({ filter, query }) => {
    const page = data(
      await aedRegistry.GET("/aeds", {
        params: { query: { ...query, ...(filter === "all" ? {} : { problem: filter }) } },
      }),
    );
    return { items: page.items as readonly Aed[], next_cursor: page.next_cursor ?? null };
  },
);

/** A year, as the register's own filter has it. */
const UNCHECKED_AFTER_MS = 365 * 24 * 3600 * 1000;

export type Trouble =
  | "out_of_service"
  | "state_unknown"
  | "reported"
  | "pads_expired"
  | "battery_expired"
  | "unchecked"
  | "no_hours";

/** Why somebody should see to an AED, the weightiest first; empty when all is well. */
export function troublesOf(aed: Aed, now: Date): readonly Trouble[] {
  const today = now.toISOString().slice(0, 10);
  const past = (day: string | null | undefined): boolean => day != null && day < today;
  const checked = aed.last_checked_at ? Date.parse(aed.last_checked_at) : Number.NaN;
  const troubles: readonly (readonly [Trouble, boolean])[] = [
    ["out_of_service", aed.effective_state === "out_of_service"],
    ["state_unknown", aed.effective_state === "unknown"],
    ["reported", aed.open_reports.length > 0],
    ["pads_expired", past(aed.pads_expire_on)],
    ["battery_expired", past(aed.battery_expires_on)],
    ["unchecked", !(now.getTime() - checked < UNCHECKED_AFTER_MS)],
    ["no_hours", !aed.opening_hours],
  ];
  return troubles.filter(([, is]) => is).map(([name]) => name);
}
