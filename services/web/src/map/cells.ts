/** H3 cells as shapes: minute bands, and the net that stands in for streets. */
import { cellsToMultiPolygon, gridDisk, latLngToCell } from "h3-js";
import type { Band, Place } from "./types";

type Areas = GeoJSON.FeatureCollection<GeoJSON.MultiPolygon | GeoJSON.MultiLineString>;

/** The steps that the field speaks of; others are drawn like the next larger one. */
export const MINUTES = [3, 5, 8, 10] as const;

export function stepOf(minutes: number): number {
  const found = MINUTES.findIndex((each) => minutes <= each);
  return found === -1 ? MINUTES.length - 1 : found;
}

/**
 * All that is reached within each band's minutes, the longest first: the sooner ones are drawn over
 * it, and every edge belongs to one number of minutes.
 */
export function bandAreas(bands: readonly Band[]): Areas {
  const reached = new Set<string>();
  const features: Areas["features"] = [];
  for (const { minutes, cells } of [...bands].sort((a, b) => a.minutes - b.minutes)) {
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

const FINE = 7;
const COARSE = 5;
const MOST = 6000;

/** The cells around places, as lines: some 1.2 km to a side, and 9 km seen from farther away. */
export function net(places: readonly Place[]): { fine: Areas; coarse: Areas } {
  return { fine: around(places, FINE, 2), coarse: around(places, COARSE, 1) };
}

function around(places: readonly Place[], resolution: number, rings: number): Areas {
  const middle = new Set(
    places.map((each) => latLngToCell(each.latitude, each.longitude, resolution)),
  );
  const cells = new Set<string>();
  for (const cell of middle) {
    if (cells.size > MOST) break;
    for (const each of gridDisk(cell, rings)) cells.add(each);
  }
  return {
    type: "FeatureCollection",
    features:
      cells.size === 0
        ? []
        : [
            {
              type: "Feature",
              properties: {},
              geometry: {
                type: "MultiLineString",
                coordinates: [...cells].flatMap((cell) =>
                  cellsToMultiPolygon([cell], true).flatMap((part) => part),
                ),
              },
            },
          ],
  };
}
