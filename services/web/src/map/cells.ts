/** H3 cells as shapes: minute bands, and the net that stands in for streets. */
import { cellsToMultiPolygon, cellToBoundary, gridDisk, latLngToCell } from "h3-js";
import type { Band, Place } from "./types";

type Areas = GeoJSON.FeatureCollection<GeoJSON.MultiPolygon | GeoJSON.MultiLineString>;

/** The steps that the field speaks of; others are drawn like the next larger one. */
export const MINUTES = [3, 5, 8, 10] as const;

export function stepOf(minutes: number): number {
  const found = MINUTES.findIndex((each) => minutes <= each);
  return found === -1 ? MINUTES.length - 1 : found;
}

/**
 * All that is reached within the minutes that the field speaks of, the longest first: the sooner
 * ones are drawn over it, and every edge belongs to one number of minutes. Bands of single minutes
 * go together: ten veils over one another would hide the streets.
 */
export function bandAreas(bands: readonly Band[]): Areas {
  const reached = new Set<string>();
  const features: Areas["features"] = [];
  const together = new Map<number, string[]>();
  for (const { minutes, cells } of bands) {
    const within = Math.max(minutes, MINUTES[stepOf(minutes)] ?? minutes);
    together.set(within, [...(together.get(within) ?? []), ...cells]);
  }
  for (const [minutes, cells] of [...together].sort(([a], [b]) => a - b)) {
    if (cells.length === 0) continue;
    for (const cell of cells) reached.add(cell);
    features.unshift({
      type: "Feature",
      properties: { minutes, step: stepOf(minutes) },
      geometry: { type: "MultiPolygon", coordinates: cellsToMultiPolygon([...reached], true) },
    });
  }
  return { type: "FeatureCollection", features };
}

/** The nets by how closely one looks: resolution, rings of cells around each place. */
export const NETS = {
  "net-coarse": { resolution: 5, rings: 1, from: 0, to: 9.5 },
  "net-middle": { resolution: 7, rings: 2, from: 9.5, to: 12.5 },
  "net-fine": { resolution: 9, rings: 3, from: 12.5, to: 24 },
} as const;

export type Net = keyof typeof NETS;

/** A city's places have more neighbours than anybody can see; then the rest is left out. */
const MOST = 12_000;

/** The cells around places, as lines: some 9 km, 1.2 km and 170 m to a side. */
export function net(name: Net, places: readonly Place[]): Areas {
  const { resolution, rings } = NETS[name];
  const middle = new Set(
    places.map((each) => latLngToCell(each.latitude, each.longitude, resolution)),
  );
  const cells = new Set<string>();
  for (const cell of middle) {
    if (cells.size > MOST) break;
    for (const each of gridDisk(cell, rings)) cells.add(each);
  }
  if (cells.size === 0) return { type: "FeatureCollection", features: [] };
  const coordinates = [...cells].map((cell) => cellToBoundary(cell, true));
  return {
    type: "FeatureCollection",
    features: [
      { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates } },
    ],
  };
}
