/** What the command line can reach, and how it is found. */
import { ACTIONS, openIncident } from "./actions";
import { labelOf } from "./labels";
import { aeds, stationName, stations, units } from "./registers";
import * as state from "./state";
import { code, t } from "./words";

export interface Entry {
  readonly kind: "action" | "incident" | "unit" | "aed" | "station";
  readonly id: string;
  readonly label: string;
  readonly key?: string;
  readonly run: () => void;
}

/** Shown on the map; where a place is being looked for it is taken as well. */
const show = (what: state.Shown) => () => {
  if (state.panel.value === "intake" || state.form.value === "place") {
    state.picked.value = what.place;
  }
  state.shown.value = what;
};

export function entriesOf(): Entry[] {
  const actions = ACTIONS.filter((each) => each.can() && each.id !== "commands").map((each) => ({
    kind: "action" as const,
    id: each.id,
    label: t(each.label),
    ...(each.keys[0] ? { key: each.keys[0] } : {}),
    run: each.run,
  }));
  const incidents = [...state.rows.value.values()].map((row) => ({
    kind: "incident" as const,
    id: row.id,
    label: labelOf(row),
    run: () => openIncident(row.id),
  }));
  const unitEntries = [...units.value.values()].map((unit) => ({
    kind: "unit" as const,
    id: unit.id,
    label: `${unit.id} · ${code("unit", unit.kind)} · ${stationName(unit.station_id)}`,
    run: show({ kind: "units", id: unit.id, label: unit.id, place: unit.place }),
  }));
  const placed = [
    ...[...aeds.value.values()].map((each) => ({ kind: "aed" as const, each })),
    ...[...stations.value.values()].map((each) => ({ kind: "station" as const, each })),
  ].map(({ kind, each }) => ({
    kind,
    id: each.id,
    label: `${each.name} · ${each.id}`,
    run: show({
      kind: kind === "aed" ? "aeds" : "stations",
      id: each.id,
      label: each.name,
      place: each.place,
    }),
  }));
  return [...actions, ...incidents, ...unitEntries, ...placed];
}

const MOST = 12;

/** Entries that hold every word; those whose label or id begins with the text come first. */
export function matching(entries: readonly Entry[], text: string): Entry[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return entries.slice(0, MOST);
  const words = wanted.split(/\s+/u);
  const scored: [number, Entry][] = [];
  for (const entry of entries) {
    const label = entry.label.toLowerCase();
    const id = entry.id.toLowerCase();
    if (!words.every((word) => label.includes(word) || id.includes(word))) continue;
    scored.push([label.startsWith(wanted) || id.startsWith(wanted) ? 0 : 1, entry]);
  }
  return scored
    .sort(([a], [b]) => a - b)
    .slice(0, MOST)
    .map(([, entry]) => entry);
}
