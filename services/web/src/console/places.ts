/** Finding a place: coordinates in any datum, what is registered here, and the place search. */
import { session } from "@/common/session";
import type { ChosenPlace } from "./intake";
import type { Datum } from "./types";

export interface Found extends ChosenPlace {
  readonly kind: string;
  readonly detail: string;
}

const DATUMS: Readonly<Record<string, Datum>> = {
  wgs84: "wgs84",
  gps: "wgs84",
  gcj02: "gcj02",
  gcj: "gcj02",
  高德: "gcj02",
  腾讯: "gcj02",
  bd09: "bd09",
  bd: "bd09",
  百度: "bd09",
};
const ALL: readonly Datum[] = ["wgs84", "gcj02", "bd09"];

/**
 * Coordinates in a text, latitude first; where the first can only be a longitude, that first.
 * Without a datum behind them there is one result for each: a wrong guess is some 350 m off
 * (DOMAIN, "Hazards of place"), so that a person chooses.
 */
export function coordinatesIn(text: string): Found[] {
  const match = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*(.*)$/u.exec(text);
  if (!match) return [];
  let latitude = Number(match[1]);
  let longitude = Number(match[2]);
  if (Math.abs(latitude) > 90 && Math.abs(longitude) <= 90) {
    [latitude, longitude] = [longitude, latitude];
  }
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return [];
  const named = (match[3] ?? "").toLowerCase().replace(/[^a-z0-9\u4e00-\u9fff]/gu, "");
  const datum = DATUMS[named];
  if (named && !datum) return [];
  return (datum ? [datum] : ALL).map((each) => ({
    kind: "coordinates",
    latitude,
    longitude,
    datum: each,
    label: "",
    detail: `${latitude}, ${longitude}`,
  }));
}

interface Registered {
  readonly id: string;
  readonly name: string;
  readonly address?: string | null;
  readonly place: { readonly latitude: number; readonly longitude: number };
}

/** Entries whose id, name or address holds every word; those that begin with the text first. */
export function registeredIn(
  text: string,
  kind: string,
  entries: Iterable<Registered>,
  most = 6,
): Found[] {
  const words = text.trim().toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [];
  const scored: [number, Found][] = [];
  for (const each of entries) {
    const hay = `${each.name} ${each.id} ${each.address ?? ""}`.toLowerCase();
    if (!words.every((word) => hay.includes(word))) continue;
    const first = each.name.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1;
    scored.push([
      first,
      {
        kind,
        latitude: each.place.latitude,
        longitude: each.place.longitude,
        datum: "wgs84",
        label: each.name,
        detail: each.address ?? each.id,
      },
    ]);
  }
  return scored
    .sort(([a, x], [b, y]) => a - b || x.label.localeCompare(y.label))
    .slice(0, most)
    .map(([, found]) => found);
}

interface SearchResult {
  readonly kind: string;
  readonly name: string;
  readonly detail?: string | null;
  readonly latitude: number;
  readonly longitude: number;
}

/** Places of the basemap by name; none where the search is away: the registers still answer. */
export async function searched(text: string, signal: AbortSignal): Promise<Found[]> {
  try {
    const response = await fetch(`/api/search?limit=8&q=${encodeURIComponent(text)}`, {
      headers: { Authorization: `Bearer ${session.value?.token ?? ""}` },
      signal,
    });
    if (!response.ok) return [];
    const { results } = (await response.json()) as { results: SearchResult[] };
    return results
      .filter((each) => each.kind !== "coordinates")
      .map((each) => ({
        kind: each.kind,
        latitude: each.latitude,
        longitude: each.longitude,
        datum: "wgs84" as const,
        label: each.name,
        detail: each.detail ?? "",
      }));
  } catch {
    return [];
  }
}

/** The lists behind each other, a place that two of them name only once. */
export function merged(...lists: readonly (readonly Found[])[]): Found[] {
  const seen = new Set<string>();
  return lists.flat().filter((each) => {
    const key = `${each.label || each.datum} ${each.latitude.toFixed(4)} ${each.longitude.toFixed(4)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
