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

export { metresBetween as distanceM } from "@/common/distance";

/** Told again after this even where the cell is the same: a live place grows stale after 15 min. */
export const TELL_AGAIN_MS = 4 * 60_000;

/** Whether a live cell is worth a request. */
export const worthTelling = (
  cell: string,
  last: { readonly cell: string; readonly at: number } | null,
  nowMs: number,
): boolean => last === null || last.cell !== cell || nowMs - last.at >= TELL_AGAIN_MS;
