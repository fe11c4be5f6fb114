/** From the phone's coordinates to the H3 cell that leaves it; coordinates stay on the phone. */
import { type Place, type PhoneDatum } from "./types";

/** Resolution of idle places: cells of about 130 m across (h3geo.org, table of cell areas). */
export const RESOLUTION = 10;

/** The same place in WGS-84; what is elsewhere than where China shifts maps is left as it is. */
export async function toWgs84(place: Place, datum: PhoneDatum): Promise<Place> {
  if (datum === "wgs84") return place;
  const { default: gcoord } = await import("gcoord");
  const [longitude, latitude] = gcoord.transform<[number, number]>(
    [place.longitude, place.latitude],
    gcoord.GCJ02,
    gcoord.WGS84,
  );
  return { latitude, longitude };
}

/** The H3 resolution-10 cell of a place in the phone's datum. */
export async function cellOf(place: Place, datum: PhoneDatum): Promise<string> {
  const { latitude, longitude } = await toWgs84(place, datum);
  const { latLngToCell } = await import("h3-js");
  return latLngToCell(latitude, longitude, RESOLUTION);
}

/** The corners of a cell, WGS-84, for a map. */
export async function cellOutline(cell: string): Promise<Place[]> {
  const { cellToBoundary } = await import("h3-js");
  return cellToBoundary(cell).map(([latitude, longitude]) => ({ latitude, longitude }));
}

/** Metres between two places (haversine, mean radius 6,371,008.8 m as in `shared/geometry`). */
export function distanceM(a: Place, b: Place): number {
  const rad = Math.PI / 180;
  const half =
    Math.sin(((b.latitude - a.latitude) * rad) / 2) ** 2 +
    Math.cos(a.latitude * rad) *
      Math.cos(b.latitude * rad) *
      Math.sin(((b.longitude - a.longitude) * rad) / 2) ** 2;
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Told again after this even where the cell is the same: a live place grows stale after 15 min. */
export const TELL_AGAIN_MS = 4 * 60_000;

/** Whether a live cell is worth a request. */
export const worthTelling = (
  cell: string,
  last: { readonly cell: string; readonly at: number } | null,
  nowMs: number,
): boolean => last === null || last.cell !== cell || nowMs - last.at >= TELL_AGAIN_MS;
