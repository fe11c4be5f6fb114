/** A flat picture of places near one another. */
import type { Place } from "./types";

export const SIDE = 1000;
const EDGE = 60;

/** A place in the square, north up, a metre as long in both directions. */
export function projection(places: readonly Place[]): (place: Place) => { x: number; y: number } {
  const latitudes = places.map((each) => each.latitude);
  const longitudes = places.map((each) => each.longitude);
  const south = Math.min(...latitudes);
  const north = Math.max(...latitudes);
  const west = Math.min(...longitudes);
  const east = Math.max(...longitudes);
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const span = Math.max(north - south, (east - west) * squeeze, 1e-4);
  const scale = (SIDE - 2 * EDGE) / span;
  return ({ latitude, longitude }) => ({
    x: SIDE / 2 + (longitude - (west + east) / 2) * squeeze * scale,
    y: SIDE / 2 - (latitude - (south + north) / 2) * scale,
  });
}
