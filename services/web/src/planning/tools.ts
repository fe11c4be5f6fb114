/** What a click on the map does now, and what is picked there. */
import { signal } from "@preact/signals";
import type { Site } from "./engine";
import { change, detail, edited } from "./state";
import type { Place } from "./types";

export type Tool =
  | { readonly kind: "add_aed" }
  | { readonly kind: "add_station" }
  | { readonly kind: "add_recruits" }
  | { readonly kind: "move"; readonly site: Site };

export type Picked =
  | { readonly kind: "site"; readonly site: Site }
  | { readonly kind: "cell"; readonly cell: string }
  | null;

export const tool = signal<Tool | null>(null);
export const editing = signal(false);
export const picked = signal<Picked>(null);
/** Where the map is asked to go; a new object each time. */
export const goal = signal<{ readonly place: Place; readonly zoom: number } | null>(null);

export const recruits = signal({ radius_m: 500, count: 20 });
export const stationTier = signal<string>("first_aid_station");

function fresh(kind: "aed" | "station"): string {
  const taken = new Set([
    ...edited.peek().aeds.map(({ site }) => site.id),
    ...edited.peek().stations.map(({ site }) => site.id),
  ]);
  let number = 1;
  while (taken.has(`planned-${kind}-${number}`)) number += 1;
  return `planned-${kind}-${number}`;
}

/** A click is not more exact than a decimetre. */
const rounded = ({ latitude, longitude }: Place): Place => ({
  latitude: Number(latitude.toFixed(6)),
  longitude: Number(longitude.toFixed(6)),
});

/** Carries out the tool at a place. Adding goes on until it is put away; a move is one move. */
export function useTool(
  at: Place,
  name: (kind: "aed" | "station", number: string) => string,
): void {
  const now = tool.peek();
  if (!now || !detail.peek()) return;
  const place = rounded(at);
  if (now.kind === "move") {
    moveSite(now.site, place);
    tool.value = null;
  } else if (now.kind === "add_recruits") {
    change({ kind: "add_recruits", ...place, ...recruits.peek() });
  } else {
    const kind = now.kind === "add_aed" ? "aed" : "station";
    const id = fresh(kind);
    const called = name(kind, id.split("-").at(-1) ?? "");
    if (kind === "aed") change({ kind: "add_aed", id, name: called, hours: "24/7", ...place });
    else {
      const tier = stationTier.peek();
      change({ kind: "add_station", id, name: called, tier, ...place });
    }
    picked.value = { kind: "site", site: { kind: kind === "aed" ? "aeds" : "stations", id } };
  }
}

export function moveSite({ kind, id }: Site, to: Place): void {
  change({ kind: kind === "aeds" ? "move_aed" : "move_station", id, ...rounded(to) });
}

export function removeSite({ kind, id }: Site): void {
  change({ kind: kind === "aeds" ? "remove_aed" : "remove_station", id });
  picked.value = null;
}
