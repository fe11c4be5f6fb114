/** What-if changes: a list with undo, and the places as they stand after it. */
import type { AedSite, Change, Place, Sites, StationSite } from "./types";

export interface Edited<Site> {
  readonly site: Site;
  readonly state: "as is" | "new" | "moved" | "removed" | "changed";
}

export interface EditedSites {
  readonly aeds: readonly Edited<AedSite>[];
  readonly stations: readonly Edited<StationSite>[];
  readonly recruits: readonly (Place & { radius_m: number; count: number })[];
}

/** The places after the changes; what is removed stays in the list, to be seen and brought back. */
export function applied(sites: Sites, changes: readonly Change[]): EditedSites {
  const aeds = new Map<string, Edited<AedSite>>(
    sites.aeds.map((site) => [site.id, { site, state: "as is" }]),
  );
  const stations = new Map<string, Edited<StationSite>>(
    sites.stations.map((site) => [site.id, { site, state: "as is" }]),
  );
  const recruits: (Place & { radius_m: number; count: number })[] = [];
  const move = <S extends Place>(from: Map<string, Edited<S>>, id: string, to: Place): void => {
    const found = from.get(id);
    if (!found) return;
    const { latitude, longitude } = to;
    from.set(id, {
      site: { ...found.site, latitude, longitude },
      state: found.state === "new" ? "new" : "moved",
    });
  };
  const remove = <S>(from: Map<string, Edited<S>>, id: string): void => {
    const found = from.get(id);
    if (found) from.set(id, { ...found, state: "removed" });
  };
  for (const change of changes) {
    if (change.kind === "add_aed") {
      const { id, latitude, longitude, name = "", hours = null } = change;
      aeds.set(id, { site: { id, latitude, longitude, name, hours }, state: "new" });
    } else if (change.kind === "add_station") {
      const { id, latitude, longitude, name = "", tier } = change;
      stations.set(id, { site: { id, latitude, longitude, name, tier }, state: "new" });
    } else if (change.kind === "move_aed") move(aeds, change.id, change);
    else if (change.kind === "move_station") move(stations, change.id, change);
    else if (change.kind === "remove_aed") remove(aeds, change.id);
    else if (change.kind === "remove_station") remove(stations, change.id);
    else if (change.kind === "set_hours") {
      const found = aeds.get(change.id);
      if (found) {
        aeds.set(change.id, {
          site: { ...found.site, hours: change.hours },
          state: found.state === "as is" ? "changed" : found.state,
        });
      }
    } else recruits.push(change);
  }
  return { aeds: [...aeds.values()], stations: [...stations.values()], recruits };
}

const idOf = (change: Change): string | null => ("id" in change ? change.id : null);

/**
 * The list with one more change. What replaces an earlier change takes its place: a place dragged
 * five times is moved once, and what was added here and is removed again was never there.
 */
export function withChange(changes: readonly Change[], next: Change): readonly Change[] {
  const id = idOf(next);
  if (id === null) return [...changes, next];
  const added = changes.find((each) => each.kind.startsWith("add_") && idOf(each) === id);
  if (next.kind === "remove_aed" || next.kind === "remove_station") {
    const rest = changes.filter((each) => idOf(each) !== id);
    return added ? rest : [...rest, next];
  }
  if (added) {
    return changes.map((each) => {
      if (each !== added) return each;
      if ("latitude" in next && "latitude" in each) {
        return { ...each, latitude: next.latitude, longitude: next.longitude };
      }
      if (next.kind === "set_hours" && each.kind === "add_aed") {
        return { ...each, hours: next.hours };
      }
      return each;
    });
  }
  const rest = changes.filter((each) => idOf(each) !== id || each.kind !== next.kind);
  return [...rest, next];
}
